//! What backups take, how it has grown, and what it costs.

use crate::support::cloud::ServerSpec;
use crate::support::story::{Setup, Story, story};
use crate::support::wait;
use crate::words::Language;

/// A picture is for the eyes alone, so it is looked for by what it is.
async fn expect_picture(story: &Story) {
    let script = "return [...document.querySelectorAll('.c-spark')].map(e => e.getBoundingClientRect().width)";
    wait::until("a picture of the growth", wait::PATIENCE, async || {
        let widths = story.browser.driver.execute(script, vec![]).await.unwrap().json().clone();
        let seen = widths.as_array().is_some_and(|all| all.iter().any(|width| width.as_f64() > Some(20.0)));
        if seen { Ok(()) } else { Err(format!("{widths}")) }
    })
    .await;
}

async fn cost(name: &'static str, language: Language, price: &str) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let cloud = &story.cloud;
        let web1 = cloud.server(ServerSpec::new("web1")).await;
        for nth in ["first", "second"] {
            let backup = cloud.name(nth);
            cloud.backup(&web1.id, &backup, "daily", 3).await;
            cloud.wait_for_image(&backup).await;
            cloud.wait_until_idle(&web1.id).await;
        }
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/protection").await;
        page.row(&web1.name).expect().await;
        expect_picture(story).await;
        page.expect_no_text(words.a_month).await;
        page.go("/settings").await;
        page.field(words.price).fill("much").await;
        page.expect_text(words.price_bad).await;
        page.field(words.price).fill(price).await;
        page.expect_no_text(words.price_bad).await;
        page.go("/protection").await;
        page.row(&web1.name).expect_text(words.a_month).await;
        expect_picture(story).await;
        story.expect_accessible("what backups cost").await;
        story.shoot("cost").await;
        story.browser.reload().await;
        page.row(&web1.name).expect_text(words.a_month).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_backups_cost_stands_beside_how_they_have_grown() {
    cost("what_backups_cost", Language::English, "50000.5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_backups_cost_stands_beside_how_they_have_grown_in_spanish() {
    cost("what_backups_cost_in_spanish", Language::Spanish, "50000,5").await;
}
