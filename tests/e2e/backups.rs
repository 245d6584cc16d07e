//! Backups with a rotation: past the number, the oldest goes, and never too early.

use crate::support::cloud::ServerSpec;
use crate::support::proxy::{Service::*, to};
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::words::Language;

async fn the_fourth_backup(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let names: Vec<_> = (1..=4).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        for (index, backup) in names.iter().enumerate() {
            let dialog = story.open_backup(&web1.name, backup, "3").await;
            if index == 3 {
                dialog.expect_text(&names[0]).await;
            }
            dialog.button(words.submit_back_up).click().await;
            story.cloud.wait_for_image(backup).await;
            story.cloud.wait_until_idle(&web1.id).await;
        }
        wait::until("the oldest of them to go", wait::CLOUD_PATIENCE, async || {
            let left = story.cloud.backups(&web1.id, words.daily).await;
            let mut left: Vec<_> = left.iter().map(|backup| backup["name"].as_str().unwrap().to_owned()).collect();
            left.sort();
            if left == names[1..] { Ok(()) } else { Err(format!("there are {left:?}")) }
        })
        .await;
        page.go("/images").await;
        page.tab(words.tab_backups).click().await;
        for kept in &names[1..] {
            page.row(kept).expect().await;
        }
        page.row(&names[0]).expect_none().await;
        page.tab(words.tab_snapshots).click().await;
        page.row(&names[3]).expect_none().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for the pages"]
async fn the_fourth_of_three_makes_the_first_disappear() {
    the_fourth_backup("the_fourth_of_three", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for the pages"]
async fn the_fourth_of_three_makes_the_first_disappear_in_spanish() {
    the_fourth_backup("the_fourth_of_three_in_spanish", Language::Spanish).await;
}

/// Nova refuses createBackup for these; the page rotates images and their volume snapshots itself.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for the pages"]
async fn volume_backed_servers_are_rotated_too() {
    story("volume_backed_rotation", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").volume_backed()).await;
        story.sign_in().await;
        let words = story.words;
        let names: Vec<_> = (1..=3).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        for backup in &names {
            let dialog = story.open_backup(&web1.name, backup, "2").await;
            dialog.button(words.submit_back_up).click().await;
            story.cloud.wait_for_image(backup).await;
        }
        wait::until("the first backup to go, with its volume snapshot", wait::CLOUD_PATIENCE, async || {
            let images = story.cloud.images_named(&names[0]).await.len();
            let snapshots = story.cloud.volume_snapshots(&names[0]).await.len();
            if images + snapshots == 0 { Ok(()) } else { Err(format!("{images} images, {snapshots} volume snapshots")) }
        })
        .await;
        for kept in &names[1..] {
            assert_eq!(story.cloud.images_named(kept).await.len(), 1);
            assert_eq!(story.cloud.volume_snapshots(kept).await[0]["status"], "available");
        }
        assert_eq!(story.proxy.count(&to(Nova).post("/action").body("createBackup")), 0);

        // The old one went only after the new one was there.
        let made = story.proxy.seen(&to(Nova).post("/action").body(&names[2])).pop().unwrap().at;
        let gone = story.proxy.seen(&to(Glance).delete("/images/")).pop().unwrap().at;
        assert!(gone > made);
    })
    .await;
}
