//! Schedules that the cloud runs by itself, set up from the page; and what stands in their place where they cannot be.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::due::hourly_from;
use crate::looks::look_at;
use crate::support::cloud::{Cloud, PASSWORD, ServerSpec};
use crate::support::proxy::{Service::*, to};
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::words::Language;

/// The names of the triggers of a server.
async fn triggers(cloud: &Cloud, server: &str) -> Vec<String> {
    let all = cloud.triggers().await;
    let names = all.iter().map(|trigger| trigger["name"].as_str().unwrap_or_default().to_owned());
    names.filter(|name| name.contains(server)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cloud_backs_up_by_itself() {
    story("the_cloud_backs_up", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1; at=03:00Z")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/schedules").await;
        page.row(&web1.name).button(words.switch_on).click().await;
        page.row(&web1.name).button(words.switch_off).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(triggers(&story.cloud, &web1.id).await, [format!("carrete-{}-day-0300", web1.id)]);

        page.row(&web1.name).button(words.run_now).click().await;
        wait::until("a backup by the policy", wait::CLOUD_PATIENCE, async || {
            let made = story.cloud.backups(&web1.id, "carrete").await;
            if made.len() == 1 && made[0]["status"] == "active" { Ok(()) } else { Err(format!("{made:?}")) }
        })
        .await;
        page.row(&web1.name).within(wait::CLOUD_PATIENCE).expect_text(words.run_succeeded).await;
        assert_eq!(story.proxy.count(&to(Mistral).post("/executions")), 1);

        page.row(&web1.name).button(words.switch_off).click().await;
        page.row(&web1.name).button(words.switch_on).within(wait::CLOUD_PATIENCE).expect().await;
        assert!(triggers(&story.cloud, &web1.id).await.is_empty());
    })
    .await;
}

/// With everything on it: a trigger that is on, a run, and a trigger of another tool. The times are the reader's, with UTC beside.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_schedules_in_a_zone_of_its_own() {
    story("schedules_in_madrid", Setup::default(), async |story| {
        story.browser.cdp("Emulation.setTimezoneOverride", json!({"timezoneId": "Europe/Madrid"})).await;
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1; at=03:00Z")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/schedules").await;
        page.row(&web1.name).button(words.switch_on).click().await;
        page.row(&web1.name).button(words.switch_off).within(wait::CLOUD_PATIENCE).expect().await;
        page.row(&web1.name).expect_text("03:00 UTC").await;
        let card = page.row(&web1.name).text().await;
        assert!(card.contains("4:00") || card.contains("5:00"), "an hour or two later in Madrid: {card}");
        page.row(&web1.name).button(words.run_now).click().await;
        page.row(&web1.name).within(wait::CLOUD_PATIENCE).expect_text(words.run_succeeded).await;

        let name = format!("nightly-{}", web1.id);
        let foreign = json!({
            "name": name, "workflow_name": "carrete_backup_v1", "pattern": "0 5 1 1 *", "workflow_input": {"server": web1.id},
        });
        story.cloud.call(Method::POST, Mistral, "/cron_triggers", Some(foreign)).await;
        story.browser.reload().await;
        page.row(&web1.name).within(wait::CLOUD_PATIENCE).expect().await;
        wait::until("the other tool's trigger, unfolded", wait::CLOUD_PATIENCE, async || {
            story.browser.js("document.querySelectorAll('details.c-more').forEach(more => more.open = true)").await;
            let seen = page.text().await;
            if seen.contains(&name) && seen.contains("0 5 1 1 * UTC") { Ok(()) } else { Err(seen) }
        })
        .await;
        look_at(story, "schedules-on").await;

        // What is typed is the time in Madrid; what is stored is UTC.
        page.row(&web1.name).button(words.policy).click().await;
        let dialog = page.dialog(words.policy_of);
        dialog.expect_text("Europe/Madrid").await;
        dialog.expect_text("03:00 UTC").await;
        look_at(story, "policy-in-a-zone").await;
        dialog.field(words.time).fill("06:00").await;
        dialog.button(words.save_policy).click().await;
        dialog.expect_none().await;
        expect_triggers(&story.cloud, &web1.id, "the trigger at the time of Madrid", |now| {
            now.iter().any(|name| name.ends_with("-day-0400") || name.ends_with("-day-0500"))
                && !now.iter().any(|name| name.ends_with("-day-0300"))
        })
        .await;
    })
    .await;
}

