//! Carrete's own rotation when something goes wrong: whatever happens, what the policy keeps is there, and what is left
//! over is said.

use serde_json::json;

use crate::support::cloud::ServerSpec;
use crate::support::proxy::{Answer, Replace, Service::*, to};
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::support::watch::{Watch, expect_usable, expect_volume_snapshots};
use crate::words::Language;

/// The quota has room for the snapshot of the first volume only: what was made is told and cleaned, and nothing old goes.
async fn quota_runs_out(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let db1 = story.cloud.server(ServerSpec::new("db1").two_volumes()).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let names: Vec<_> = (1..=3).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        story.back_up(&db1.name, &names[0], "1").await;
        let watch = Watch::begin(story, &db1, words.daily, 1);
        let dialog = story.open_backup(&db1.name, &names[1], "1").await;
        dialog.button(words.submit_back_up).expect_enabled().await;
        // Nova counts the snapshots beforehand, but not their size.
        story.cloud.limit_gigabytes(story.cloud.gigabytes_used().await + 1).await;
        dialog.button(words.submit_back_up).click().await;
        page.status(words.failed).within(wait::CLOUD_PATIENCE).expect().await;
        page.expect_text(words.halfway).await;
        page.expect_text(words.over_quota).await;
        assert_eq!(story.cloud.volume_snapshots(&names[1]).await.len(), 1, "the first of two was made");
        assert!(story.cloud.images_named(&names[1]).await.is_empty());

        page.button(words.clean_up).click().await;
        page.dialog(words.clean_up).button(words.clean_up).click().await;
        expect_volume_snapshots(&story.cloud, 2).await;
        expect_usable(&story.cloud, &db1, words.daily, &names[..1]).await;
        watch.end().await;

        // The next one is refused before the click.
        let dialog = story.open_backup(&db1.name, &names[2], "1").await;
        dialog.expect_text(words.no_room).await;
        assert!(!dialog.button(words.submit_back_up).is_enabled().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_runs_out_halfway_is_told_and_cleaned() {
    quota_runs_out("a_quota_runs_out", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_runs_out_halfway_is_told_and_cleaned_in_spanish() {
    quota_runs_out("a_quota_runs_out_in_spanish", Language::Spanish).await;
}

/// The store refuses one of two images: it and its volume snapshots stay and are named, the rest goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_deletion_is_told_and_the_rest_goes_on() {
    story("a_refused_deletion", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let db1 = story.cloud.server(ServerSpec::new("db1").two_volumes()).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let names: Vec<_> = (1..=3).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        for name in &names[..2] {
            story.back_up(&db1.name, name, "2").await;
        }
        let watch = Watch::begin(story, &db1, words.daily, 1);
        let refused = story.cloud.images_named(&names[0]).await[0]["id"].as_str().unwrap().to_owned();
        let answer = json!({"message": format!("Image {refused} could not be deleted because it is in use"), "code": "409 Conflict", "title": "Conflict"});
        let delete = to(Glance).delete(&format!("/images/{refused}"));
        let rule = story.proxy.when(delete.clone(), Replace(Answer::json(409, &answer))).add();
        let dialog = story.open_backup(&db1.name, &names[2], "1").await;
        for name in &names[..2] {
            dialog.expect_text(name).await;
        }
        dialog.button(words.submit_back_up).click().await;
        page.status(&names[2]).within(wait::CLOUD_PATIENCE).expect().await;
        page.expect_text_within(wait::CLOUD_PATIENCE, words.still_there).await;
        page.expect_text(words.in_use).await;
        expect_usable(&story.cloud, &db1, words.daily, &[names[0].clone(), names[2].clone()]).await;
        expect_volume_snapshots(&story.cloud, 4).await;
        assert_eq!(story.proxy.count(&delete), 1, "a refusal is not argued with");

        // It is a backup still, and nothing to tidy up. What stayed goes when the store lets it, after another look.
        story.proxy.remove(rule);
        page.button(words.clean_up).expect_none().await;
        let stock = to(Cinder).get("/snapshots/detail");
        let before = story.proxy.count(&stock);
        page.button(words.release_again).click().await;
        expect_usable(&story.cloud, &db1, words.daily, &names[2..]).await;
        expect_volume_snapshots(&story.cloud, 2).await;
        page.button(words.release_again).expect_none().await;
        assert!(story.proxy.count(&stock) > before, "retention is asked again");
        watch.end().await;
    })
    .await;
}

/// Both tabs know of it, one of them runs it.
#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_run_a_rotation_once() {
    story("two_tabs", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let db1 = story.cloud.server(ServerSpec::new("db1").two_volumes()).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let names: Vec<_> = (1..=2).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        story.back_up(&db1.name, &names[0], "1").await;
        let watch = Watch::begin(story, &db1, words.daily, 1);
        let (mark, first) = (story.proxy.mark(), story.browser.another_tab().await);
        story.sign_in().await;
        let second = story.browser.driver.window().await.unwrap();

        story.browser.bring_to_front(&first).await;
        let dialog = story.open_backup(&db1.name, &names[1], "1").await;
        dialog.button(words.submit_back_up).expect_enabled().await;
        // Held at the look before anything is deleted, so that both tabs have it while it runs.
        let stock = to(Cinder).get("/snapshots/detail");
        let later = json!({"serviceUnavailable": {"code": 503, "message": "later"}});
        let hold = story.proxy.when(stock, Replace(Answer::json(503, &later))).add();
        dialog.button(words.submit_back_up).click().await;
        dialog.expect_none().await;
        wait::until("the look before the deletion", wait::CLOUD_PATIENCE, async || {
            if story.proxy.fired(hold) > 0 { Ok(()) } else { Err("not yet".into()) }
        })
        .await;
        story.browser.bring_to_front(&second).await;
        page.go("/operations").await;
        page.expect_text_within(wait::CLOUD_PATIENCE, words.other_tab).await;
        story.proxy.remove(hold);

        expect_usable(&story.cloud, &db1, words.daily, &names[1..]).await;
        expect_volume_snapshots(&story.cloud, 2).await;
        page.status(&names[1]).within(wait::CLOUD_PATIENCE).expect().await;
        story.browser.bring_to_front(&first).await;
        page.status(&names[1]).within(wait::CLOUD_PATIENCE).expect().await;
        watch.end().await;
        let since = story.proxy.since(mark);
        let calls = |service, method: hyper::Method, part: &str| {
            let these = since.iter().filter(|seen| {
                seen.service == service
                    && seen.method == method
                    && seen.path.contains(part)
                    && seen.preflight_for.is_none()
            });
            these.count()
        };
        assert_eq!(calls(Nova, hyper::Method::POST, "/action"), 1, "one backup");
        assert_eq!(calls(Glance, hyper::Method::DELETE, "/images/"), 1, "one image goes");
        assert_eq!(calls(Cinder, hyper::Method::DELETE, "/snapshots/"), 2, "and its two volume snapshots, once each");
    })
    .await;
}

