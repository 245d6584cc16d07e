//! Launching, beyond the straight way: what fails, what is tried again, and what a reader may.

use reqwest::Method;
use serde_json::json;
use thirtyfour::By;

use crate::support::cloud::{Cloud, PASSWORD, ServerSpec};
use crate::support::proxy::{Action, Answer, Replace, Requests, Service::*, any, to};
use crate::support::story::{Setup, Story, story};
use crate::support::wait;
use crate::words::Language;

pub fn create_server() -> Requests {
    to(Nova).post("/servers").body("flavorRef")
}

/// Opens the form for the image `tiny` and fills in what it needs; the button is left to press.
pub async fn fill_launch(story: &Story, name: &str) {
    let (page, words) = (&story.page, story.words);
    let image = story.cloud.get(Glance, "/images?name=tiny").await["images"][0]["id"].as_str().unwrap().to_owned();
    page.go(&format!("/launch?image={image}")).await;
    page.field(words.name).fill(name).await;
    page.group(words.flavor).choice("m1.nano").set(true).await;
    page.group(words.network).choice("private").set(true).await;
}

async fn launched(story: &Story, name: &str) -> String {
    wait::until(&format!("{name} in the cloud"), wait::CLOUD_PATIENCE, async || {
        let server = story.cloud.server_named(name).await.ok_or("it is not there")?;
        Ok(server["id"].as_str().unwrap().to_owned())
    })
    .await
}

/// The server ends in ERROR: the page says so and offers to delete what is left, and then it is gone.
async fn a_failed_launch(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let fails = Action::edit_request(|body| body["server"]["metadata"]["testbed_fail_spawn"] = json!("true"));
        story.proxy.when(create_server(), fails).add();
        let web2 = story.cloud.name("web2");
        fill_launch(story, &web2).await;
        page.button(words.launch).click().await;
        let id = launched(story, &web2).await;
        page.go("/operations").await;
        page.status(words.failed).within(wait::CLOUD_PATIENCE).expect().await;
        assert_eq!(story.cloud.wait_for_server(&id, "ERROR").await["name"], web2.as_str());

        page.button(words.clean_up).click().await;
        page.dialog(words.clean_up).button(words.clean_up).click().await;
        page.dialog(words.clean_up).expect_none().await;
        wait::until_true("the server to be gone", wait::CLOUD_PATIENCE, async || {
            story.cloud.server_named(&web2).await.is_none()
        })
        .await;
        assert_eq!(story.proxy.count(&create_server()), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_launch_leaves_nothing_behind() {
    a_failed_launch("a_failed_launch", Language::English).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_launch_leaves_nothing_behind_in_spanish() {
    a_failed_launch("a_failed_launch_in_spanish", Language::Spanish).await;
}

/// The server runs, but Neutron had no address: that alone is tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_floating_ip_is_tried_again_without_a_second_server() {
    story("a_floating_ip_again", Setup::default(), async |story| {
        story.browser.expect_failed_requests();
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let allocate = || to(Neutron).post("/floatingips");
        let exhausted = json!({"NeutronError": {
            "type": "ExternalIpAddressExhausted", "message": "No more IP addresses available", "detail": ""}});
        story.proxy.when(allocate(), Replace(Answer::json(400, &exhausted))).times(1).add();
        let web2 = story.cloud.name("web2");
        fill_launch(story, &web2).await;
        page.field(words.floating_ip).fill(words.new_floating_ip).await;
        page.button(words.launch).click().await;
        let id = launched(story, &web2).await;
        page.button(words.retry_floating_ip).within(wait::CLOUD_PATIENCE).expect().await;
        assert!(story.cloud.floating_ips(&id).await.is_empty());

        page.button(words.retry_floating_ip).click().await;
        let ip = wait::until("a floating IP", wait::CLOUD_PATIENCE, async || {
            story.cloud.floating_ips(&id).await.pop().ok_or_else(|| "there is none".into())
        })
        .await;
        page.expect_text_within(wait::CLOUD_PATIENCE, &ip).await;
        assert_eq!((story.proxy.count(&create_server()), story.proxy.count(&allocate())), (1, 2));
    })
    .await;
}

/// The image is copied into a new volume, and the server boots from that.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_boots_from_a_new_volume() {
    story("a_new_boot_volume", Setup::default(), async |story| {
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        let web2 = story.cloud.name("web2");
        fill_launch(story, &web2).await;
        page.disclosure(words.more_options).click().await;
        page.field(words.boot_volume).set(true).await;
        page.field(words.volume_size).fill("2").await;
        page.button(words.launch).click().await;
        let id = launched(story, &web2).await;
        let server = story.cloud.wait_for_server(&id, "ACTIVE").await;
        assert_eq!(server["image"], "", "it boots from a volume");
        let attached = story.cloud.get(Nova, &format!("/servers/{id}/os-volume_attachments")).await;
        let volume = attached["volumeAttachments"][0]["volumeId"].as_str().unwrap();
        assert_eq!(story.cloud.get(Cinder, &format!("/volumes/{volume}")).await["volume"]["size"], 2);
        page.go("/operations").await;
        page.status(words.launched).within(wait::CLOUD_PATIENCE).expect().await;
    })
    .await;
}

/// `~/.ssh/id_ed25519.pub` is chosen as a file; what is read stands in the field, and the cloud gets exactly that.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_is_imported_from_a_file() {
    story("a_key_from_a_file", Setup::default(), async |story| {
        story.sign_in().await;
        let (page, words) = (&story.page, story.words);
        fill_launch(story, &story.cloud.name("web2")).await;
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9Zc1Ydi2dLsVf8mmYEDnBqI7nXcFt2tS4ZEk2Y0E2y me@laptop";
        let file = std::env::temp_dir().join(format!("{}.pub", story.cloud.name("key")));
        std::fs::write(&file, format!("{key}\n")).unwrap();
        page.field(words.key_pair).fill(words.import_key).await;
        let name = story.cloud.name("key");
        page.field(words.key_pair_name).fill(&name).await;
        // WebDriver gives a file to the input itself; what the user presses is a button inside of it.
        let input = By::Css(format!("input[type=file][aria-label='{}']", words.key_file));
        page.driver.find(input).await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
        wait::until("the key in the field", wait::PATIENCE, async || {
            let text = page.field(words.public_key).value().await;
            if text == key { Ok(()) } else { Err(text) }
        })
        .await;
        page.button(words.import).click().await;
        page.expect_text(&name).await;
        let path = format!("/os-keypairs/{name}");
        wait::until_true("the key pair in the cloud", wait::CLOUD_PATIENCE, async || {
            story.cloud.attempt(Method::GET, Nova, &path, None).await.0 == 200
        })
        .await;
        assert_eq!(story.cloud.get(Nova, &path).await["keypair"]["public_key"], key);
        std::fs::remove_file(&file).unwrap();
    })
    .await;
}

