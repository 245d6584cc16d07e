//! Headless Chromium, one per test, with a profile of its own.
//!
//! What the page writes to the console is collected. A line of severity SEVERE (an error, a violation of the page's Content
//! Security Policy, a failed request) that the test did not announce with [`Browser::expect_in_console`] fails the test.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{BrowserLogEntry, ChromiumLikeCapabilities, LoggingPrefsLogLevel, WindowHandle};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::wait;

/// Within the profile.
const DOWNLOADS: &str = "downloads";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[derive(Clone)]
pub struct Settings {
    /// What the browser asks pages for, most wanted first, e.g. "es-ES,es".
    pub languages: String,
    pub size: (u32, u32),
    pub theme: Theme,
}

impl Default for Settings {
    fn default() -> Self {
        Self { languages: "en-US,en".into(), size: (1280, 900), theme: Theme::Light }
    }
}

pub struct Browser {
    /// Of the window in front; another one after [`Browser::reopen`].
    pub driver: WebDriver,
    chromedriver: Child,
    settings: Settings,
    profile: PathBuf,
    expected: Mutex<Vec<String>>,
    console: Mutex<Vec<BrowserLogEntry>>,
    hidden: Mutex<Option<WindowHandle>>,
}

impl Browser {
    pub async fn start(settings: Settings) -> Self {
        let profile = std::env::temp_dir().join(format!("carrete-e2e-{}-{}", std::process::id(), super::tag()));
        std::fs::create_dir_all(&profile).unwrap();
        let (chromedriver, url) = start_chromedriver().await;
        let driver = open(&url, &settings, &profile).await;
        let browser = Self {
            driver,
            chromedriver,
            settings,
            profile,
            expected: Mutex::default(),
            console: Mutex::default(),
            hidden: Mutex::default(),
        };
        browser.emulate().await;
        browser
    }

    /// Closes the browser and starts it again with the same profile: what was in memory or belonged to the tab is gone,
    /// what the page stored is there.
    pub async fn reopen(&mut self) {
        self.read_console().await;
        let _ = self.driver.clone().quit().await;
        end_processes_of(&self.profile);
        let _ = self.chromedriver.kill().await;
        let (chromedriver, url) = start_chromedriver().await;
        self.chromedriver = chromedriver;
        self.driver = open(&url, &self.settings, &self.profile).await;
        self.emulate().await;
    }

    async fn emulate(&self) {
        let (width, height) = self.settings.size;
        self.resize(width, height).await;
        self.theme(self.settings.theme).await;
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }
    pub async fn goto(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }
    pub async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// A DevTools command, by its name.
    pub async fn cdp(&self, method: &str, params: Value) -> Value {
        self.driver.cdp().send_raw(method, params).await.unwrap()
    }
    /// Runs JavaScript (`return …`) in the page. WebDriver's scripts are not subject to the page's CSP.
    pub async fn js(&self, script: &str) -> Value {
        self.driver.execute(script, vec![]).await.unwrap().json().clone()
    }

