//! Answers that make no sense, are refused for their size, or speak of a quota: what is shown stays, a sentence says what
//! is wrong, and nothing is done twice.

use std::time::Duration;

use serde_json::{Value, json};

use crate::launches::{create_server, fill_launch};
use crate::support::cloud::ServerSpec;
use crate::support::proxy::{Action, Answer, Delay, Replace, Requests, Service::*, TruncateBody, to};
use crate::support::story::{Setup, Story, story};
use crate::support::wait;
use crate::words::Language;

fn create_image() -> Requests {
    to(Nova).post("/action").body("createImage")
}

/// Made before the page is signed in to; its name.
async fn snapshot_in_the_catalogue(story: &Story) -> String {
    let web1 = story.cloud.server(ServerSpec::new("web1")).await;
    let snapshot = story.cloud.name("snapshot");
    story.cloud.snapshot(&web1.id, &snapshot).await;
    story.cloud.wait_for_image(&snapshot).await;
    story.sign_in().await;
    snapshot
}

async fn the_catalogue(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let snapshot = snapshot_in_the_catalogue(story).await;
        let (page, words) = (&story.page, story.words);
        page.go("/images").await;
        page.row(&snapshot).expect().await;
        story.quiet().await;
        let html = "<html><body><h1>Welcome</h1></body></html>";
        for (answer, said) in [
            (TruncateBody, words.front_door),
            (Replace(Answer::json(200, &json!({"images": 5}))), words.unreadable_answer),
            (Replace(Answer::text(200, "text/html", html)), words.unreadable_answer),
            (Replace(Answer::text(413, "text/plain", "Request is too large.")), words.too_large),
            (Replace(Answer::text(500, "text/html", html)), words.internal_error),
        ] {
            let rule = story.proxy.when(to(Glance).get("/images"), answer).add();
            page.button(words.refresh).any().click().await;
            page.expect_text_within(wait::CLOUD_PATIENCE, words.not_refreshed).await;
            page.expect_text(said).await;
            page.row(&snapshot).expect().await;
            story.proxy.remove(rule);
            page.button(words.retry).any().click().await;
            page.expect_no_text(words.not_refreshed).await;
        }
        // One record that is not as it should be takes nothing away from the others.
        let odd = Action::edit(|body| {
            if let Some(images) = body["images"].as_array_mut() {
                images
                    .insert(0, json!({"id": "odd", "name": 5, "size": "much", "status": ["?"], "created_at": "never"}));
                images.insert(0, json!({"id": {}}));
                images.push(Value::Null);
            }
        });
        let rule = story.proxy.when(to(Glance).get("/images"), odd).add();
        page.button(words.refresh).any().click().await;
        wait::until_true("the odd answer", wait::CLOUD_PATIENCE, async || story.proxy.fired(rule) > 0).await;
        story.quiet().await;
        page.row(&snapshot).expect().await;
        page.expect_no_text(words.not_refreshed).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_outlives_odd_answers() {
    the_catalogue("odd_answers", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_outlives_odd_answers_in_spanish() {
    the_catalogue("odd_answers_in_spanish", Language::Spanish).await;
}

async fn failed_with(story: &Story, sentence: &str) {
    let (page, words) = (&story.page, story.words);
    page.go("/operations").await;
    page.status(words.failed).within(wait::CLOUD_PATIENCE).expect().await;
    page.expect_text(sentence).await;
    page.button(words.dismiss).click().await;
    page.status(words.failed).expect_none().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_snapshot_says_why_and_is_not_asked_for_again() {
    story("a_refused_snapshot", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let words = story.words;
        let quota = json!({"forbidden": {"code": 403, "message": "Quota exceeded, too many snapshots."}});
        let policy = json!({"forbidden": {"code": 403, "message": "Policy doesn't allow it to be performed."}});
        let mut asked = 0;
        for (answer, said) in [
            (Answer::text(413, "text/plain", "Request is too large."), words.too_large),
            (Answer::json(403, &quota), words.over_quota),
            (Answer::json(403, &policy), words.not_allowed),
        ] {
            let rule = story.proxy.when(create_image(), Replace(answer)).add();
            story.create_snapshot(&web1.name, &story.cloud.name("refused")).await;
            failed_with(story, said).await;
            story.proxy.remove(rule);
            asked += 1;
            assert_eq!(story.proxy.count(&create_image()), asked);
        }
        // Nova has made it, and what it answers cannot be read: it is found by its mark.
        let snapshot = story.cloud.name("snapshot");
        story.proxy.when(create_image(), Action::edit(|body| *body = json!({"image_id": 5}))).add();
        story.create_snapshot(&web1.name, &snapshot).await;
        story.page.go("/operations").await;
        story.page.status(words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.cloud.images_named(&snapshot).await.len(), 1);
        assert_eq!(story.proxy.count(&create_image()), asked + 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_image_stays_until_its_protection_is_removed() {
    story("a_protected_image", Setup::default(), async |story| {
        let snapshot = snapshot_in_the_catalogue(story).await;
        let (page, words) = (&story.page, story.words);
        let protected = async || story.cloud.images_named(&snapshot).await[0]["protected"] == true;
        page.go("/images").await;
        page.row(&snapshot).action(words.protect).await;
        page.expect_text(words.protected_now).await;
        assert!(protected().await);

        page.button(&words.actions_of(&snapshot)).click().await;
        let delete = page.menu_item(words.delete);
        delete.expect_text(words.protected_first).await;
        assert!(!delete.is_enabled().await, "it can be chosen");
        page.press(thirtyfour::Key::Escape).await;

        page.row(&snapshot).action(words.unprotect).await;
        wait::until_true("the protection to go", wait::CLOUD_PATIENCE, async || !protected().await).await;
        let slow = story.proxy.when(to(Glance).delete("/images"), Delay(Duration::from_secs(5))).add();
        page.row(&snapshot).action(words.delete).await;
        page.dialog(words.delete_title).button(words.delete_title).click().await;
        page.row(&snapshot).expect_text(words.going).await;
        wait::until_true("the image to be gone", wait::CLOUD_PATIENCE, async || {
            story.cloud.images_named(&snapshot).await.is_empty()
        })
        .await;
        page.row(&snapshot).expect_none().await;
        assert_eq!(story.proxy.fired(slow), 1);
    })
    .await;
}

/// Known before the click from the limits, and after it from Nova's refusal, if somebody was faster.
#[tokio::test(flavor = "multi_thread")]
async fn a_quota_without_room_for_a_server_is_told() {
    story("a_quota_of_servers", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let image = story.cloud.get(Glance, "/images?name=tiny").await["images"][0]["id"].as_str().unwrap().to_owned();
        let form = format!("/launch?image={image}");
        let full = Action::edit(|body| {
            body["limits"]["absolute"]["maxTotalInstances"] = json!(3);
            body["limits"]["absolute"]["totalInstancesUsed"] = json!(3);
        });
        let rule = story.proxy.when(to(Nova).get("/limits"), full).add();
        page.go(&form).await;
        page.expect_text(words.no_more_servers).await;
        story.proxy.remove(rule);
        story.browser.reload().await;
        page.expect_text(words.flavor).await;
        page.expect_no_text(words.no_more_servers).await;

        let web2 = story.cloud.name("web2");
        fill_launch(story, &web2).await;
        let quota = json!({"forbidden": {"code": 403, "message": "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances"}});
        story.proxy.when(create_server(), Replace(Answer::json(403, &quota))).add();
        page.button(words.launch).click().await;
        failed_with(story, words.over_quota).await;
        assert_eq!(story.proxy.count(&create_server()), 1);
        assert!(story.cloud.server_named(&web2).await.is_none());
    })
    .await;
}