/// A reader sees everything, is told why buttons are off, and nothing that the page sends changes anything.
async fn a_reader(name: &'static str, language: Language) {
    story(name, Setup { language, ..Setup::default() }, async |story| {
        let owner = Cloud::sign_in("demo").await;
        let web1 = owner.server(ServerSpec::new("web1")).await;
        let snapshot = owner.name("snapshot");
        let image = owner.snapshot(&web1.id, &snapshot).await;
        owner.wait_for_image(&snapshot).await;

        let (page, words) = (&story.page, story.words);
        story.open("/instances").await;
        story.fill_sign_in(PASSWORD).await;
        page.field(words.user_name).fill("reader").await;
        page.field(words.project).fill("demo").await;
        page.button(words.sign_in).click().await;
        page.row(&web1.name).within(wait::CLOUD_PATIENCE).expect().await;
        let off = async |row: &str, action: &str| {
            page.row(row).expect().await;
            page.button(&words.actions_of(row)).click().await;
            let item = page.menu_item(action);
            item.expect_text(words.only_look).await;
            assert!(!item.is_enabled().await, "{action} can be chosen");
            page.press(thirtyfour::Key::Escape).await;
        };
        off(&web1.name, words.create_snapshot).await;
        off(&web1.name, words.back_up).await;
        page.go("/images").await;
        off(&snapshot, words.delete).await;
        page.go(&format!("/launch?image={image}")).await;
        page.group(words.flavor).expect().await;
        assert!(!page.button(words.launch).is_enabled().await, "the launch can be begun");
        story.expect_accessible("a reader's page").await;
        let changes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let sent: usize = changes.into_iter().map(|method| story.proxy.count(&any().method(method))).sum();
        assert_eq!(sent, story.proxy.count(&to(Keystone).post("/auth/tokens")), "only tokens were asked for");
        owner.tidy().await;
    })
    .await;
}

/// One after the other: both tidy up the one project that there is a reader of.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_told_why_buttons_are_off() {
    a_reader("a_reader", Language::English).await;
    a_reader("a_reader_in_spanish", Language::Spanish).await;
}
