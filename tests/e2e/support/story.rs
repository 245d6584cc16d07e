//! One test: a user of his own, a browser, the built page, and the fault proxy between them and a real cloud.
//!
//! ```ignore
//! #[tokio::test(flavor = "multi_thread")]
//! async fn a_snapshot() {
//!     story("a_snapshot", Setup::default(), async |story| {
//!         let web1 = story.cloud.server(ServerSpec::new("web1")).await;
//!         story.sign_in().await;
//!         story.page.row(&web1.name).expect().await;
//!     })
//!     .await;
//! }
//! ```
//!
//! If the body panics, a picture, the page's text, its console and all requests are left in `target/e2e/NAME/`. If it does
//! not, the test still fails when the browser's console has an error that was not announced. Either way the cloud is tidied.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use futures::FutureExt;

use super::browser::{Browser, Settings, Theme};
use super::cloud::{self, Cloud, Lease};
use super::page::{Page, Spot};
use super::proxy::Proxy;
use super::site::{self, Site};
use super::wait;
use crate::words::{Language, Words};

pub struct Setup {
    pub language: Language,
    pub theme: Theme,
    pub size: (u32, u32),
    /// Where below the host the page lies.
    pub base: &'static str,
    /// Serve the page from this port instead of one that the cloud allows.
    pub port: Option<u16>,
    /// Tokens expire within seconds.
    pub short_tokens: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            language: Language::English,
            theme: Theme::Light,
            size: (1280, 900),
            base: "/",
            port: None,
            short_tokens: false,
        }
    }
}

pub struct Story {
    pub name: &'static str,
    pub language: Language,
    pub words: &'static Words,
    pub cloud: Cloud,
    pub proxy: Proxy,
    pub site: Site,
    pub browser: Browser,
    pub page: Page,
    _lease: Lease,
}

pub async fn story(name: &'static str, setup: Setup, body: impl AsyncFnOnce(&mut Story)) {
    let mut story = Story::prepare(name, setup).await;
    let outcome = AssertUnwindSafe(body(&mut story)).catch_unwind().await;
    let unexpected = story.browser.unexpected().await;
    if outcome.is_err() || !unexpected.is_empty() {
        AssertUnwindSafe(story.leave_evidence()).catch_unwind().await.ok();
    }
    let tidied = AssertUnwindSafe(story.cloud.tidy()).catch_unwind().await;
    story.browser.quit().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    assert!(unexpected.is_empty(), "errors on the browser's console:\n{}", unexpected.join("\n"));
    if let Err(panic) = tidied {
        std::panic::resume_unwind(panic);
    }
}

impl Story {
    /// Everything but the body: for the benchmark, which is no test.
    pub async fn prepare(name: &'static str, setup: Setup) -> Self {
        let lease = Lease::take().await;
        let cloud = Cloud::sign_in(&lease.user).await;
        cloud.tidy().await;
        let mut upstreams = cloud.upstreams();
        if setup.short_tokens {
            upstreams.0.insert(super::proxy::Keystone, cloud::short_keystone());
        }
        let proxy = Proxy::start(&upstreams).await;
        let site = match setup.port {
            Some(port) => Site::start_on(port, &site::dist(), setup.base).await,
            None => Site::start(&site::dist(), setup.base).await,
        };
        let settings = Settings { languages: setup.language.accepted().into(), size: setup.size, theme: setup.theme };
        let browser = Browser::start(settings).await;
        let words = setup.language.words();
        let page = Page::new(&browser.driver, words);
        Self { name, language: setup.language, words, cloud, proxy, site, browser, page, _lease: lease }
    }

    /// Loads the page at `#ROUTE`.
    pub async fn open(&self, route: &str) {
        self.browser.goto(&format!("{}#{route}", self.site.url)).await;
    }

    /// Loads the page and fills in the sign-in form as the story's user would.
    pub async fn sign_in(&self) {
        self.open("/instances").await;
        self.fill_sign_in(cloud::PASSWORD).await;
        self.page.button(self.words.sign_in).click().await;
        self.page.heading(self.words.instances).expect().await;
    }
    pub async fn fill_sign_in(&self, password: &str) {
        let (page, words) = (&self.page, self.words);
        page.field(words.auth_url).fill(&self.proxy.auth_url()).await;
        page.field(words.user_name).fill(&self.cloud.user).await;
        page.field(words.password).fill(password).await;
        if !page.field(words.user_domain).is_there().await {
            page.disclosure(words.domains).click().await;
        }
        page.field(words.user_domain).fill("Default").await;
        page.field(words.project).fill(&self.cloud.user).await;
        page.field(words.project_domain).fill("Default").await;
    }

