//! Backups by policy and by Carrete's own rotation: nothing goes before the new one is proven usable, and nothing that was
//! not shown.

use serde_json::json;

use crate::support::cloud::ServerSpec;
use crate::support::proxy::{Answer, CutAfterForward, Replace, Service::*, to};
use crate::support::story::{Setup, story};
use crate::support::wait;
use crate::support::watch::{Watch, expect_images, expect_usable, expect_volume_snapshots, usable};
use crate::words::Language;

/// Nova refuses these servers; Carrete rotates their images and every volume snapshot behind them.
#[tokio::test(flavor = "multi_thread")]
async fn five_backups_of_a_server_with_two_volumes_leave_three() {
    story("five_backups_of_two_volumes", Setup::default(), async |story| {
        // Whether a volume snapshot is gone is asked until the answer is 404.
        story.browser.expect_failed_requests();
        let db1 = story.cloud.server(ServerSpec::new("db1").two_volumes()).await;
        story.sign_in().await;
        let watch = Watch::begin(story, &db1, story.words.daily, 3);
        let names: Vec<_> = (1..=5).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        for name in &names {
            story.back_up(&db1.name, name, "3").await;
        }
        expect_usable(&story.cloud, &db1, story.words.daily, &names[2..]).await;
        expect_images(&story.cloud, 3).await;
        expect_volume_snapshots(&story.cloud, 6).await;
        watch.end().await;
        assert_eq!(story.proxy.count(&to(Nova).post("/action").body("createBackup")), 0);
    })
    .await;
}

/// One browser writes it, another reads it: it stands on the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_seen_in_another_browser() {
    let setup = Setup { language: Language::Spanish, ..Setup::default() };
    story("a_policy_elsewhere", setup, async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        story.sign_in().await;
        story.page.row(&web1.name).action(story.words.policy).await;
        let dialog = story.page.dialog(story.words.policy_of);
        dialog.field(story.words.newest).fill("5").await;
        dialog.button(story.words.save_policy).click().await;
        dialog.expect_none().await;
        let written = story.cloud.get(Nova, &format!("/servers/{}", web1.id)).await;
        let policy = written["server"]["metadata"]["carrete_policy"].as_str().unwrap().to_owned();
        assert_eq!(policy, "last=5 daily=7 weekly=4; every=day at=03:00Z");
        story.fresh_browser().await;
        story.sign_in().await;
        story.page.go("/protection").await;
        story.page.row(&web1.name).expect_text("last=5 daily=7 weekly=4").await;
    })
    .await;
}

/// Two servers by one plan, of both kinds, each by its own policy.
#[tokio::test(flavor = "multi_thread")]
async fn several_servers_are_backed_up_by_their_policies() {
    story("several_servers", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1")).await;
        let db1 = story.cloud.server(ServerSpec::new("db1").volume_backed().policy("last=1; at=03:00Z")).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let watches = [&web1, &db1].map(|server| Watch::begin(story, server, "carrete", 1));
        for round in 0..2 {
            page.go("/protection").await;
            for server in [&web1, &db1] {
                page.row(&server.name).field(&format!("Select {}", server.name)).set(true).await;
            }
            page.button(words.submit_back_up).any().click().await;
            let dialog = page.dialog(words.bulk_title);
            dialog.expect_text(words.volume_quota).await;
            // The lists that the plan rests on are read anew first.
            dialog.button(words.back_up_one).expect_enabled().await;
            dialog.button(words.back_up_one).click().await;
            dialog.expect_none().await;
            for server in [&web1, &db1] {
                wait::until("one more backup, and one only", wait::CLOUD_PATIENCE, async || {
                    let made = story.proxy.count(&to(Nova).post("/action").body("carrete_op"));
                    let found = usable(&story.cloud, &server.id, "carrete").await;
                    if found.len() == 1 && made == 2 * (round + 1) {
                        Ok(())
                    } else {
                        Err(format!("{made} made, {found:?}"))
                    }
                })
                .await;
            }
            page.go("/operations").await;
            wait::until("both operations to end", wait::CLOUD_PATIENCE, async || {
                let ends = page.button(words.dismiss).any().count().await;
                if ends >= 2 * (round + 1) { Ok(()) } else { Err(format!("{ends}")) }
            })
            .await;
        }
        for watch in watches {
            watch.end().await;
        }
        assert_eq!(story.proxy.count(&to(Glance).delete("/images/")), 2, "the first backup of each");
        assert_eq!(story.proxy.count(&to(Cinder).delete("/snapshots/")), 1);
    })
    .await;
}

