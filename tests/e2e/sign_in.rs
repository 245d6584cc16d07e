//! Coming in, staying in, and being turned away.

use std::time::Duration;

use serde_json::json;

use crate::support::cloud::{Cloud, PASSWORD, ServerSpec};
use crate::support::proxy::{Action, CutBeforeForward, Service::*, StripCors, to};
use crate::support::site::REFUSED_PORT;
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::words::Language;

async fn right_away(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        story.page.row(&web1.name).expect().await;
        let url = story.browser.driver.current_url().await.unwrap().to_string();
        assert!(!url.contains(PASSWORD) && !url.contains("gAAAA"), "no secret in the address: {url}");
        let stored =
            story.browser.js("return JSON.stringify([{...localStorage}, {...sessionStorage}])").await.to_string();
        assert!(!stored.contains("gAAAA"), "the token is not stored in the clear: {stored}");
        assert!(story.proxy.log().iter().all(|seen| !seen.path.contains("gAAAA")), "nor part of a URL");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_shows_the_servers() {
    right_away("signing_in_shows_the_servers", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_shows_the_servers_in_spanish() {
    right_away("signing_in_shows_the_servers_in_spanish", Language::Spanish).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_and_asked_once() {
    story("a_wrong_password", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let (page, words) = (&story.page, story.words);
        story.open("/").await;
        story.fill_sign_in("wrong").await;
        page.button(words.sign_in).click().await;
        page.alert(words.wrong_password).expect().await;
        let logins = to(Keystone).post("/auth/tokens");
        assert_eq!(story.proxy.count(&logins), 1, "more would lock an account");
        assert_eq!(page.field(words.auth_url).value().await, story.proxy.auth_url(), "what was typed stays");
        assert_eq!(page.field(words.user_name).value().await, story.cloud.user);
        page.field(words.password).fill(PASSWORD).await;
        page.button(words.sign_in).click().await;
        page.heading(words.protection).expect().await;
    })
    .await;
}

/// The form comes before the app does: a network that is cut in between loses nothing that was typed.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_cannot_be_fetched_is_told_and_fetched_again() {
    story("the_app_is_missing", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        story.browser.expect_in_console("carrete-app");
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let (page, words) = (&story.page, story.words);
        story.browser.cdp("Network.enable", json!({})).await;
        story.browser.cdp("Network.setBlockedURLs", json!({"urls": ["*carrete-app*"]})).await;
        story.open("/instances").await;
        story.fill_sign_in(PASSWORD).await;
        page.button(words.sign_in).click().await;
        page.alert(words.page_incomplete).expect().await;
        story.browser.cdp("Network.setBlockedURLs", json!({"urls": []})).await;
        page.button(words.retry).click().await;
        page.row(&web1.name).expect().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_credential_is_enough() {
    story("an_application_credential", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let (id, secret) = story.cloud.application_credential().await;
        let (page, words) = (&story.page, story.words);
        story.open("/").await;
        page.tab(words.tab_application_credential).click().await;
        page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
        page.field(words.id_or_name).fill(&id).await;
        page.field(words.secret).fill(&secret).await;
        page.button(words.sign_in).click().await;
        page.heading(words.protection).expect().await;
        page.row(&web1.name).expect().await;
    })
    .await;
}

/// The name of an application credential is one of its owner's names: without the owner nobody can be meant.
#[tokio::test(flavor = "multi_thread")]
async fn a_named_credential_needs_its_owner() {
    story("a_named_credential", Setup { language: Language::Spanish, ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let (_, secret) = story.cloud.application_credential().await;
        let (page, words) = (&story.page, story.words);
        story.open("/").await;
        page.tab(words.tab_application_credential).click().await;
        page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
        page.field(words.id_or_name).fill(&story.cloud.name("credential")).await;
        page.field(words.secret).fill(&secret).await;
        page.button(words.sign_in).click().await;
        page.expect_text(words.missing_owner).await;
        assert_eq!(story.proxy.count(&to(Keystone).post("/auth/tokens")), 0, "nothing was asked");
        page.field(words.user_name).fill(&story.cloud.user).await;
        page.button(words.sign_in).click().await;
        page.row(&web1.name).expect().await;
    })
    .await;
}

/// As after a single sign-on elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_elsewhere_is_enough_and_stays() {
    story("a_token_from_elsewhere", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let (page, words) = (&story.page, story.words);
        story.open("/").await;
        page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
        page.tab(words.token).click().await;
        page.field(words.token).fill("two words").await;
        page.button(words.sign_in).click().await;
        page.expect_text(words.bad_token).await;
        page.field(words.token).fill("gAAAAABnothing").await;
        page.button(words.sign_in).click().await;
        page.alert(words.unknown_token).expect().await;
        page.field(words.token).fill(story.cloud.token()).await;
        page.button(words.sign_in).click().await;
        page.row(&web1.name).expect().await;
        story.browser.reload().await;
        page.row(&web1.name).expect().await;

        page.button(&words.account_of(&story.cloud.user)).click().await;
        page.menu_item(words.sign_out).click().await;
        let revoked = to(Keystone).delete("/auth/tokens");
        wait::until_true("the page's own token to be revoked", wait::PATIENCE, async || {
            story.proxy.seen(&revoked).iter().any(|seen| seen.status == Some(204))
        })
        .await;
        // The one that was pasted still is somebody's.
        story.cloud.get(Nova, &format!("/servers/{}", web1.id)).await;
    })
    .await;
}

/// After a single sign-on there is no password to ask for: another token is, and the page goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_federated_session_asks_for_another_token() {
    let setup = Setup { language: Language::Spanish, ..Setup::default() };
    story("a_federated_session", setup, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let (page, words) = (&story.page, story.words);
        let federated = Action::edit(|answer| {
            if let Some(methods) = answer.pointer_mut("/token/methods") {
                *methods = json!(["saml2"]);
            }
        });
        for tokens in [to(Keystone).get("/auth/tokens"), to(Keystone).post("/auth/tokens")] {
            story.proxy.when(tokens, federated.clone()).add();
        }
        story.open("/").await;
        page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
        page.tab(words.token).click().await;
        page.field(words.token).fill(story.cloud.token()).await;
        page.button(words.sign_in).click().await;
        page.row(&web1.name).expect().await;
        page.go(&format!("/instances/{}", web1.id)).await;
        page.expect_text(&web1.name).await;
        story.quiet().await;

        let log = story.proxy.log();
        let own = log.iter().rev().find_map(|seen| seen.header("x-auth-token").map(str::to_owned)).unwrap();
        assert_ne!(own, story.cloud.token(), "the pasted token was exchanged");
        story.cloud.revoke(&own).await;
        // By a script: a request of the page's own may be faster, and then the dialog lies over the button.
        let press = "document.querySelector(`button[aria-label^='${arguments[0]}']`).click()";
        story.browser.driver.execute(press, vec![json!(words.refresh)]).await.unwrap();
        let dialog = page.dialog(words.session_ended).within(wait::CLOUD_PATIENCE);
        dialog.field(words.token).fill("two words").await;
        page.expect_text(words.bad_token).await;
        dialog.field(words.token).fill("gAAAAABnothing").await;
        dialog.button(words.go_on).click().await;
        page.alert(words.unknown_token).expect().await;
        story.shoot("another-token").await;
        story.expect_accessible("another-token").await;
        let another = Cloud::sign_in(&story.cloud.user).await;
        dialog.field(words.token).fill(another.token()).await;
        dialog.button(words.go_on).click().await;
        dialog.expect_none().await;
        page.expect_route(&format!("/instances/{}", web1.id)).await;
        page.expect_text(&web1.name).await;
        page.expect_no_text(words.not_refreshed).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_asks_for_nothing() {
    story("a_reload_asks_for_nothing", Setup { base: "/some/where/", ..Setup::default() }, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        story.page.row(&web1.name).expect().await;
        let mark = story.proxy.mark();
        story.browser.reload().await;
        story.page.row(&web1.name).expect().await;
        let again: Vec<_> =
            story.proxy.since(mark).into_iter().filter(|seen| seen.path.ends_with("/auth/tokens")).collect();
        assert!(again.iter().all(|seen| seen.method != hyper::Method::POST), "no new sign-in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_revokes_the_token_and_leaves_nothing() {
    story("signing_out", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).expect().await;
        page.button(&words.account_of(&story.cloud.user)).click().await;
        page.menu_item(words.sign_out).click().await;
        page.button(words.sign_in).expect().await;
        let revoked = to(Keystone).delete("/auth/tokens");
        wait::until_true("the token to be revoked", wait::PATIENCE, async || {
            story.proxy.seen(&revoked).iter().any(|seen| seen.status == Some(204))
        })
        .await;
        let mark = story.proxy.mark();
        story.browser.reload().await;
        page.button(words.sign_in).expect().await;
        page.expect_no_text(&web1.name).await;
        assert!(story.proxy.since(mark).is_empty(), "there is no token to ask with");
    })
    .await;
}

/// A reload while Keystone does not answer: the token is kept, and the page says why it cannot go on yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_without_keystone_is_told_and_tried_again() {
    story("a_reload_without_keystone", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).expect().await;
        story.quiet().await;
        let logins = to(Keystone).post("/auth/tokens");
        let before = story.proxy.count(&logins);
        let cut = story.proxy.when(to(Keystone), CutBeforeForward).add();
        story.browser.reload().await;
        page.alert(words.unreachable).expect().await;
        page.field(words.password).expect().await;
        let asked = story.proxy.fired(cut);
        page.button(words.retry).click().await;
        wait::until_true("another try", wait::PATIENCE, async || story.proxy.fired(cut) > asked).await;
        page.alert(words.unreachable).expect().await;
        story.proxy.remove(cut);
        page.button(words.retry).click().await;
        page.row(&web1.name).expect().await;
        assert_eq!(story.proxy.count(&logins), before, "the kept token goes on");
    })
    .await;
}