    /// From the list of instances: the menu, and the dialog with its name; its button is left to press.
    pub async fn open_snapshot(&self, server: &str, name: &str) -> Spot {
        let (page, words) = (&self.page, self.words);
        page.go("/instances").await;
        page.row(server).action(words.create_snapshot).await;
        let dialog = page.dialog(words.snapshot_of);
        dialog.field(words.name).fill(name).await;
        dialog
    }
    pub async fn create_snapshot(&self, server: &str, name: &str) {
        let dialog = self.open_snapshot(server, name).await;
        dialog.button(self.words.create_snapshot).click().await;
        dialog.expect_none().await;
    }
    /// Opens and fills the backup dialog, with the type `words.daily`; its button is left to press.
    pub async fn open_backup(&self, server: &str, name: &str, rotation: &str) -> Spot {
        let (page, words) = (&self.page, self.words);
        page.go("/instances").await;
        page.row(server).action(words.back_up).await;
        let dialog = page.dialog(words.backup_of);
        dialog.field(words.name).fill(name).await;
        dialog.field(words.backup_type).fill(words.daily).await;
        dialog.field(words.rotation).fill(rotation).await;
        dialog
    }
    /// Fills and sends the backup dialog, and waits until the page calls the backup usable.
    pub async fn back_up(&self, server: &str, name: &str, rotation: &str) {
        let dialog = self.open_backup(server, name, rotation).await;
        dialog.button(self.words.submit_back_up).click().await;
        self.page.status(name).within(wait::CLOUD_PATIENCE).expect().await;
        self.page.button(self.words.dismiss).click().await;
    }
    /// What the newest operation about the server `name` says of itself now; nothing while there is none.
    pub async fn phase_of(&self, name: &str) -> String {
        let script = "const all = [...document.querySelectorAll('[role=status]')].filter(e => e.checkVisibility());
            const about = all.filter(e => (e.closest('tr, [role=row], li, article') ?? e).innerText.includes(arguments[0]));
            return about[0]?.innerText.replace(/\\s+/g, ' ').trim() ?? ''";
        let text = self.browser.driver.execute(script, vec![serde_json::json!(name)]).await.unwrap();
        text.json().as_str().unwrap_or_default().to_owned()
    }
    /// Waits until the page has asked nothing for a second: its data is there.
    pub async fn quiet(&self) {
        wait::until("the page to stop asking", wait::CLOUD_PATIENCE, async || {
            let log = self.proxy.log();
            let under_way = log.iter().any(|seen| seen.took.is_none() && seen.faults.is_empty());
            let last = log.iter().map(|seen| seen.at + seen.took.unwrap_or_default()).max().unwrap_or_default();
            let idle = self.proxy.now() - last;
            if !under_way && idle > Duration::from_secs(1) { Ok(()) } else { Err("it still does".into()) }
        })
        .await;
    }

    /// Another browser that has never seen the page. What the last one has on its console is looked at before it goes.
    pub async fn fresh_browser(&mut self) {
        let unexpected = self.browser.unexpected().await;
        assert!(unexpected.is_empty(), "on the console: {}", unexpected.join("; "));
        let settings = self.browser.settings().clone();
        let old = std::mem::replace(&mut self.browser, Browser::start(settings).await);
        self.page = Page::new(&self.browser.driver, self.words);
        old.quit().await;
    }

    /// Closes the browser and opens the page again, as on the next day.
    pub async fn reopen(&mut self) {
        self.browser.reopen().await;
        self.page = Page::new(&self.browser.driver, self.words);
        self.open("/").await;
    }

    /// No violation of any of axe-core's rules, in both themes.
    pub async fn expect_accessible(&self, what: &str) {
        for theme in [Theme::Light, Theme::Dark] {
            self.browser.theme(theme).await;
            super::shots::settle(&self.browser).await;
            super::axe::expect_none(&self.browser, &format!("{what} ({}, {})", theme.word(), self.language.code()))
                .await;
        }
    }
    pub async fn shoot(&self, what: &str) {
        super::shots::take(&self.browser, what, self.language).await;
    }

    async fn leave_evidence(&self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e").join(self.name);
        std::fs::create_dir_all(&folder).unwrap();
        let requests: Vec<_> = self.proxy.log().iter().map(ToString::to_string).collect();
        std::fs::write(folder.join("requests.txt"), requests.join("\n")).unwrap();
        std::fs::write(folder.join("console.txt"), self.browser.console().await.join("\n")).unwrap();
        std::fs::write(folder.join("page.txt"), self.page.text().await).unwrap();
        std::fs::write(folder.join("page.png"), self.browser.png().await).unwrap();
        eprintln!("evidence is in {}", folder.display());
    }
}
