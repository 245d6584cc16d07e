//! A server that boots from a volume: its data is in Cinder's snapshots, which Nova's image only points at.

use crate::snapshots::{CONTENT, expect_among_snapshots, launch_from, until_usable};
use crate::support::cloud::ServerSpec;
use crate::support::proxy::{Service::*, to};
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::support::watch::{expect_usable, expect_volume_snapshots};
use crate::words::Language;

/// From a server with two volumes to a snapshot to a server; then its backups, and the snapshot goes with all behind it.
async fn on_volumes(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        // Whether a volume snapshot is gone is asked until the answer is 404.
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").two_volumes()).await;
        story.cloud.write_file(&web1.id, CONTENT).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);

        // What will happen is said before: a volume snapshot per volume, and what they take of the quota.
        let snapshot = story.cloud.name("snapshot");
        let dialog = story.open_snapshot(&web1.name, &snapshot).await;
        dialog.expect_text(words.two_volume_snapshots).await;
        dialog.expect_text(&format!("{} 2 ", words.volume_quota)).await;
        dialog.expect_text("2 GiB").await;
        dialog.button(words.create_snapshot).click().await;
        dialog.expect_none().await;
        let (image, _) = until_usable(story, &web1, &snapshot).await;
        page.button(words.dismiss).click().await;
        let behind = story.cloud.volume_snapshots(&snapshot).await;
        assert_eq!(behind.len(), 2, "one per volume");

        // The catalogue tells what it is and where its data is.
        expect_among_snapshots(story, &snapshot).await;
        page.row(&snapshot).expect_text(words.in_volumes).await;
        page.button(&snapshot).click().await;
        page.heading(words.snapshots_behind).expect().await;
        page.expect_text(words.volume_snapshot).await;

        let web2 = launch_from(story, &image, None).await;
        assert!(story.cloud.has_file(&web2.id, CONTENT).await, "the file that matters is on web2");
        page.go("/operations").await;
        page.button(words.dismiss).click().await;

        // Nova rotates no such backups, the page does: the second of one makes the first go.
        let names: Vec<_> = (1..=2).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        story.back_up(&web1.name, &names[0], "1").await;
        let dialog = story.open_backup(&web1.name, &names[1], "1").await;
        for shown in [words.own_rotation, words.goes_own, &names[0]] {
            dialog.expect_text(shown).await;
        }
        dialog.button(words.submit_back_up).click().await;
        page.status(&names[1]).within(wait::CLOUD_PATIENCE).expect().await;
        page.button(words.dismiss).click().await;
        expect_usable(&story.cloud, &web1, words.daily, &names[1..]).await;
        expect_volume_snapshots(&story.cloud, 4).await;
        assert_eq!(story.proxy.count(&to(Nova).post("/action").body("createBackup")), 0);

        // The snapshot goes, and what is ticked behind it; everything else stays.
        page.go("/images").await;
        page.row(&snapshot).action(words.delete).await;
        let dialog = page.dialog(words.delete_title);
        for one in &behind {
            let id = one["id"].as_str().unwrap();
            let tick = dialog.choice(&format!("{} {}", words.volume_snapshot, &id[..8]));
            assert!(tick.is_on().await, "{id} is offered and ticked");
        }
        dialog.button(words.delete_title).click().await;
        dialog.expect_none().await;
        page.row(&snapshot).within(wait::CLOUD_PATIENCE).expect_none().await;
        expect_volume_snapshots(&story.cloud, 2).await;
        assert!(story.cloud.images_named(&snapshot).await.is_empty());
        assert!(story.cloud.volume_snapshots(&snapshot).await.is_empty());
        expect_usable(&story.cloud, &web1, words.daily, &names[1..]).await;
        page.row(&names[1]).expect().await;
        page.go("/instances").await;
        page.row(&web1.name).expect().await;
        page.row(&web2.name).expect().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_web1_to_web2_on_volumes() {
    on_volumes("from_web1_to_web2_on_volumes", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_web1_to_web2_on_volumes_in_spanish() {
    on_volumes("from_web1_to_web2_on_volumes_in_spanish", Language::Spanish).await;
}
