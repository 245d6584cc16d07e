//! Backups with a rotation: past the number, the oldest goes, and never too early.

use serde_json::json;

use crate::support::cloud::ServerSpec;
use crate::support::proxy::{CutAfterForward, Service::*, to};
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::support::watch::{Watch, expect_usable};
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
            page.status(backup).within(wait::CLOUD_PATIENCE).expect().await;
            page.button(words.dismiss).click().await;
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
async fn the_fourth_of_three_makes_the_first_disappear() {
    the_fourth_backup("the_fourth_of_three", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fourth_of_three_makes_the_first_disappear_in_spanish() {
    the_fourth_backup("the_fourth_of_three_in_spanish", Language::Spanish).await;
}

/// The image of a volume-backed server leaves volume snapshots behind, unless they are deleted too.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_shown_first_and_is_gone_afterwards() {
    story("deletion", Setup::default(), async |story| {
        // Whether a volume snapshot is gone is asked until the answer is 404.
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").volume_backed()).await;
        let (goes, stays) = (story.cloud.name("goes"), story.cloud.name("stays"));
        for name in [&goes, &stays] {
            story.cloud.snapshot(&web1.id, name).await;
            story.cloud.wait_for_image(name).await;
        }
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/images").await;
        page.row(&goes).action(words.delete).await;
        let dialog = page.dialog(words.delete_title);
        dialog.expect_text(&goes).await;
        assert!(!dialog.text().await.contains(&stays), "what is not chosen is not shown");
        dialog.button(words.delete_title).click().await;
        dialog.expect_none().await;
        page.row(&goes).within(wait::CLOUD_PATIENCE).expect_none().await;
        wait::until("image and volume snapshot to be gone", wait::CLOUD_PATIENCE, async || {
            let images = story.cloud.images_named(&goes).await.len();
            let snapshots = story.cloud.volume_snapshots(&goes).await.len();
            if images + snapshots == 0 { Ok(()) } else { Err(format!("{images} images, {snapshots} volume snapshots")) }
        })
        .await;
        page.row(&stays).expect().await;
        assert_eq!(story.cloud.images_named(&stays).await.len(), 1);
        assert_eq!(story.cloud.volume_snapshots(&stays).await.len(), 1);
    })
    .await;
}

/// Nova made the backup and removed the oldest one, but the page never got the answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_backup() {
    story("a_lost_answer_to_a_backup", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(3)).await;
        let older: Vec<_> = (1..=2).map(|number| story.cloud.name(&format!("older{number}"))).collect();
        for name in &older {
            story.cloud.backup(&web1.id, name, story.words.daily, 9).await;
            story.cloud.wait_for_image(name).await;
            story.cloud.wait_until_idle(&web1.id).await;
        }
        story.sign_in().await;
        let watch = Watch::begin(story, &web1, story.words.daily, 2);
        let create_backup = to(Nova).post("/action").body("createBackup");
        story.proxy.when(create_backup.clone(), CutAfterForward).times(1).add();
        let backup = story.cloud.name("backup");
        let dialog = story.open_backup(&web1.name, &backup, "2").await;
        dialog.expect_text(&older[0]).await;
        dialog.button(story.words.submit_back_up).click().await;
        story.page.status(story.words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        expect_usable(&story.cloud, &web1, story.words.daily, &[older[1].clone(), backup.clone()]).await;
        watch.end().await;
        assert_eq!(story.cloud.images_named(&backup).await.len(), 1);
        let forwarded = story.proxy.seen(&create_backup).iter().filter(|seen| seen.forwarded).count();
        assert_eq!(forwarded, 1);
    })
    .await;
}

/// A backup that hangs counts to Nova; it takes no place of a good one all the same, and what is shown first is what goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_hangs_takes_no_place_of_a_good_one() {
    story("a_backup_that_hangs", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let (page, words) = (&story.page, story.words);
        let names: Vec<_> = (1..=3).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        for name in &names[..2] {
            story.cloud.backup(&web1.id, name, words.daily, 9).await;
            story.cloud.wait_for_image(name).await;
            story.cloud.wait_until_idle(&web1.id).await;
        }
        let hangs = story.cloud.name("hangs");
        let queued = json!({"name": hangs, "image_type": "backup", "backup_type": words.daily,
            "instance_uuid": web1.id, "container_format": "bare", "disk_format": "qcow2"});
        story.cloud.call(hyper::Method::POST, Glance, "/images", Some(queued)).await;
        story.sign_in().await;
        let dialog = story.open_backup(&web1.name, &names[2], "2").await;
        for shown in [&names[0], &hangs] {
            dialog.expect_text(shown).await;
        }
        dialog.button(words.submit_back_up).click().await;
        // As foreseen: the outcome would name any difference.
        page.status(&names[2]).within(wait::CLOUD_PATIENCE).expect().await;
        page.expect_no_text(words.rotated_otherwise).await;
        let left = story.cloud.backups(&web1.id, words.daily).await;
        let mut left: Vec<_> = left.iter().map(|backup| backup["name"].as_str().unwrap().to_owned()).collect();
        left.sort();
        let mut expected = vec![names[1].clone(), names[2].clone(), hangs.clone()];
        expected.sort();
        assert_eq!(left, expected);
    })
    .await;
}