/// The answer of createImage is cut: the nonce finds the image, and nothing is made twice. Then the tab is closed before
/// anything was deleted; reopened, it finishes once.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_survives_lost_answers_and_a_closed_tab() {
    story("a_rotation_survives", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        let db1 = story.cloud.server(ServerSpec::new("db1").two_volumes()).await;
        story.sign_in().await;
        let names: Vec<_> = (1..=2).map(|number| story.cloud.name(&format!("backup{number}"))).collect();
        story.back_up(&db1.name, &names[0], "1").await;
        let watch = Watch::begin(story, &db1, story.words.daily, 1);
        let create = to(Nova).post("/action").body("createImage");
        story.proxy.when(create.clone(), CutAfterForward).times(1).add();
        // The look before anything is deleted fails for as long as this rule stands.
        let stock = to(Cinder).get("/snapshots/detail");
        let dialog = story.open_backup(&db1.name, &names[1], "1").await;
        dialog.button(story.words.submit_back_up).expect_enabled().await;
        let hold = story
            .proxy
            .when(stock, Replace(Answer::json(503, &json!({"serviceUnavailable": {"code": 503, "message": "later"}}))))
            .add();
        dialog.button(story.words.submit_back_up).click().await;
        wait::until("both to be usable", wait::CLOUD_PATIENCE, async || {
            let found = usable(&story.cloud, &db1.id, story.words.daily).await;
            if found.len() == 2 { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
        wait::until("the look before the deletion", wait::CLOUD_PATIENCE, async || {
            if story.proxy.fired(hold) > 0 { Ok(()) } else { Err("not yet".into()) }
        })
        .await;
        story.reopen().await;
        story.proxy.remove(hold);
        story.sign_in().await;
        expect_usable(&story.cloud, &db1, story.words.daily, &names[1..]).await;
        expect_volume_snapshots(&story.cloud, 2).await;
        watch.end().await;
        assert_eq!(story.cloud.images_named(&names[1]).await.len(), 1, "nothing is made twice");
        let forwarded = story.proxy.seen(&create).iter().filter(|seen| seen.forwarded).count();
        assert_eq!(forwarded, 2);
        assert_eq!(story.proxy.count(&to(Glance).delete("/images/")), 1, "it is finished once");
        assert_eq!(story.proxy.count(&to(Cinder).delete("/snapshots/")), 2);
    })
    .await;
}

/// A pinned backup leaves the rotation and stays, whatever comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_backup_stays() {
    story("a_pinned_backup", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let first = story.cloud.name("backup1");
        story.cloud.backup(&web1.id, &first, story.words.daily, 1).await;
        story.cloud.wait_for_image(&first).await;
        story.cloud.wait_until_idle(&web1.id).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/images").await;
        page.row(&first).action(words.pin).await;
        let dialog = page.dialog(words.pin_title);
        dialog.field(words.pin_why).fill("before the exam").await;
        dialog.button(words.pin.trim_end_matches('…')).click().await;
        dialog.expect_none().await;
        wait::until("the pin to stand on the image", wait::CLOUD_PATIENCE, async || {
            let images = story.cloud.images_named(&first).await;
            let image = &images[0];
            let pinned = image["protected"] == true && image["carrete_pin"] == "before the exam";
            if pinned && image["backup_type"] == "pinned" { Ok(()) } else { Err(image.to_string()) }
        })
        .await;
        let second = story.cloud.name("backup2");
        story.back_up(&web1.name, &second, "1").await;
        assert_eq!(story.cloud.images_named(&first).await.len(), 1);
        assert_eq!(usable(&story.cloud, &web1.id, words.daily).await, [second]);
    })
    .await;
}