/// Keystone would refuse the trust: that is said before anything is tried.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_credential_is_told_beforehand() {
    story("a_credential_cannot_schedule", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1; at=03:00Z")).await;
        let (id, secret) = story.cloud.application_credential().await;
        let (page, words) = (&story.page, story.words);
        story.open("/schedules").await;
        page.tab(words.tab_application_credential).click().await;
        page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
        page.field(words.id_or_name).fill(&id).await;
        page.field(words.secret).fill(&secret).await;
        page.button(words.sign_in).click().await;
        page.expect_text(words.credential_cannot_schedule).await;
        let switch_on = page.row(&web1.name).button(words.switch_on);
        switch_on.expect().await;
        assert!(!switch_on.is_enabled().await);
        assert_eq!(story.proxy.count(&to(Mistral).post("/")), 0);

        // For this one step a person signs in beside it.
        page.button(words.with_password).click().await;
        let dialog = page.dialog(words.only_to_schedule);
        dialog.field(words.password).fill("wrong").await;
        dialog.button(words.sign_in).click().await;
        page.alert(words.wrong_password).expect().await;
        dialog.field(words.password).fill(PASSWORD).await;
        dialog.button(words.sign_in).click().await;
        dialog.expect_none().await;
        switch_on.click().await;
        page.row(&web1.name).button(words.switch_off).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(triggers(&story.cloud, &web1.id).await.len(), 1);
        // It ends with the page, and what it set up stays.
        let revoked = to(Keystone).delete("/auth/tokens");
        let before = story.proxy.count(&revoked);
        page.go("/instances").await;
        wait::until_true("the second token to be revoked", wait::PATIENCE, async || {
            story.proxy.count(&revoked) > before
        })
        .await;
        assert_eq!(triggers(&story.cloud, &web1.id).await.len(), 1);
    })
    .await;
}

/// Whoever signs in by SSO has no password: a token does for this step, unless it is a credential's, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_person_sets_up_a_schedule() {
    story("a_token_schedules", Setup { language: Language::Spanish, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1; at=03:00Z")).await;
        let (id, secret) = story.cloud.application_credential().await;
        let (page, words) = (&story.page, story.words);
        story.open("/schedules").await;
        page.tab(words.tab_application_credential).click().await;
        page.field(words.auth_url).fill(&story.proxy.auth_url()).await;
        page.field(words.id_or_name).fill(&id).await;
        page.field(words.secret).fill(&secret).await;
        page.button(words.sign_in).click().await;
        page.expect_text(words.credential_cannot_schedule).await;
        page.button(words.with_password).click().await;
        let dialog = page.dialog(words.only_to_schedule);
        page.tab(words.token).click().await;
        dialog.field(words.token).fill(&story.cloud.token_of_credential(&id, &secret).await).await;
        dialog.button(words.sign_in).click().await;
        page.alert(words.token_of_credential).expect().await;
        dialog.field(words.token).fill(story.cloud.token()).await;
        dialog.button(words.sign_in).click().await;
        dialog.expect_none().await;
        page.row(&web1.name).button(words.switch_on).click().await;
        page.row(&web1.name).button(words.switch_off).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(triggers(&story.cloud, &web1.id).await.len(), 1);
    })
    .await;
}

/// Cron's finest step is a minute, and a run looks every 15 seconds.
const A_RUN: Duration = Duration::from_secs(240);

async fn expect_triggers(cloud: &Cloud, server: &str, what: &str, fits: impl Fn(&[String]) -> bool) {
    wait::until(what, wait::CLOUD_PATIENCE, async || {
        let now = triggers(cloud, server).await;
        if fits(&now) { Ok(()) } else { Err(format!("there are {now:?}")) }
    })
    .await;
}

/// Of a server that boots from a volume: the cloud makes its backup at the time that the policy says, with no page's help. Then
/// the times change, and then the policy is paused and resumed.
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_fires_changes_pauses_and_goes_on() {
    story("a_schedule_fires", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let db1 = story.cloud.server(ServerSpec::new("db1").volume_backed().policy(&hourly_from(35))).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/schedules").await;
        page.row(&db1.name).button(words.switch_on).click().await;
        page.row(&db1.name).button(words.switch_off).within(wait::CLOUD_PATIENCE).expect().await;
        wait::until("a backup by the policy", A_RUN, async || {
            let made = story.cloud.backups(&db1.id, "carrete").await;
            if made.len() == 1 && made[0]["status"] == "active" { Ok(()) } else { Err(format!("{made:?}")) }
        })
        .await;
        page.row(&db1.name).within(A_RUN).expect_text(words.run_succeeded).await;
        page.row(&db1.name).button(words.its_backup).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.proxy.count(&to(Mistral).post("/executions")), 0, "cron has started it");

        let change = async |time: Option<&str>, paused: bool| {
            page.go("/instances").await;
            page.row(&db1.name).action(words.policy).await;
            let dialog = page.dialog(words.policy_of);
            if let Some(time) = time {
                dialog.field(words.time_utc).fill(time).await;
            }
            dialog.field(words.paused).set(paused).await;
            dialog.button(words.save_policy).click().await;
            dialog.expect_none().await;
            page.go("/schedules").await;
        };
        let before = triggers(&story.cloud, &db1.id).await;
        let minute = if before[0].ends_with("17") { "00:18" } else { "00:17" };
        change(Some(minute), false).await;
        // The trigger follows the policy by itself.
        let end = minute.replace(':', "");
        expect_triggers(&story.cloud, &db1.id, "the new trigger alone", |now| now.len() == 1 && now[0].ends_with(&end))
            .await;

        change(None, true).await;
        page.row(&db1.name).within(wait::CLOUD_PATIENCE).expect_text(words.paused_schedule).await;
        page.row(&db1.name).button(words.switch_off).click().await;
        expect_triggers(&story.cloud, &db1.id, "no trigger", <[String]>::is_empty).await;
        change(None, false).await;
        page.row(&db1.name).button(words.switch_on).within(wait::CLOUD_PATIENCE).click().await;
        expect_triggers(&story.cloud, &db1.id, "the trigger again", |now| now.len() == 1 && now[0].ends_with(&end))
            .await;
        page.row(&db1.name).button(words.switch_off).within(wait::CLOUD_PATIENCE).click().await;
        expect_triggers(&story.cloud, &db1.id, "no trigger", <[String]>::is_empty).await;
    })
    .await;
}