/// A protected backup is in the way of a policy: it stays, and the plan and the outcome say why.
#[tokio::test(flavor = "multi_thread")]
async fn a_protected_backup_stays_and_is_explained() {
    story("a_protected_backup", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1")).await;
        let names: Vec<_> = (1..=3).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        story.cloud.backup(&web1.id, &names[0], "carrete", 9).await;
        let first = story.cloud.wait_for_image(&names[0]).await;
        story.cloud.wait_until_idle(&web1.id).await;
        story.cloud.protect(first["id"].as_str().unwrap()).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let watch = Watch::begin(story, &web1, "carrete", 2);

        let open = async |name: &String| {
            page.go("/protection").await;
            page.row(&web1.name).action(words.back_up).await;
            let dialog = page.dialog(words.backup_of);
            dialog.field(words.name).fill(name).await;
            dialog.button(words.submit_back_up).expect_enabled().await;
            dialog
        };
        let dialog = open(&names[1]).await;
        dialog.row(&names[0]).expect().await;
        dialog.expect_text(words.stays_protected).await;
        dialog.button(words.submit_back_up).click().await;
        page.status(&names[1]).within(wait::CLOUD_PATIENCE).expect().await;
        page.button(words.dismiss).click().await;
        expect_usable(&story.cloud, &web1, "carrete", &names[..2]).await;

        // Somebody protects the one that was to go, after the plan was shown.
        let dialog = open(&names[2]).await;
        dialog.expect_text(&names[1]).await;
        let second = story.cloud.images_named(&names[1]).await[0]["id"].as_str().unwrap().to_owned();
        story.cloud.protect(&second).await;
        dialog.button(words.submit_back_up).click().await;
        page.status(&names[2]).within(wait::CLOUD_PATIENCE).expect().await;
        page.expect_text(words.spared).await;
        page.expect_text(words.stays_protected).await;
        expect_usable(&story.cloud, &web1, "carrete", &names).await;
        watch.end().await;
    })
    .await;
}