/// `demo` has two projects. Nothing is made in them.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_chosen_and_another_switched_to() {
    story("choosing_a_project", Setup::default(), async |story| {
        let (page, words) = (&story.page, story.words);
        story.open("/instances").await;
        let revoked = to(Keystone).delete("/auth/tokens");
        for leaves in [true, false] {
            page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
            page.field(words.user_name).fill("demo").await;
            page.field(words.password).fill(PASSWORD).await;
            page.button(words.sign_in).click().await;
            page.heading(words.choose_project).expect().await;
            if leaves {
                page.button(words.sign_out).click().await;
                wait::until_true("the token to be revoked", wait::PATIENCE, async || story.proxy.count(&revoked) == 1)
                    .await;
            }
        }
        page.field(words.project).fill("demo").await;
        page.button(words.go_on).click().await;
        page.heading(words.instances).expect().await;
        let lists = to(Nova).get("/servers/detail");
        let token = || story.proxy.seen(&lists).last().and_then(|seen| seen.header("x-auth-token").map(str::to_owned));
        wait::until_true("the list of the first project", wait::PATIENCE, async || token().is_some()).await;
        story.quiet().await;
        let first = token();
        page.button(&words.in_project("demo")).click().await;
        page.menu_item("demo2").click().await;
        page.button(&words.in_project("demo2")).expect().await;
        wait::until_true("the list of the other project", wait::PATIENCE, async || token() != first).await;
    })
    .await;
}