/// Keystone refuses the trust of somebody who has lost the role, and Mistral tells nobody. A colleague's home page does.
#[tokio::test(flavor = "multi_thread")]
async fn who_set_it_up_loses_the_role_and_the_home_page_says_so() {
    story("a_lost_role", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let guest = story.cloud.guest().await;
        let web1 = story.cloud.server(ServerSpec::new("web1").policy(&hourly_from(40))).await;
        let (page, words) = (&story.page, story.words);
        story.open("/schedules").await;
        story.fill_sign_in(PASSWORD).await;
        page.field(words.user_name).fill(&guest.name).await;
        page.button(words.sign_in).click().await;
        page.row(&web1.name).button(words.switch_on).within(wait::CLOUD_PATIENCE).click().await;
        expect_triggers(&story.cloud, &web1.id, "the trigger", |now| now.len() == 1).await;
        guest.loses_the_role().await;

        story.fresh_browser().await;
        story.browser.expect_failed_requests();
        story.sign_in().await;
        let page = &story.page;
        page.go("/protection").await;
        wait::until("the reason, on the home page", Duration::from_secs(400), async || {
            let seen = page.text().await;
            if words.lost_role.iter().any(|why| seen.contains(why)) { Ok(()) } else { Err(seen) }
        })
        .await;
        // Not late: failing. The panel of what is due names it too, so the table's own row is looked at.
        let rows = "return [...document.querySelectorAll('[role=row]')].map(row => row.innerText)";
        wait::until("the badge in its row", wait::CLOUD_PATIENCE, async || {
            let rows = story.browser.js(rows).await;
            let says = |row: &serde_json::Value| {
                row.as_str().is_some_and(|row| row.contains(&web1.name) && row.contains(words.failing))
            };
            if rows.as_array().is_some_and(|all| all.iter().any(says)) { Ok(()) } else { Err(rows.to_string()) }
        })
        .await;
        story.shoot("lost-role").await;
        assert!(story.cloud.backups(&web1.id, "carrete").await.is_empty(), "nothing was made");
    })
    .await;
}

/// No workflow in the catalogue: the home page says that nobody does it, and the page of schedules offers the other ways.
#[tokio::test(flavor = "multi_thread")]
async fn a_region_without_a_scheduler_offers_the_other_ways() {
    story("no_scheduler", Setup::default(), async |story| {
        story.cloud.server(ServerSpec::new("web1").policy(&hourly_from(20))).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.button(words.region_one).click().await;
        page.menu_item("RegionTwo").click().await;
        page.go("/schedules").await;
        page.expect_text(words.no_scheduler).await;
        page.expect_text("crontab").await;
        page.button(words.expiry_reminder).click().await;
        let entry = story.browser.downloaded("carrete-credential.ics").await;
        assert!(entry.contains("BEGIN:VEVENT") && entry.contains("DTSTART:20"), "{entry}");
        assert!(!entry.contains("RRULE"), "it ends once: {entry}");
        page.go("/protection").await;
        page.heading(words.due_now).within(Duration::from_secs(150)).expect().await;
        page.expect_text(words.no_scheduler).await;
        let asked = story.proxy.seen(&to(Mistral).get("/")).len();
        page.go("/schedules").await;
        page.expect_text(words.no_scheduler).await;
        assert_eq!(story.proxy.seen(&to(Mistral).get("/")).len(), asked, "it is not asked what is not there");
    })
    .await;
}
