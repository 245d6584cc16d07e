//! The network goes, the token dies, a service refuses: what is on the page stays, a sentence says what is wrong, and it
//! goes on without a reload.

use serde_json::json;

use crate::support::cloud::{PASSWORD, Server, ServerSpec};
use crate::support::proxy::{Answer, CutBeforeForward, Replace, Service, Service::*, StripCors, to};
use crate::support::story::{Setup, Story, story};
use crate::support::wait;

/// A server with a schedule, and a backup of one that is gone: each of the three pages has something to show.
struct Stage {
    web1: Server,
    last_copy: String,
}

impl Stage {
    async fn set(story: &Story) -> Self {
        let cloud = &story.cloud;
        let web1 = cloud.server(ServerSpec::new("web1").policy("last=1; at=03:00Z")).await;
        let gone = cloud.server(ServerSpec::new("gone")).await;
        let last_copy = cloud.name("last-copy");
        cloud.backup(&gone.id, &last_copy, "daily", 3).await;
        cloud.wait_for_image(&last_copy).await;
        cloud.wait_until_idle(&gone.id).await;
        cloud.call(hyper::Method::DELETE, Nova, &format!("/servers/{}", gone.id), None).await;
        wait::until_true("the server to be gone", wait::CLOUD_PATIENCE, async || {
            cloud.server_named(&gone.name).await.is_none()
        })
        .await;
        Self { web1, last_copy }
    }

    /// The address of each page, what stands on it, and a service that it cannot do without.
    fn pages(&self) -> [(&'static str, &str, Service, &'static str); 3] {
        [
            ("/protection", &self.web1.name, Glance, "/images"),
            ("/leftovers", &self.last_copy, Cinder, "/snapshots/detail"),
            ("/schedules", &self.web1.name, Mistral, "/cron_triggers"),
        ]
    }
}