/// One policy for three servers, written together: one of them refuses at first, and the others have it all the same.
async fn one_policy_for_several(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        story.browser.expect_failed_requests();
        let web1 = story.cloud.server(ServerSpec::new("web1")).await;
        let web2 = story.cloud.server(ServerSpec::new("web2").policy("last=2")).await;
        let db1 = story.cloud.server(ServerSpec::new("db1").volume_backed().policy("last=often")).await;
        let backup = story.cloud.name("backup");
        story.cloud.backup(&web2.id, &backup, "carrete", 9).await;
        story.cloud.wait_for_image(&backup).await;
        story.sign_in().await;
        let watch = Watch::begin(story, &web2, "carrete", 1);
        let (page, words) = (&story.page, story.words);
        page.go("/protection").await;
        for server in [&web1, &web2, &db1] {
            page.row(&server.name).field(&words.select(&server.name)).set(true).await;
        }
        page.button(words.set_policy).click().await;
        let dialog = page.dialog(words.bulk_policy_title);
        dialog.field(words.newest).fill("1").await;
        dialog.field(words.daily_rule).fill("0").await;
        dialog.field(words.weekly_rule).fill("0").await;
        let line = "last=1; every=day at=03:00Z";
        for (server, old) in [(&web1, words.no_policy), (&web2, "last=2"), (&db1, "last=often")] {
            dialog.row(&server.name).expect_text(old).await;
            dialog.row(&server.name).expect_text(line).await;
        }
        dialog.row(&web2.name).expect_text(&backup).await;
        story.expect_accessible("a policy for several").await;
        story.shoot("policy-for-several").await;

        let refuse = json!({"forbidden": {"code": 403, "message": "Policy doesn't allow it to be performed."}});
        let write = to(Nova).post(&format!("/servers/{}/metadata", web2.id));
        let rule = story.proxy.when(write, Replace(Answer::json(403, &refuse))).add();
        dialog.button(words.set_policy_of_three).click().await;
        dialog.row(&web2.name).within(wait::CLOUD_PATIENCE).expect_text(words.not_written).await;
        dialog.row(&web2.name).expect_text(words.not_allowed).await;
        for server in [&web1, &db1] {
            dialog.row(&server.name).expect_text(words.written).await;
        }
        let stands = async |server: &str| {
            let found = story.cloud.get(Nova, &format!("/servers/{server}")).await;
            found["server"]["metadata"]["carrete_policy"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!([stands(&web1.id).await, stands(&web2.id).await, stands(&db1.id).await], [line, "last=2", line]);
        story.proxy.remove(rule);
        // Another policy would have to be written to all of them; this one only where it does not stand yet.
        dialog.field(words.newest).fill("2").await;
        dialog.button(words.set_policy_of_three).expect_enabled().await;
        dialog.field(words.newest).fill("1").await;
        dialog.button(words.set_policy_of_one).click().await;
        dialog.expect_none().await;
        assert_eq!(stands(&web2.id).await, line);
        let written = story.proxy.count(&to(Nova).post("/metadata").body("carrete_policy"));
        assert_eq!(written, 4, "three, and one again");
        watch.end().await;
        assert_eq!(story.cloud.images_named(&backup).await.len(), 1, "a policy deletes nothing by itself");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_policy_for_several_servers() {
    one_policy_for_several("one_policy", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_policy_for_several_servers_in_spanish() {
    one_policy_for_several("one_policy_in_spanish", Language::Spanish).await;
}

/// What was made by hand stands on the policy's reel and stays; the newest backup is one click away from a new server.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_leaves_alone_is_shown_and_a_launch_is_one_click_away() {
    story("left_alone", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1")).await;
        let (by_policy, by_hand) = (story.cloud.name("by-policy"), story.cloud.name("by-hand"));
        story.cloud.backup(&web1.id, &by_policy, "carrete", 9).await;
        story.cloud.wait_for_image(&by_policy).await;
        story.cloud.wait_until_idle(&web1.id).await;
        let newest = story.cloud.snapshot(&web1.id, &by_hand).await;
        story.cloud.wait_for_image(&by_hand).await;
        story.cloud.wait_until_idle(&web1.id).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        page.go("/protection").await;
        page.row(&web1.name).action(words.policy).await;
        let dialog = page.dialog(words.policy_of);
        dialog.expect_text(words.apart).await;
        dialog.expect_text(words.stays_apart).await;
        dialog.expect_text(&by_policy).await;
        story.shoot("policy-reel").await;
        page.press(thirtyfour::Key::Escape).await;
        dialog.expect_none().await;

        page.row(&web1.name).action(words.launch_newest).await;
        page.expect_route(&format!("/launch?image={newest}")).await;
        page.expect_text(&by_hand).await;

        page.go(&format!("/instances/{}", web1.id)).await;
        page.heading(words.growth).expect().await;
        page.disclosure(words.growth_list).click().await;
        for name in [&by_policy, &by_hand] {
            page.link(name).expect().await;
        }
        story.expect_accessible("the instance").await;
        story.shoot("instance-protection").await;
        page.link(words.launch_from).click().await;
        page.expect_route(&format!("/launch?image={newest}")).await;
    })
    .await;
}

/// Taking a policy away asks first, and leaves the backups alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_goes_when_it_was_asked_twice_and_its_backups_stay() {
    story("a_policy_goes", Setup::default(), async |story| {
        let web1 = story.cloud.server(ServerSpec::new("web1").policy("last=1")).await;
        let backup = story.cloud.name("backup");
        story.cloud.backup(&web1.id, &backup, "carrete", 9).await;
        story.cloud.wait_for_image(&backup).await;
        story.cloud.wait_until_idle(&web1.id).await;
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let policy = async || {
            let server = story.cloud.get(Nova, &format!("/servers/{}", web1.id)).await;
            server["server"]["metadata"]["carrete_policy"].as_str().map(str::to_owned)
        };
        page.row(&web1.name).action(words.policy).await;
        let dialog = page.dialog(words.policy_of);
        dialog.button(&format!("{}…", words.remove_policy)).click().await;
        dialog.expect_text(words.remove_policy_title).await;
        assert_eq!(policy().await.as_deref(), Some("last=1"), "one click removes nothing");
        dialog.button(words.remove_policy).click().await;
        dialog.expect_none().await;
        assert_eq!(policy().await, None);
        assert_eq!(usable(&story.cloud, &web1.id, "carrete").await, [backup]);
    })
    .await;
}
