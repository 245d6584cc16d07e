//! From a server to a snapshot to a server.

use serde_json::{Value, json};

use crate::support::cloud::{Server, ServerSpec};
use crate::support::proxy::{Action, Answer, CutAfterForward, CutBeforeForward, Replace, Requests, Service::*, to};
use crate::support::story::{Setup, Story, story};
use crate::support::wait;
use crate::words::Language;

pub const CONTENT: &str = "the file that matters";

pub fn create_image() -> Requests {
    to(Nova).post("/action").body("createImage")
}

#[derive(Clone, Copy)]
enum Key {
    /// One that the user has already.
    Chosen,
    /// Made in the browser.
    Generated,
}

/// The story that must always work.
async fn the_story(name: &'static str, language: Language, key: Key) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(4)).await;
        story.cloud.write_file(&web1.id, CONTENT).await;
        let chosen = match key {
            Key::Chosen => Some(story.cloud.key_pair("key").await),
            Key::Generated => None,
        };
        story.sign_in().await;

        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        let (image, phases) = until_usable(story, &web1, &snapshot).await;
        assert!(phases.len() > 2, "the phases were {phases:?}");
        expect_among_snapshots(story, &snapshot).await;
        let web2 = launch_from(story, &image, chosen).await;
        assert!(story.cloud.has_file(&web2.id, CONTENT).await, "the file that matters is on web2");
        story.page.go("/instances").await;
        story.page.row(&web1.name).expect().await;
        story.page.row(&web2.name).expect().await;
    })
    .await;
}

/// Looks at a snapshot that was just asked for until the page calls it usable: the image, and the phases that were shown.
pub async fn until_usable(story: &Story, server: &Server, snapshot: &str) -> (String, Vec<String>) {
    let words = story.words;
    story.page.go("/operations").await;
    let mut phases = Vec::new();
    wait::until(&format!("'{}'", words.usable), wait::CLOUD_PATIENCE, async || {
        let text = story.phase_of(&server.name).await;
        if phases.last() != Some(&text) && !text.is_empty() {
            phases.push(text.clone());
        }
        if text.contains(words.usable) { Ok(()) } else { Err(format!("the phases were {phases:?}")) }
    })
    .await;
    let images = story.cloud.images_named(snapshot).await;
    assert_eq!(images.len(), 1);
    assert_eq!(images[0]["status"], "active", "usable is not said too early");
    assert_eq!(story.proxy.count(&create_image()), 1);
    (images[0]["id"].as_str().unwrap().to_owned(), phases)
}

/// The catalogue shows it among the snapshots, and not among the backups.
pub async fn expect_among_snapshots(story: &Story, snapshot: &str) {
    let (page, words) = (&story.page, story.words);
    page.go("/images").await;
    page.tab(words.tab_snapshots).click().await;
    page.row(snapshot).expect().await;
    page.tab(words.tab_backups).click().await;
    page.row(snapshot).expect_none().await;
    page.tab(words.tab_all).click().await;
    page.row(snapshot).expect().await;
}

