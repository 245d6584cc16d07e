//! Every page, in both languages and themes: nothing for axe-core to find, nothing wider than a telephone, and its picture.

use std::time::Duration;

use serde_json::json;

use crate::support::cloud::ServerSpec;
use crate::support::proxy::Seen;
use crate::support::story::{Setup, Story, story};
use crate::support::wait;
use crate::words::Language;

pub async fn look_at(story: &Story, what: &str) {
    story.quiet().await;
    story.expect_accessible(what).await;
    story.shoot(what).await;
    story.browser.resize(360, 780).await;
    story.expect_accessible(&format!("{what} on a telephone")).await;
    let excess =
        story.browser.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    // Names what sticks out, unless something around it scrolls by itself.
    let wide = "const most = document.documentElement.clientWidth + 0.5;
        const held = e => e.parentElement
            && (getComputedStyle(e.parentElement).overflowX !== 'visible' || held(e.parentElement));
        const out = e => e.checkVisibility() && e.getBoundingClientRect().right > most && !held(e);
        return [...document.body.querySelectorAll('*')].filter(out).map(e => e.cloneNode().outerHTML).slice(0, 12)";
    let wide = story.browser.js(wide).await;
    assert!(excess.as_i64().unwrap() <= 0, "{what} is {excess} pixels too wide for 360: {wide}");
    story.browser.resize(1280, 900).await;
}

