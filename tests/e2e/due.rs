//! What is due: shown on the home page and made up by a click, or by the page itself while it is open: once, in one tab.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::support::cloud::{Cloud, Server, ServerSpec};
use crate::support::proxy::{Action, Requests, Service::*, to};
use crate::support::story::{Setup, Story, story};
use crate::support::wait;
use crate::words::Language;

/// A policy whose next slot is the first minute that begins in more than so many seconds. A server made before then is due
/// from that minute on.
pub fn hourly_from(seconds: u64) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let minute = (since + seconds) / 60 + 1;
    format!("last=1; every=1h at={:02}:{:02}Z", minute / 60 % 24, minute % 60)
}

/// For a slot to come, and for what follows from it.
const A_SLOT: Duration = Duration::from_secs(150);

fn asked() -> Requests {
    to(Nova).post("/action").body("carrete_op")
}

async fn expect_one_backup(cloud: &Cloud, server: &Server) {
    wait::until("one usable backup by the policy", A_SLOT, async || {
        let made = cloud.backups(&server.id, "carrete").await;
        if made.len() == 1 && made[0]["status"] == "active" { Ok(()) } else { Err(format!("{made:?}")) }
    })
    .await;
}

/// Ticks it on the home page.
async fn tick(story: &Story) {
    let (page, words) = (&story.page, story.words);
    page.go("/protection").await;
    page.disclosure(words.by_itself).click().await;
    page.field(words.automatic).set(true).await;
    page.disclosure(words.by_itself_on).expect().await;
}

/// After a backup that the page began by itself, long enough for it to look at everything again.
async fn expect_no_other(story: &Story, made: usize) {
    let mark = story.proxy.mark();
    wait::never("a second backup was asked for", Duration::from_secs(40), async || {
        let count = story.proxy.count(&asked());
        (count != made).then(|| format!("{count} in all"))
    })
    .await;
    let lists = story.proxy.since(mark).iter().filter(|seen| seen.path.contains("/servers/detail")).count();
    assert!(lists > 0, "it did not look again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_made_up_from_the_panel() {
    story("what_is_due_is_made_up", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").policy(&hourly_from(15))).await;
        story.cloud.server(ServerSpec::new("web2").policy("last=1; at=03:00Z paused")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/protection").await;
        page.heading(words.due_now).within(A_SLOT).expect().await;
        story.shoot("due").await;
        story.expect_accessible("due").await;
        page.button(words.back_up_due).click().await;
        let dialog = page.dialog(words.back_up_due);
        dialog.button(words.back_up_due).expect_enabled().await;
        dialog.button(words.back_up_due).click().await;
        dialog.expect_none().await;
        // What is under way is not offered a second time.
        wait::until("the panel to say that it is under way, or to be gone", wait::CLOUD_PATIENCE, async || {
            let offered =
                page.heading(words.due_now).is_there().await && page.button(words.back_up_due).is_enabled().await;
            if offered { Err("it is still offered".into()) } else { Ok(()) }
        })
        .await;
        expect_one_backup(&story.cloud, &web1).await;
        page.heading(words.due_now).within(wait::CLOUD_PATIENCE).expect_none().await;
        assert_eq!(story.proxy.count(&asked()), 1);
    })
    .await;
}

/// The tab that was first does it, behind the other one, though nobody sees it; the second tab watches.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_backs_up_by_itself_in_one_tab() {
    story("the_page_backs_up_by_itself", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").policy(&hourly_from(45))).await;
        story.sign_in().await;
        tick(story).await;
        story.browser.hide().await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/protection").await;
        page.expect_text(words.by_other_tab).await;
        expect_one_backup(&story.cloud, &web1).await;
        expect_no_other(story, 1).await;
        // Behind this tab, the first one has gone on to the end.
        page.go("/operations").await;
        page.status(words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        story.browser.show().await;
    })
    .await;
}

/// Reloaded while the cloud is at it, the page goes on with what it began, and begins nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_does_not_back_up_twice() {
    story("a_reload_does_not_back_up_twice", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(8).policy(&hourly_from(30))).await;
        story.sign_in().await;
        tick(story).await;
        let (page, words) = (&story.page, story.words);
        wait::until("the backup to be asked for", A_SLOT, async || {
            if story.proxy.count(&asked()) > 0 { Ok(()) } else { Err("not yet".into()) }
        })
        .await;
        story.browser.reload().await;
        page.disclosure(words.by_itself_on).within(wait::CLOUD_PATIENCE).expect().await;
        expect_one_backup(&story.cloud, &web1).await;
        expect_no_other(story, 1).await;
    })
    .await;
}