    /// The size of the page's viewport in CSS pixels; narrower than a real window could get, if need be.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }
    /// What the page's `prefers-color-scheme` says.
    pub async fn theme(&self, theme: Theme) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": theme.word()}]});
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }
    /// How many times slower than this machine the page's main thread shall be; 1 ends it.
    pub async fn slow_down(&self, times: u32) {
        self.cdp("Emulation.setCPUThrottlingRate", json!({"rate": times})).await;
    }
    pub async fn offline(&self, offline: bool) {
        self.cdp("Network.enable", json!({})).await;
        let conditions = json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.cdp("Network.emulateNetworkConditions", conditions).await;
    }

    /// Puts another tab in front, so that the page's `visibilityState` is "hidden".
    pub async fn hide(&self) {
        let page = self.driver.window().await.unwrap();
        *self.hidden.lock().unwrap() = Some(page);
        let tab = self.driver.new_tab().await.unwrap();
        self.driver.switch_to_window(tab).await.unwrap();
    }
    /// Closes that other tab again.
    pub async fn show(&self) {
        let page = self.hidden.lock().unwrap().take().expect("the page is not hidden");
        self.driver.close_window().await.unwrap();
        self.driver.switch_to_window(page).await.unwrap();
        wait::until_true("the page to be visible", wait::PATIENCE, async || {
            self.js("return document.visibilityState").await == "visible"
        })
        .await;
    }

    /// Puts another tab of the same browser in front, and gives the one that was there.
    pub async fn another_tab(&self) -> WindowHandle {
        let before = self.driver.window().await.unwrap();
        let tab = self.driver.new_tab().await.unwrap();
        self.bring_to_front(&tab).await;
        self.emulate().await;
        before
    }
    pub async fn bring_to_front(&self, tab: &WindowHandle) {
        self.driver.switch_to_window(tab.clone()).await.unwrap();
    }
    /// From the next load on, this computer's clock is ahead by so much.
    pub async fn clock_ahead(&self, time: std::time::Duration) {
        let source = format!("{{ const now = Date.now; Date.now = () => now.call(Date) + {}; }}", time.as_millis());
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
    }

    /// The text of a file that the page has given its user.
    pub async fn downloaded(&self, name: &str) -> String {
        let file = self.profile.join(DOWNLOADS).join(name);
        wait::until(&format!("the download of {name}"), wait::PATIENCE, async || {
            std::fs::read_to_string(&file).map_err(|error| error.to_string())
        })
        .await
    }

    pub async fn png(&self) -> Vec<u8> {
        self.driver.screenshot_as_png().await.unwrap()
    }

    /// From now on console errors that contain this are part of the story.
    pub fn expect_in_console(&self, part: &str) {
        self.expected.lock().unwrap().push(part.into());
    }
    /// The browser itself logs every answer of 400 and above, and every request that got none.
    pub fn expect_failed_requests(&self) {
        self.expect_in_console("Failed to load resource");
        self.expect_in_console("blocked by CORS policy");
    }
    async fn read_console(&self) {
        // Fails only if the browser is gone; then there is nothing to read.
        if let Ok(new) = self.driver.browser_log().await {
            self.console.lock().unwrap().extend(new);
        }
    }
    /// Everything on the console so far.
    pub async fn console(&self) -> Vec<String> {
        self.read_console().await;
        self.console.lock().unwrap().iter().map(|entry| format!("{} {}", entry.level, entry.message)).collect()
    }
    /// Console errors that no test announced.
    pub async fn unexpected(&self) -> Vec<String> {
        self.read_console().await;
        let expected = self.expected.lock().unwrap();
        let console = self.console.lock().unwrap();
        let severe = console.iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message.clone());
        severe.filter(|message| !expected.iter().any(|part| message.contains(part))).collect()
    }

    pub async fn quit(self) {
        let _ = self.driver.clone().quit().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.clone().leak();
        let _ = self.chromedriver.start_kill();
        end_processes_of(&self.profile);
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// It looks for a free port and then takes it, so another program may be faster; then it ends, and another one is started.
async fn start_chromedriver() -> (Child, String) {
    let mut said = Vec::new();
    for _ in 0..3 {
        match try_chromedriver().await {
            Ok(started) => return started,
            Err(why) => said.push(why),
        }
    }
    panic!("chromedriver does not say which port it took: {said:?}");
}

async fn try_chromedriver() -> Result<(Child, String), String> {
    let mut child = Command::new(find(&["chromedriver"]))
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    let port = loop {
        let Some(line) = lines.next_line().await.unwrap() else { return Err(said) };
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            break port.trim_end_matches('.').to_owned();
        }
        said.push_str(&line);
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, format!("http://127.0.0.1:{port}")))
}

async fn open(url: &str, settings: &Settings, profile: &Path) -> WebDriver {
    let mut capabilities = DesiredCapabilities::chrome();
    let language = settings.languages.split(',').next().unwrap_or_default();
    for argument in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        &format!("--user-data-dir={}", profile.display()),
        &format!("--lang={language}"),
        &format!("--window-size={},{}", settings.size.0, settings.size.1),
    ] {
        capabilities.add_arg(argument).unwrap();
    }
    capabilities.set_binary(&find(&["chromium", "google-chrome", "chromium-browser"])).unwrap();
    let preferences = json!({
        "intl.accept_languages": settings.languages,
        "intl.selected_languages": settings.languages,
        "download.default_directory": profile.join(DOWNLOADS),
        "download.prompt_for_download": false,
        // The driver turns these off by names that Chromium has given up. What it hashes to look a password up among leaked ones,
        // and the bubble that offers to save it, keep the processor for a tenth of a second that the cloud beside it needs.
        "credentials_enable_service": false,
        "profile.password_manager_leak_detection": false,
    });
    capabilities.add_experimental_option("prefs", preferences).unwrap();
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    WebDriver::new(url, capabilities).await.expect("Chromium starts")
}

fn find(names: &[&str]) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).chain(["/usr/bin".into()]).collect();
    let files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = files.into_iter().find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("none of {names:?} is installed")).display().to_string()
}

/// Chromium's processes outlive a killed chromedriver; their command lines name our profile.
fn end_processes_of(profile: &Path) {
    let wanted = format!("--user-data-dir={}", profile.display());
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        if command.split(|&byte| byte == 0).any(|argument| argument == wanted.as_bytes()) {
            let _ = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status();
        }
    }
}