/// Another server from it, with a floating IP and the line to log in: with a key pair that is there, or else one that is
/// made in the browser.
pub async fn launch_from(story: &Story, image: &str, chosen: Option<String>) -> Server {
    let (page, words) = (&story.page, story.words);
    let web2 = story.cloud.name("web2");
    page.go(&format!("/launch?image={image}")).await;
    page.field(words.name).fill(&web2).await;
    page.group(words.flavor).choice("m1.nano").set(true).await;
    page.group(words.network).choice("private").set(true).await;
    let key_pair = match chosen {
        Some(chosen) => {
            page.field(words.key_pair).fill(&chosen).await;
            chosen
        }
        None => {
            let key_pair = story.cloud.name("key");
            page.field(words.key_pair).fill(words.new_key_pair).await;
            page.field(words.key_pair_name).fill(&key_pair).await;
            page.button(words.generate).click().await;
            let private = story.browser.downloaded(&key_pair).await;
            assert!(private.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"), "{key_pair} is a private key");
            key_pair
        }
    };
    page.field(words.floating_ip).fill(words.new_floating_ip).await;
    page.button(words.launch).click().await;
    wait::until_true("web2 in the cloud", wait::CLOUD_PATIENCE, async || {
        story.cloud.server_named(&web2).await.is_some()
    })
    .await;
    let id = story.cloud.server_named(&web2).await.unwrap()["id"].as_str().unwrap().to_owned();
    let server = story.cloud.wait_for_server(&id, "ACTIVE").await;
    assert_eq!(server["key_name"], key_pair.as_str());
    let ip = wait::until("a floating IP", wait::CLOUD_PATIENCE, async || {
        story.cloud.floating_ips(&id).await.pop().ok_or_else(|| "there is none".into())
    })
    .await;
    let line = format!("ssh -i ~/.ssh/{key_pair} ");
    page.expect_text_within(wait::CLOUD_PATIENCE, &format!("{line}{ip}")).await;
    // Nobody knows the user of such an image, so it can be said.
    page.field(words.login_user).fill("debian").await;
    page.expect_text(&format!("{line}debian@{ip}")).await;
    Server { id, name: web2 }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_web1_to_web2() {
    the_story("from_web1_to_web2", Language::English, Key::Chosen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_web1_to_web2_in_spanish() {
    the_story("from_web1_to_web2_in_spanish", Language::Spanish, Key::Generated).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_in_the_middle_loses_nothing() {
    story("a_reload_in_the_middle", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(12)).await;
        story.sign_in().await;
        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        wait::until_true("createImage", wait::PATIENCE, async || story.proxy.count(&create_image()) == 1).await;
        story.browser.reload().await;
        story.page.go("/operations").await;
        story.page.status(story.words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.cloud.images_named(&snapshot).await.len(), 1);
        assert_eq!(story.proxy.count(&create_image()), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_browser_in_the_middle_loses_nothing() {
    story("a_closed_browser_in_the_middle", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(8)).await;
        story.sign_in().await;
        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        wait::until_true("createImage", wait::PATIENCE, async || story.proxy.count(&create_image()) == 1).await;
        story.reopen().await;
        story.sign_in().await;
        story.page.go("/operations").await;
        story.page.status(story.words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.cloud.images_named(&snapshot).await.len(), 1);
        assert_eq!(story.proxy.count(&create_image()), 1);
    })
    .await;
}

/// Nova made the snapshot, but the page never got the answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_snapshot() {
    story("a_lost_answer", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(3)).await;
        story.sign_in().await;
        story.proxy.when(create_image(), CutAfterForward).times(1).add();
        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        story.page.go("/operations").await;
        story.page.status(story.words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.cloud.images_named(&snapshot).await.len(), 1);
        let forwarded = story.proxy.seen(&create_image()).iter().filter(|seen| seen.forwarded).count();
        assert_eq!(forwarded, 1);
    })
    .await;
}

/// Nova never got the request: the page finds that out by looking, and says so or repeats it, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_request_makes_one_snapshot_or_is_told() {
    story("a_lost_request", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        story.proxy.when(create_image(), CutBeforeForward).times(1).add();
        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        story.page.go("/operations").await;
        let words = story.words;
        let text = wait::until("an end", wait::CLOUD_PATIENCE, async || {
            let text = story.phase_of(&web1.name).await;
            if text.contains(words.usable) || text.contains(words.failed) { Ok(text) } else { Err(text) }
        })
        .await;
        let images = story.cloud.images_named(&snapshot).await;
        assert_eq!(images.len(), usize::from(text.contains(words.usable)), "the page says '{text}'");
    })
    .await;
}

/// Nova takes the order, fails, and removes the image without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_fails_in_the_cloud_is_told() {
    story("a_failed_snapshot", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(3).snapshot_fails()).await;
        story.sign_in().await;
        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        story.page.go("/operations").await;
        wait::until("the failure on the page", wait::CLOUD_PATIENCE, async || {
            let text = story.phase_of(&web1.name).await;
            if text.contains(story.words.failed) { Ok(()) } else { Err(text) }
        })
        .await;
        assert_eq!(story.cloud.images_named(&snapshot).await, Vec::<Value>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_offers_no_second_snapshot() {
    story("a_busy_server", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(20)).await;
        story.cloud.snapshot(&web1.id, &story.cloud.name("elsewhere")).await;
        story.sign_in().await;
        story.page.row(&web1.name).expect().await;
        story.page.button(&story.words.actions_of(&web1.name)).click().await;
        let item = story.page.menu_item(story.words.create_snapshot);
        assert!(!item.is_enabled().await, "the item can be chosen");
        item.expect_text(story.words.busy).await;
        story.cloud.wait_until_idle(&web1.id).await;
    })
    .await;
}

