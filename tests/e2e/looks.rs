//! Every page, in both languages and themes: nothing for axe-core to find, nothing wider than a telephone, and its picture.

use crate::support::cloud::ServerSpec;
use crate::support::story::{Setup, Story, story};
use crate::words::Language;

async fn look_at(story: &Story, what: &str) {
    story.quiet().await;
    story.expect_accessible(what).await;
    story.shoot(what).await;
    story.browser.resize(360, 780).await;
    let excess =
        story.browser.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    assert_eq!(excess, 0, "{what} scrolls sideways at 360 pixels");
    story.browser.resize(1280, 900).await;
}

async fn every_page(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.cloud.server(ServerSpec::new("db1").volume_backed()).await;
        let snapshot = story.cloud.name("snapshot");
        let image = story.cloud.snapshot(&web1.id, &snapshot).await;
        story.cloud.wait_for_image(&snapshot).await;
        story.cloud.wait_until_idle(&web1.id).await;
        story.cloud.backup(&web1.id, &story.cloud.name("backup"), "daily", 3).await;
        story.cloud.wait_for_image(&story.cloud.name("backup")).await;
        story.cloud.wait_until_idle(&web1.id).await;
        let (page, words) = (&story.page, story.words);

        story.open("/sign-in").await;
        page.button(words.sign_in).expect().await;
        look_at(story, "sign-in").await;
        story.sign_in().await;
        page.row(&web1.name).expect().await;
        assert_eq!(story.browser.js("return document.documentElement.lang").await, language.code());
        look_at(story, "instances").await;
        page.row(&web1.name).action(words.create_snapshot).await;
        page.dialog(words.create_snapshot).field(words.name).expect().await;
        look_at(story, "create-snapshot").await;
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.create_snapshot).expect_none().await;
        page.row(&web1.name).action(words.back_up).await;
        page.dialog(words.back_up).field(words.rotation).expect().await;
        look_at(story, "back-up").await;
        page.press(thirtyfour::Key::Escape).await;
        for (what, route, shown) in [
            ("instance", format!("/instances/{}", web1.id), web1.name.as_str()),
            ("images", "/images".into(), &snapshot),
            ("image", format!("/images/{image}"), &snapshot),
            ("launch", format!("/launch?image={image}"), words.launch),
            ("operations", "/operations".into(), words.operations),
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
#[ignore = "waits for the pages"]
async fn every_page_in_english() {
    every_page("every_page_in_english", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for the pages"]
async fn every_page_in_spanish() {
    every_page("every_page_in_spanish", Language::Spanish).await;
}

/// A dialog takes the focus, Escape closes it, and the focus goes back to where it came from.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for the pages"]
async fn dialogs_are_friends_with_the_keyboard() {
    story("dialogs_and_keyboard", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).action(words.create_snapshot).await;
        page.dialog(words.create_snapshot).field(words.name).expect().await;
        assert_eq!(page.focused().await.trim_end_matches(" *"), words.name);
        page.press(thirtyfour::Key::Escape).await;
        page.dialog(words.create_snapshot).expect_none().await;
        assert_eq!(page.focused().await, words.actions_of(&web1.name));
    })
    .await;
}
