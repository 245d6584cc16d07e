//! What failed backups and deleted servers leave behind: found, explained, and cleaned as chosen.

use std::time::Duration;

use hyper::Method;
use serde_json::json;

use crate::support::cloud::ServerSpec;
use crate::support::proxy::Service::*;
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::words::Language;

async fn chosen_leftovers(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        // Whether a volume snapshot is gone is asked until the answer is 404.
        story.browser.expect_failed_requests();
        let cloud = &story.cloud;
        let web1 = cloud.server(ServerSpec::new("web1")).await;
        let web2 = cloud.server(ServerSpec::new("web2")).await;
        let db1 = cloud.server(ServerSpec::new("db1").volume_backed()).await;
        let name = |stem: &str| cloud.name(stem);

        // A good backup is none.
        let good = name("good");
        cloud.backup(&web1.id, &good, "daily", 3).await;
        cloud.wait_for_image(&good).await;
        // A backup of a server that is gone.
        let last_copy = name("last-copy");
        cloud.backup(&web2.id, &last_copy, "daily", 3).await;
        cloud.wait_for_image(&last_copy).await;
        cloud.wait_until_idle(&web2.id).await;
        cloud.call(Method::DELETE, Nova, &format!("/servers/{}", web2.id), None).await;
        // An image that never got its data.
        let stuck = name("stuck");
        let record = json!({"name": stuck, "disk_format": "raw", "container_format": "bare",
            "image_type": "backup", "backup_type": "daily", "instance_uuid": web1.id});
        cloud.call(Method::POST, Glance, "/images", Some(record)).await;
        // Images of a server on a volume: one whole, one without its volume snapshot, and a volume snapshot without its
        // image.
        let (whole, hollow, orphan) = (name("whole"), name("hollow"), name("orphan"));
        for image in [&whole, &hollow, &orphan] {
            cloud.snapshot(&db1.id, image).await;
            cloud.wait_for_image(image).await;
            cloud.wait_until_idle(&db1.id).await;
        }
        let behind = async |image: &str| cloud.volume_snapshots(image).await[0]["id"].as_str().unwrap().to_owned();
        cloud.call(Method::DELETE, Cinder, &format!("/snapshots/{}", behind(&hollow).await), None).await;
        let pointer = cloud.images_named(&orphan).await[0]["id"].as_str().unwrap().to_owned();
        cloud.call(Method::DELETE, Glance, &format!("/images/{pointer}"), None).await;
        wait::until("the volume snapshot and the server to be gone", wait::CLOUD_PATIENCE, async || {
            let there = (cloud.volume_snapshots(&hollow).await.len(), cloud.server_named(&web2.name).await.is_some());
            if there == (0, false) { Ok(()) } else { Err(format!("{there:?}")) }
        })
        .await;

        // Only what has not moved for a while is called stuck. An hour goes by after signing in: a clock that had been wrong
        // before would be corrected.
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        story.browser.clock_ahead(Duration::from_secs(3600)).await;
        story.browser.reload().await;
        page.heading(words.instances).expect().await;
        page.go("/leftovers").await;
        let orphan_shown = format!("snapshot for {orphan}");
        for (heading, left) in [
            (words.leftover_stuck, &stuck),
            (words.leftover_snapshots_gone, &hollow),
            (words.leftover_orphan, &orphan_shown),
            (words.leftover_server_gone, &last_copy),
        ] {
            page.heading(heading).expect().await;
            page.row(left).expect().await;
        }
        for needed in [&good, &whole] {
            page.row(needed).expect_none().await;
        }
        story.expect_accessible("leftovers").await;
        story.shoot("leftovers").await;
        assert!(!page.button(words.clean_none).is_enabled().await);
        for left in [&stuck, &hollow, &orphan_shown] {
            page.row(left).choice(left).set(true).await;
        }
        page.button(words.clean_three).click().await;
        let dialog = page.dialog(words.clean_three);
        for left in [&stuck, &hollow, &orphan_shown] {
            dialog.expect_text(left).await;
        }
        assert!(!dialog.text().await.contains(&last_copy), "what is not chosen is not shown");
        dialog.button(words.clean_three).click().await;
        dialog.expect_none().await;
        wait::until("the three to be gone", wait::CLOUD_PATIENCE, async || {
            let images = [cloud.images_named(&stuck).await.len(), cloud.images_named(&hollow).await.len()];
            let left = (images, cloud.volume_snapshots(&orphan).await.len());
            if left == ([0, 0], 0) { Ok(()) } else { Err(format!("{left:?}")) }
        })
        .await;
        for kept in [&good, &last_copy, &whole] {
            assert_eq!(cloud.images_named(kept).await.len(), 1, "{kept} stays");
        }
        assert_eq!(cloud.volume_snapshots(&whole).await.len(), 1);
        for left in [&stuck, &hollow, &orphan_shown] {
            page.row(left).within(wait::CLOUD_PATIENCE).expect_none().await;
        }
        page.row(&last_copy).expect().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_what_is_chosen_is_cleaned() {
    chosen_leftovers("leftovers", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_what_is_chosen_is_cleaned_in_spanish() {
    chosen_leftovers("leftovers_in_spanish", Language::Spanish).await;
}

/// A backup of a server on a volume that was made and never marked, and one without any data: each stands under its heading.
/// The first is taken into the rotation, and counts from then on.
async fn unmarked(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let cloud = &story.cloud;
        let web1 = cloud.server(ServerSpec::new("web1")).await;
        let db1 = cloud.server(ServerSpec::new("db1").volume_backed()).await;
        cloud.set_policy(&db1.id, "last=3").await;
        // What Carrete sends, by a page that was closed before it heard of the image.
        let unmarked = cloud.name("unmarked");
        let marks = json!({"carrete_op": unmarked, "carrete_server": db1.id, "instance_uuid": db1.id,
            "image_type": "backup", "backup_type": "carrete"});
        let body = json!({"createImage": {"name": unmarked, "metadata": marks}});
        cloud.call(Method::POST, Nova, &format!("/servers/{}/action", db1.id), Some(body)).await;
        let id = cloud.wait_for_image(&unmarked).await["id"].as_str().unwrap().to_owned();
        wait::until("its volume snapshot", wait::CLOUD_PATIENCE, async || {
            let behind = cloud.volume_snapshots(&unmarked).await;
            if behind.len() == 1 && behind[0]["status"] == "available" { Ok(()) } else { Err(format!("{behind:?}")) }
        })
        .await;
        let empty = cloud.name("empty");
        let record = json!({"name": empty, "disk_format": "raw", "container_format": "bare",
            "image_type": "backup", "backup_type": "daily", "instance_uuid": web1.id});
        let made = cloud.call(Method::POST, Glance, "/images", Some(record)).await;
        cloud.upload_nothing(made["id"].as_str().unwrap()).await;
        cloud.wait_for_image(&empty).await;

        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        story.browser.clock_ahead(Duration::from_secs(3600)).await;
        story.browser.reload().await;
        page.heading(words.instances).expect().await;
        page.go("/leftovers").await;
        page.heading(words.leftover_stuck).expect().await;
        page.row(&empty).expect_text(words.no_data).await;
        page.heading(words.leftover_unsealed).expect().await;
        page.row(&unmarked).expect().await;
        story.expect_accessible("leftovers that can be taken in").await;
        page.row(&unmarked).button(words.adopt).click().await;
        let dialog = page.dialog(&unmarked);
        dialog.expect_text(&db1.name).await;
        assert_eq!(cloud.image(&id).await.unwrap().get("carrete_image"), None, "nothing before the click");
        dialog.button(words.adopt).click().await;
        page.expect_text(words.adopted).await;
        page.row(&unmarked).expect_none().await;
        page.row(&empty).expect().await;
        assert_eq!(cloud.image(&id).await.unwrap()["carrete_image"], id.as_str());
        page.go(&format!("/instances/{}", db1.id)).await;
        page.expect_text(&unmarked).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_never_marked_is_taken_into_the_rotation() {
    unmarked("unmarked", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_never_marked_is_taken_into_the_rotation_in_spanish() {
    unmarked("unmarked_in_spanish", Language::Spanish).await;
}