/// Somebody else was faster: Nova answers 409, and the page says why.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_became_busy_refuses_and_says_so() {
    story("a_server_became_busy", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(20)).await;
        story.sign_in().await;
        story.page.row(&web1.name).expect().await;
        story.quiet().await;
        // The page shall not learn of it by itself.
        let blind = story.proxy.when(to(Nova).get("/servers/detail"), CutBeforeForward).add();
        story.cloud.snapshot(&web1.id, &story.cloud.name("elsewhere")).await;
        let snapshot = story.cloud.name("snapshot");
        story.create_snapshot(&web1.name, &snapshot).await;
        story.page.status(story.words.failed).expect().await;
        story.page.alert(story.words.snapshot_running).expect().await;
        story.proxy.remove(blind);
        assert_eq!(story.cloud.images_named(&snapshot).await, Vec::<Value>::new());
        assert_eq!(story.proxy.count(&create_image()), 1);
        story.cloud.wait_until_idle(&web1.id).await;
    })
    .await;
}

/// A cloud that limits the images of a project: told before the click, forgotten when there is room again. Where Glance
/// cannot say, nobody is kept from trying.
async fn image_quota(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let full = Action::edit(|body| body["usage"] = json!({"image_count_total": {"usage": 3, "limit": 3}}));
        let rule = story.proxy.when(to(Glance).get("/info/usage"), full).add();
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).action(words.create_snapshot).await;
        let dialog = page.dialog(words.snapshot_of);
        dialog.expect_text(words.no_more_images).await;
        assert!(!dialog.button(words.create_snapshot).is_enabled().await);
        story.expect_accessible("a snapshot without room").await;
        page.press(thirtyfour::Key::Escape).await;
        page.row(&web1.name).action(words.back_up).await;
        page.dialog(words.backup_of).expect_text(words.no_more_images).await;
        story.proxy.remove(rule);
        let none = Answer::json(404, &json!({"code": 404, "title": "Not Found"}));
        story.proxy.when(to(Glance).get("/info/usage"), Replace(none)).add();
        story.browser.reload().await;
        page.row(&web1.name).action(words.create_snapshot).await;
        let dialog = page.dialog(words.snapshot_of);
        dialog.button(words.create_snapshot).expect_enabled().await;
        page.expect_no_text(words.no_more_images).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_image_quota_is_told_before_the_click() {
    image_quota("the_image_quota", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_image_quota_is_told_before_the_click_in_spanish() {
    image_quota("the_image_quota_in_spanish", Language::Spanish).await;
}

/// Nova does not tell what the root disk is: the dialog says so and asks again, and no other dialog waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_nobody_tells_is_asked_for_again() {
    story("a_disk_nobody_tells", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        // As of a server with an image and a volume besides: only its attachments tell.
        let id = web1.id.clone();
        let with_volume = Action::edit(move |body| {
            for server in
                body["servers"].as_array_mut().into_iter().flatten().filter(|server| server["id"] == id.as_str())
            {
                server["os-extended-volumes:volumes_attached"] =
                    json!([{"id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}]);
            }
        });
        story.proxy.when(to(Nova).get("/servers/detail"), with_volume).add();
        let refuse = Answer::json(500, &json!({"computeFault": {"code": 500, "message": "no"}}));
        let rule = story.proxy.when(to(Nova).get("/os-volume_attachments"), Replace(refuse)).add();
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).action(words.create_snapshot).await;
        let dialog = page.dialog(words.snapshot_of);
        dialog.button(words.retry).expect().await;
        assert!(!dialog.button(words.create_snapshot).is_enabled().await);
        story.proxy.remove(rule);
        dialog.button(words.retry).click().await;
        dialog.button(words.create_snapshot).expect_enabled().await;
    })
    .await;
}

/// The quota and the sizes come while the dialog is open.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_snapshot_takes_of_the_quota_is_said() {
    story("the_volume_quota", Setup::default(), async |story| {
        let db1 = story.cloud.server(ServerSpec::new("db1").volume_backed()).await;
        let (page, words) = (&story.page, story.words);
        story.sign_in().await;
        page.row(&db1.name).action(words.create_snapshot).await;
        page.dialog(words.snapshot_of).expect_text(words.volume_quota).await;
    })
    .await;
}