/// What fails is not tried again at once, and the page says that it failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_not_repeated_blindly() {
    story("a_failed_run_waits", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        story.cloud.server(ServerSpec::new("web1").snapshot_fails().policy(&hourly_from(30))).await;
        story.sign_in().await;
        tick(story).await;
        let (page, words) = (&story.page, story.words);
        page.go("/operations").await;
        page.expect_text_within(A_SLOT, words.begun).await;
        page.expect_text_within(wait::CLOUD_PATIENCE, words.failed).await;
        page.go("/protection").await;
        page.heading(words.due_now).expect().await;
        wait::until("two more looks at everything", A_SLOT, async || {
            let looks = story.proxy.seen(&to(Mistral).get("/cron_triggers")).len();
            if looks > 4 { Ok(()) } else { Err(format!("{looks}")) }
        })
        .await;
        assert_eq!(story.proxy.count(&asked()), 1);
    })
    .await;
}

/// Cinder's quota leaves no room for the volume snapshot: nothing is asked for, and the page says why.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_quota_forbids_waits() {
    story("what_the_quota_forbids", Setup::default(), async |story| {
        let db1 = story.cloud.server(ServerSpec::new("db1").volume_backed().policy(&hourly_from(30))).await;
        story.cloud.limit_gigabytes(story.cloud.gigabytes_used().await).await;
        story.sign_in().await;
        tick(story).await;
        story.page.expect_text_within(A_SLOT, story.words.has_to_wait).await;
        story.shoot("due-held-back").await;
        assert_eq!(story.proxy.count(&asked()), 0);
        assert!(story.cloud.backups(&db1.id, "carrete").await.is_empty());
    })
    .await;
}

/// Glance takes no more images: nothing is asked for, the page says why, and goes on when there is room.
#[tokio::test(flavor = "multi_thread")]
async fn what_glance_has_no_room_for_waits() {
    story("what_glance_has_no_room_for", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").policy(&hourly_from(30))).await;
        let full = Action::edit(|body| body["usage"] = json!({"image_count_total": {"usage": 3, "limit": 3}}));
        let rule = story.proxy.when(to(Glance).get("/info/usage"), full).add();
        story.sign_in().await;
        tick(story).await;
        let (page, words) = (&story.page, story.words);
        page.expect_text_within(A_SLOT, words.has_to_wait).await;
        page.expect_text(words.no_more_images).await;
        assert_eq!(story.proxy.count(&asked()), 0);
        story.proxy.remove(rule);
        expect_one_backup(&story.cloud, &web1).await;
        assert_eq!(story.proxy.count(&asked()), 1);
    })
    .await;
}

/// A policy that nobody can read is worth a look: the title counts it, the icon has a dot, and whoever wants to be told is, once.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_looking_is_told() {
    let setup = Setup { language: Language::Spanish, ..Setup::default() };
    story("who_is_not_looking", setup, async |story| {
        let odd1 = story.cloud.server(ServerSpec::new("odd1").policy("every day")).await;
        story.cloud.server(ServerSpec::new("web1").policy("last=1; at=03:00Z")).await;
        let granted = json!({"permissions": ["notifications"], "origin": story.site.origin()});
        story.browser.cdp("Browser.grantPermissions", granted).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/protection").await;
        let title = async || story.browser.js("return document.title").await.as_str().unwrap().to_owned();
        wait::until("a number in the title", wait::CLOUD_PATIENCE, async || {
            let now = title().await;
            if now.starts_with("(1) ") { Ok(()) } else { Err(now) }
        })
        .await;
        let icon = story.browser.js("return document.querySelector('link[rel=icon]').href").await;
        assert!(icon.as_str().unwrap().starts_with("data:image/svg+xml,"), "{icon}");
        // Real ones, and a note of each: nobody can read what the desktop shows.
        let note =
            "window.told = []; window.Notification = new Proxy(window.Notification, {construct: (real, said) => {
            told.push(said[0] + ' / ' + said[1].body); return Reflect.construct(real, said) }})";
        story.browser.js(note).await;
        page.disclosure(words.by_itself).click().await;
        story.expect_accessible("by itself").await;
        story.shoot("by-itself").await;
        page.field(words.notify).set(true).await;
        let told = async || story.browser.js("return told").await;
        wait::until("a notification", wait::CLOUD_PATIENCE, async || {
            let told = told().await;
            let said = told[0].as_str().is_some_and(|said| said.contains(&odd1.name) && said.contains(words.late_news));
            if said { Ok(()) } else { Err(told.to_string()) }
        })
        .await;
        page.field(words.notify).set(false).await;
        page.field(words.notify).set(true).await;
        let mark = story.proxy.mark();
        wait::until("another look at everything", wait::CLOUD_PATIENCE, async || {
            let looks = story.proxy.since(mark).iter().filter(|seen| seen.path.contains("/images?")).count();
            if looks > 1 { Ok(()) } else { Err(format!("{looks}")) }
        })
        .await;
        assert_eq!(told().await.as_array().unwrap().len(), 1, "once is enough");
        page.go("/settings").await;
        page.heading(words.settings).expect().await;
        assert!(title().await.starts_with("(1) "), "{}", title().await);
        story.cloud.set_policy(&odd1.id, "last=1; at=03:00Z").await;
        page.go("/protection").await;
        wait::until("no number in the title", wait::CLOUD_PATIENCE, async || {
            let now = title().await;
            if now.starts_with('(') { Err(now) } else { Ok(()) }
        })
        .await;
    })
    .await;
}