/// While the password is in memory, a new token is fetched without a word.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_unnoticed() {
    story("an_expired_token", Setup { short_tokens: true, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(30)).await;
        story.sign_in().await;
        let name = story.cloud.name("across");
        story.create_snapshot(&web1.name, &name).await;
        story.page.go("/operations").await;
        story.page.status(story.words.usable).within(Duration::from_secs(90)).expect().await;
        assert_eq!(story.cloud.images_named(&name).await.len(), 1);
        let logins = story.proxy.count(&to(Keystone).post("/auth/tokens"));
        assert!((2..=12).contains(&logins), "{logins} sign-ins in half a minute of tokens that live 20 s");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_outlives_a_renewal() {
    story("typed_across_a_renewal", Setup { short_tokens: true, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.row(&web1.name).action(words.create_snapshot).await;
        let dialog = page.dialog(words.snapshot_of);
        dialog.field(words.note).fill("before the upgrade").await;
        let logins = to(Keystone).post("/auth/tokens");
        wait::until_true("a new token", Duration::from_secs(40), async || story.proxy.count(&logins) > 1).await;
        story.quiet().await;
        assert_eq!(dialog.field(words.note).value().await, "before the upgrade");
        dialog.button(words.create_snapshot).click().await;
        page.status(words.usable).within(wait::CLOUD_PATIENCE).expect().await;
    })
    .await;
}

/// After a reload the password is gone: the page says so, and goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_told_and_goes_on_after_signing_in() {
    story("an_expired_session", Setup { short_tokens: true, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        story.page.go(&format!("/instances/{}", web1.id)).await;
        story.page.expect_text(&web1.name).await;
        story.browser.reload().await;
        let dialog = story.page.dialog(story.words.session_ended).within(Duration::from_secs(90));
        dialog.field(story.words.password).fill(PASSWORD).await;
        dialog.button(story.words.go_on).click().await;
        dialog.expect_none().await;
        story.page.expect_route(&format!("/instances/{}", web1.id)).await;
        story.page.expect_text(&web1.name).await;
    })
    .await;
}