async fn every_page(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.cloud.server(ServerSpec::new("db1").volume_backed().policy("last=3 daily=7; at=03:00Z")).await;
        story.cloud.server(ServerSpec::new("odd1").policy("every day")).await;
        let snapshot = story.cloud.name("snapshot");
        let image = story.cloud.snapshot(&web1.id, &snapshot).await;
        story.cloud.wait_for_image(&snapshot).await;
        story.cloud.wait_until_idle(&web1.id).await;
        story.cloud.backup(&web1.id, &story.cloud.name("backup"), "daily", 3).await;
        story.cloud.wait_for_image(&story.cloud.name("backup")).await;
        story.cloud.wait_until_idle(&web1.id).await;
        let (page, words) = (&story.page, story.words);

        story.open("/").await;
        page.button(words.sign_in).expect().await;
        look_at(story, "sign-in").await;
        story.sign_in().await;
        page.row(&web1.name).expect().await;
        assert_eq!(story.browser.js("return document.documentElement.lang").await, language.code());
        look_at(story, "instances").await;
        page.row(&web1.name).action(words.create_snapshot).await;
        page.dialog(words.snapshot_of).field(words.name).expect().await;
        look_at(story, "create-snapshot").await;
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.snapshot_of).expect_none().await;
        page.row(&web1.name).action(words.back_up).await;
        page.dialog(words.backup_of).field(words.rotation).expect().await;
        look_at(story, "back-up").await;
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.backup_of).expect_none().await;

        page.row(&web1.name).action(words.policy).await;
        page.dialog(words.policy_of).field(words.daily_rule).expect().await;
        look_at(story, "policy").await;
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.policy_of).expect_none().await;
        page.go("/protection").await;
        page.row(&web1.name).expect().await;
        look_at(story, "protection").await;

        page.go("/images").await;
        page.row(&snapshot).expect().await;
        look_at(story, "images").await;
        page.row(&snapshot).action(words.delete).await;
        page.dialog(words.delete_title).expect().await;
        look_at(story, "delete").await;
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.delete_title).expect_none().await;

        story.create_snapshot(&web1.name, &story.cloud.name("shown")).await;
        page.status(words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        for (what, route, shown) in [
            ("instance", format!("/instances/{}", web1.id), web1.name.as_str()),
            ("image", format!("/images/{image}"), &snapshot),
            ("choose-image", "/launch".into(), &snapshot),
            ("launch", format!("/launch?image={image}"), words.floating_ip),
            ("leftovers", "/leftovers".into(), words.leftovers),
            ("schedules", "/schedules".into(), "crontab"),
            ("operations", "/operations".into(), words.usable),
            ("settings", "/settings".into(), words.settings),
        ] {
            page.go(&route).await;
            page.expect_text(shown).await;
            look_at(story, what).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_english() {
    every_page("every_page_in_english", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_spanish() {
    every_page("every_page_in_spanish", Language::Spanish).await;
}

/// A dialog takes the focus, Escape closes it, and the focus goes back to where it came from.
#[tokio::test(flavor = "multi_thread")]
async fn dialogs_are_friends_with_the_keyboard() {
    story("dialogs_and_keyboard", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).action(words.create_snapshot).await;
        page.dialog(words.snapshot_of).field(words.name).expect().await;
        // First its title, so that it is read out; then, with the Tab key, what is in it.
        assert!(page.focused().await.starts_with(words.snapshot_of), "the focus is on {}", page.focused().await);
        page.press(thirtyfour::Key::Tab).await;
        page.press(thirtyfour::Key::Tab).await;
        assert_eq!(page.focused().await, words.name);
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.snapshot_of).expect_none().await;
        assert_eq!(page.focused().await, words.actions_of(&web1.name));
    })
    .await;
}

/// Screens are made in tasks of their own: whoever is faster than that is in the end where they went last.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_hurry_arrives() {
    story("in_a_hurry", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).expect().await;
        let hurry = "for (const route of arguments[0]) {
            location.hash = route;
            dispatchEvent(new HashChangeEvent('hashchange'));
        }";
        for (routes, heading) in [
            (["/images", "/settings", "/instances", "/operations"], words.operations),
            (["/instances", "/operations", "/images", "/settings"], words.settings),
        ] {
            story.browser.driver.execute(hurry, vec![json!(routes)]).await.unwrap();
            page.heading(heading).expect().await;
            wait::until("the heading to have the focus", wait::PATIENCE, async || {
                let focused =
                    "const has = document.activeElement; return has.matches('main h1') ? has.textContent : ''";
                let focused = story.browser.js(focused).await;
                if focused == heading { Ok(()) } else { Err(focused.to_string()) }
            })
            .await;
            let headings = story.browser.js("return document.querySelectorAll('main h1').length").await;
            assert_eq!(headings, 1, "one screen is there");
        }
        // What is typed changes the address of the screen, and makes no other one.
        for route in ["/images", "/instances", "/protection"] {
            page.go(route).await;
            page.expect_route(route).await;
            page.row(if route == "/images" { "tiny" } else { &web1.name }).any().expect().await;
            let search = "document.querySelector('main input[type=search]')";
            story.browser.js(&format!("{search}.focus()")).await;
            let typing = format!("return document.activeElement === {search} ? {search}.value : 'elsewhere'");
            for typed in ["t", "ti"] {
                let key = typed.chars().last().unwrap().to_string();
                story.browser.cdp("Input.insertText", json!({"text": key})).await;
                page.expect_route(&format!("{route}?q={typed}")).await;
                story.quiet().await;
                assert_eq!(story.browser.js(&typing).await, typed, "on {route}");
            }
        }
    })
    .await;
}

/// What the cloud says anew changes words, and takes away neither an open menu nor the focus.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_takes_nothing_away() {
    story("a_refresh_takes_nothing_away", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(6)).await;
        story.cloud.snapshot(&web1.id, &story.cloud.name("elsewhere")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).expect().await;
        page.button(&words.actions_of(&web1.name)).click().await;
        let item = page.menu_item(words.create_snapshot);
        item.expect().await;
        let focused = page.focused().await;
        story.cloud.wait_until_idle(&web1.id).await;
        let mark = story.proxy.mark();
        wait::until_true("the list to be asked for again", wait::CLOUD_PATIENCE, async || {
            let answered = |seen: &Seen| seen.preflight_for.is_none() && seen.took.is_some();
            story.proxy.since(mark).iter().any(|seen| seen.path.contains("/servers/detail") && answered(seen))
        })
        .await;
        wait::never("the menu closed", Duration::from_secs(2), async || {
            (!item.is_there().await).then(|| "it is gone".to_owned())
        })
        .await;
        assert_eq!(page.focused().await, focused);
    })
    .await;
}
