//! The tests' own tools, on a page small enough to be sure of. They need no cloud.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;

use crate::support::browser::{Browser, Settings, Theme};
use crate::support::page::Page;
use crate::support::site::Site;
use crate::support::{axe, shots};
use crate::words::{ENGLISH, Language};

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/fixtures").join(name)
}

async fn plain(settings: Settings) -> (Site, Browser, Page) {
    let site = Site::start(&fixture("plain"), "/").await;
    let browser = Browser::start(settings).await;
    browser.goto(&site.url).await;
    let page = Page::new(&browser.driver, &ENGLISH);
    (site, browser, page)
}

async fn fails(test: impl Future<Output = ()>) -> String {
    let panic = std::panic::AssertUnwindSafe(test).catch_unwind().await.expect_err("it should have failed");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn things_are_found_by_role_and_name() {
    let (_site, browser, page) = plain(Settings::default()).await;
    page.heading("Things").expect().await;
    page.field("Name").fill("first").await;
    page.field("Name").fill("hello").await;
    page.field("Kind").fill("weekly").await;
    page.field("Loud").set(true).await;
    page.button("Say it").click().await;
    page.status("hello, weekly (Sundays)!").expect().await;
    page.button("Later").expect().await;
    page.button("Nothing of the kind").expect_none().await;

    let quick = Duration::from_millis(200);
    let message = fails(page.button("Say").within(quick).expect()).await;
    assert!(message.contains("'Say it'"), "a failure names what is there instead: {message}");
    let message = fails(page.field("Kind").within(quick).fill("monthly")).await;
    assert!(message.contains("daily"), "{message}");
    assert_eq!(browser.unexpected().await, Vec::<String>::new());
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_menus_and_dialogs() {
    let (_site, browser, page) = plain(Settings::default()).await;
    page.row("web1").action("Rename").await;
    let dialog = page.dialog("Rename");
    dialog.expect().await;
    assert!(!page.button("Say it").is_there().await, "a modal dialog covers the rest");
    dialog.field("Name").fill("db1").await;
    dialog.button("Rename").click().await;
    dialog.expect_none().await;
    page.row("db1").expect().await;
    page.row("web1").expect_none().await;
    page.row("web10").expect().await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn language_theme_and_size_are_the_tests_to_choose() {
    let spanish = Settings { languages: Language::Spanish.accepted().into(), theme: Theme::Dark, size: (360, 780) };
    let (_site, browser, page) = plain(spanish).await;
    page.expect_text("es-ES es dark").await;
    assert_eq!(browser.js("return [innerWidth, innerHeight]").await, json!([360, 780]));
    browser.theme(Theme::Light).await;
    browser.reload().await;
    page.expect_text("es-ES es light").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_on_the_console_are_noticed() {
    let (site, browser, _page) = plain(Settings::default()).await;
    assert_eq!(browser.unexpected().await, Vec::<String>::new());
    browser.js("document.body.append(Object.assign(new Image, {src: 'http://127.0.0.1:1/x.png'}))").await;
    browser.js("try { document.body.innerHTML = '<b>x</b>' } catch {}").await;
    browser.js("setTimeout(() => { throw new Error('of the page') })").await;
    let mut seen = Vec::new();
    crate::support::wait::until_true("three errors", Duration::from_secs(5), async || {
        seen = browser.unexpected().await;
        seen.len() >= 3
    })
    .await;
    for part in ["img-src", "TrustedHTML", "of the page"] {
        assert!(seen.iter().any(|line| line.contains(part)), "no line about {part}: {seen:?}");
    }
    for part in ["img-src", "TrustedHTML", "of the page"] {
        browser.expect_in_console(part);
    }
    assert_eq!(browser.unexpected().await, Vec::<String>::new());
    assert!(site.served().iter().all(|file| file.status == 200), "{:?}", site.served());
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_can_be_hidden_and_a_browser_closed_and_opened_again() {
    let (site, mut browser, _page) = plain(Settings::default()).await;
    let script = "globalThis.seen = []; document.addEventListener('visibilitychange', () => seen.push(document.visibilityState))";
    browser.js(script).await;
    browser.hide().await;
    browser.show().await;
    assert_eq!(browser.js("return seen").await, json!(["hidden", "visible"]));

    assert_eq!(browser.js("sessionStorage.mine = 1; return localStorage.visits").await, "1");
    browser.reload().await;
    assert_eq!(browser.js("return [sessionStorage.mine, localStorage.visits]").await, json!(["1", "2"]));
    browser.reopen().await;
    browser.goto(&site.url).await;
    assert_eq!(browser.js("return [sessionStorage.mine ?? null, localStorage.visits]").await, json!([null, "3"]));

    browser.offline(true).await;
    assert_eq!(browser.js(&format!("return ask('{}')", site.url)).await, json!({"error": "TypeError"}));
    browser.offline(false).await;
    assert_eq!(browser.js(&format!("return ask('{}')", site.url)).await["status"], 200);
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_runs_under_the_strictest_policy_and_finds_what_is_wrong() {
    let (_site, browser, _page) = plain(Settings::default()).await;
    axe::expect_none(&browser, "the plain page").await;
    browser.js("document.querySelector('[aria-label=Later]').removeAttribute('aria-label')").await;
    let found = axe::violations(&browser).await;
    assert!(found.len() == 1 && found[0].contains("button-name"), "{found:?}");
    assert_eq!(browser.unexpected().await, Vec::<String>::new());
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_taken_of_both_themes_wide_and_narrow() {
    let (_site, browser, _page) = plain(Settings::default()).await;
    shots::take(&browser, "plain", Language::English).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shots");
    for (theme, width) in [("light", 1280), ("light", 360), ("dark", 1280), ("dark", 360)] {
        let png = std::fs::read(folder.join(format!("plain-{theme}-{width}-en.png"))).unwrap();
        let shown = u32::from_be_bytes(png[16..20].try_into().unwrap());
        assert_eq!(shown, width, "the width of the {theme} picture");
    }
    browser.quit().await;
}