/// Waits until the page shows it, however often, with all that belongs to it.
async fn expect_shown(story: &Story, what: &str) {
    let row = story.page.row(what).any().within(wait::CLOUD_PATIENCE);
    wait::until(&format!("{row} with nothing unknown"), wait::CLOUD_PATIENCE, async || {
        let seen = row.text().await;
        if seen.is_empty() || seen.contains('…') { Err(format!("it says '{seen}'")) } else { Ok(()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_network_leaves_what_is_shown() {
    story("a_cut_network", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let stage = Stage::set(story).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        for (route, shown, service, path) in stage.pages() {
            page.go(route).await;
            expect_shown(story, shown).await;
            story.quiet().await;
            let mut answers = vec![None];
            if route == "/protection" {
                answers.extend([Some((503, words.front_door)), Some((403, words.not_allowed))]);
            }
            for answer in answers {
                let action = match answer {
                    None => CutBeforeForward,
                    Some((status, _)) => Replace(Answer::json(status, &json!({"error": {"message": "no"}}))),
                };
                let rule = story.proxy.when(to(service).get(path), action).add();
                // This asks for all lists anew, but for Mistral's: those are asked for every half minute.
                page.button(words.refresh).any().click().await;
                let said = answer.map_or(words.front_door, |(_, said)| said);
                page.expect_text_within(wait::CLOUD_PATIENCE, words.not_refreshed).await;
                page.expect_text(said).await;
                page.row(shown).any().expect().await;
                story.proxy.remove(rule);
                page.button(words.retry).any().click().await;
                page.expect_no_text(words.not_refreshed).await;
                page.row(shown).any().expect().await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_cors_is_named_and_asked_again() {
    story("pages_without_cors", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let stage = Stage::set(story).await;
        let page = &story.page;
        let pages = stage.pages();
        // From the first load on.
        let rules = pages.map(|(_, _, service, _)| story.proxy.when(to(service), StripCors).add());
        story.sign_in().await;
        for ((route, _, service, _), file) in
            pages.into_iter().zip(["glance/glance-api", "cinder/cinder", "mistral/mistral"])
        {
            if service == Cinder {
                // Glance is well again by now.
                story.proxy.remove(rules[0]);
            }
            page.go(route).await;
            page.expect_text_within(wait::CLOUD_PATIENCE, &format!("/etc/{file}.conf")).await;
            page.expect_text(&format!("allowed_origin = {}", story.site.origin())).await;
            if service == Glance {
                // The instances are known, their backups are not.
                page.row(&stage.web1.name).expect_text("…").await;
            }
        }
        rules.into_iter().for_each(|rule| story.proxy.remove(rule));
        for (route, shown, _, _) in pages {
            page.go(route).await;
            // By itself: nobody presses anything.
            expect_shown(story, shown).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_is_renewed_or_asked_for() {
    story("a_dead_token", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let stage = Stage::set(story).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let logins = to(Keystone).post("/auth/tokens");
        let token = || {
            let log = story.proxy.log();
            log.iter().rev().find_map(|seen| seen.header("x-auth-token").map(str::to_owned)).unwrap()
        };
        for (route, shown, ..) in stage.pages() {
            page.go(route).await;
            expect_shown(story, shown).await;
            story.quiet().await;
            let before = story.proxy.count(&logins);
            story.cloud.revoke(&token()).await;
            page.button(words.refresh).any().click().await;
            wait::until_true("a new token", wait::CLOUD_PATIENCE, async || story.proxy.count(&logins) > before).await;
            story.quiet().await;
            page.row(shown).any().expect().await;
            page.expect_no_text(words.not_refreshed).await;
        }
        // After a reload the password is gone: it is asked for, and the page goes on where it was.
        for (route, shown, ..) in stage.pages() {
            page.go(route).await;
            story.browser.reload().await;
            expect_shown(story, shown).await;
            story.cloud.revoke(&token()).await;
            // By a script: a request of the page's own may be faster, and then the dialog lies over the button.
            let press = "document.querySelector(`button[aria-label^='${arguments[0]}']`).click()";
            story.browser.driver.execute(press, vec![json!(words.refresh)]).await.unwrap();
            let dialog = page.dialog(words.session_ended).within(wait::CLOUD_PATIENCE);
            dialog.field(words.password).fill(PASSWORD).await;
            dialog.button(words.go_on).click().await;
            dialog.expect_none().await;
            page.expect_route(route).await;
            page.row(shown).any().expect().await;
            page.expect_no_text(words.not_refreshed).await;
        }
    })
    .await;
}

/// The cloud goes on while nobody can look: the card says so and why, and it ends well when it can be seen again.
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_cannot_be_seen_says_why_and_ends_well() {
    story("an_operation_unseen", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(20)).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        for (stem, action) in [("without-cors", StripCors), ("cut", CutBeforeForward)] {
            let snapshot = story.cloud.name(stem);
            story.create_snapshot(&web1.name, &snapshot).await;
            page.go("/operations").await;
            wait::until("the page to look at the image", wait::CLOUD_PATIENCE, async || {
                let Some(image) = story.cloud.images_named(&snapshot).await.pop() else { return Err("none".into()) };
                let look = to(Glance).get(&format!("/images/{}", image["id"].as_str().unwrap()));
                if story.proxy.count(&look) > 0 { Ok(()) } else { Err("not yet".into()) }
            })
            .await;
            let rules = [Glance, Nova].map(|service| story.proxy.when(to(service), action.clone()).add());
            page.status(words.blind).within(wait::CLOUD_PATIENCE).expect().await;
            wait::until("the reason on the card", wait::CLOUD_PATIENCE, async || {
                let text = page.text().await;
                let told = [words.front_door, words.cors_refused].iter().any(|reason| text.contains(reason));
                if told { Ok(()) } else { Err(text) }
            })
            .await;
            rules.into_iter().for_each(|rule| story.proxy.remove(rule));
            page.status(words.usable).within(wait::CLOUD_PATIENCE).expect().await;
            page.expect_no_text(words.front_door).await;
            assert_eq!(story.cloud.images_named(&snapshot).await.len(), 1);
            page.button(words.dismiss).click().await;
            story.cloud.wait_until_idle(&web1.id).await;
        }
    })
    .await;
}