/// Work that the reload interrupted waits for the answer, and then goes on.
#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_after_the_session_is_given_back() {
    story("work_goes_on", Setup { short_tokens: true, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let (page, words) = (&story.page, story.words);
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(30)).await;
        story.sign_in().await;
        let name = story.cloud.name("across");
        story.create_snapshot(&web1.name, &name).await;
        let asked = to(Nova).post("/action").body("createImage");
        wait::until_true("createImage", wait::PATIENCE, async || story.proxy.count(&asked) == 1).await;
        story.browser.reload().await;
        page.go("/operations").await;
        let dialog = page.dialog(words.session_ended).within(Duration::from_secs(90));
        dialog.field(words.password).fill("wrong").await;
        dialog.button(words.go_on).click().await;
        page.alert(words.wrong_password).expect().await;
        dialog.field(words.password).fill(PASSWORD).await;
        dialog.button(words.go_on).click().await;
        dialog.expect_none().await;
        page.status(words.usable).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.cloud.images_named(&name).await.len(), 1);
        assert_eq!(story.proxy.count(&asked), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_service_without_cors_is_named_and_the_rest_works() {
    story("one_service_without_cors", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.proxy.when(to(Glance), StripCors).add();
        story.sign_in().await;
        story.page.row(&web1.name).expect().await;
        story.page.go("/images").await;
        story.page.expect_text_within(Duration::from_secs(30), "Glance").await;
        story.page.expect_text("/etc/glance/glance-api.conf").await;
        story.page.expect_text(&format!("[cors]\nallowed_origin = {}", story.site.origin())).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_does_not_know_the_page_is_told_apart_from_one_that_is_down() {
    story("an_unknown_origin", Setup { port: Some(REFUSED_PORT), ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        story.open("/").await;
        story.fill_sign_in(PASSWORD).await;
        story.page.button(story.words.sign_in).click().await;
        story.page.expect_text(story.words.cors_refused).await;
        story.page.expect_text(&story.site.origin()).await;
        story.page.field(story.words.auth_url).fill("http://127.0.0.1:9/v3").await;
        story.page.button(story.words.sign_in).click().await;
        story.page.expect_no_text(story.words.cors_refused).await;
        story.page.expect_text("127.0.0.1:9").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_looks_at_asks_nothing() {
    story("a_hidden_page", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        story.page.row(&web1.name).expect().await;
        story.quiet().await;
        story.browser.hide().await;
        let mark = story.proxy.mark();
        let hidden = Duration::from_secs(20);
        wait::never("a request by a hidden page", hidden, async || {
            story.proxy.since(mark).first().map(ToString::to_string)
        })
        .await;
        story.browser.show().await;
        wait::until_true("a fresh list after coming back", wait::PATIENCE, async || {
            story.proxy.since(mark).iter().any(|seen| seen.service == Nova)
        })
        .await;
    })
    .await;
}
