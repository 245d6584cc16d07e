//! What the page costs, measured in headless Chromium against the test cloud, beside the floor: the same calls of the cloud's
//! API made natively in the same run. Prints one Markdown table; nothing here fails for being slow.
//!
//!     cargo bench --profile dev --bench page
//!
//! Times are medians of five, each in a browser that has never seen the page, on this machine's processor and on one four
//! times slower. They begin and end in the page itself: at the navigation or the click, and in the frame after the change.
//! The page talks to the cloud directly, as its users' does; requests are counted in runs of their own, through the proxy.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark ends by panicking")]
#![allow(dead_code, reason = "it shares the tests' vocabulary and needs but a part of it")]

#[path = "../tests/e2e/support/mod.rs"]
mod support;
#[path = "../tests/e2e/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use futures::FutureExt;
use reqwest::Method;
use serde_json::{Value, json};
use support::cloud::{self, Cloud, PASSWORD, Server, ServerSpec};
use support::proxy::Service::*;
use support::story::{Setup, Story};
use support::{site, wait};

const WATCHED: Duration = Duration::from_secs(60);
/// What a person needs for an address, a name and a password, at least.
const TYPING: Duration = Duration::from_secs(4);
/// How often Glance is asked natively beside the page.
const BESIDE: Duration = Duration::from_millis(100);

const FORM: &str = "navigation to sign-in form";
const ROWS: &str = "sign-in click to first instance row";
const HASTY_ROWS: &str = "the same, filled in by a machine";
const CATALOGUE: &str = "opening the catalogue to first row";
const LAG: &str = "image active in Glance to its word in the page";

/// What the page shall keep on this machine's own processor.
fn target(what: &str, floor: Option<f64>) -> Option<f64> {
    match what {
        FORM => Some(250.0),
        ROWS | HASTY_ROWS => floor.map(|floor| 1.5 * floor),
        CATALOGUE => floor.map(|floor| 2.0 * floor),
        LAG => Some(500.0),
        "requests a minute, hidden" => Some(0.0),
        "bytes of the first load, on the wire" => Some(250_000.0),
        _ => None,
    }
}

/// Runs before the page's own scripts: notes when something that was waited for is on the screen.
const WATCH: &str = "
  globalThis.__bench = {seen: {}, waiting: {}, told: {}, clicked: 0};
  const kinds = {
    button: text => [...document.querySelectorAll('button')].some(e => e.textContent.trim() === text && e.checkVisibility()),
    row: text => [...document.querySelectorAll('tr, [role=row], li, article')].some(e => e.textContent.includes(text) && e.checkVisibility()),
    status: text => [...document.querySelectorAll('[role=status]')].some(e => e.textContent.includes(text)),
  };
  __bench.look = () => {
    for (const [name, [kind, text]] of Object.entries(__bench.waiting)) if (kinds[kind](text)) {
      delete __bench.waiting[name];
      requestAnimationFrame(() => { __bench.seen[name] = performance.now(); __bench.told[name]?.(__bench.seen[name]); });
    }
  };
  __bench.wait = (name, kind, text) => { __bench.waiting[name] = [kind, text]; __bench.look(); };
  new MutationObserver(__bench.look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  addEventListener('click', event => { __bench.clicked = event.timeStamp; }, true);
  new PerformanceObserver(list => { for (const task of list.getEntries()) __bench.blocked = (__bench.blocked ?? 0) + task.duration - 50; })
    .observe({type: 'longtask', buffered: true});
";

/// Five, or `CARRETE_BENCH_TIMES`: once is enough to see whether all of it works.
fn times() -> usize {
    std::env::var("CARRETE_BENCH_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(5)
}

#[derive(Default)]
struct Table {
    order: Vec<String>,
    cells: BTreeMap<String, BTreeMap<&'static str, Vec<f64>>>,
    units: BTreeMap<String, &'static str>,
    trouble: Vec<String>,
}

impl Table {
    fn add(&mut self, what: &str, unit: &'static str, column: &'static str, value: f64) {
        if !self.cells.contains_key(what) {
            self.order.push(what.into());
        }
        self.units.insert(what.into(), unit);
        self.cells.entry(what.into()).or_default().entry(column).or_default().push(value);
    }
    fn print(&self) {
        println!("\n| what | unit | API alone | page | target | | page, CPU 4x slower |");
        println!("| --- | --- | ---: | ---: | ---: | --- | ---: |");
        for what in &self.order {
            let value = |column| self.cells[what].get(column).map(|values| median(values));
            let target = target(what, value("floor"));
            let kept = match (value("1x"), target) {
                (Some(value), Some(target)) if value <= target => "kept",
                (Some(_), Some(_)) => "MISSED",
                _ => "",
            };
            let [floor, page, target, slow] = [value("floor"), value("1x"), target, value("4x")].map(shown);
            println!("| {what} | {} | {floor} | {page} | {target} | {kept} | {slow} |", self.units[what]);
        }
    }
}

fn shown(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value.fract() == 0.0 || value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.1}"),
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let mut table = Table::default();
    files();
    let mut story = Story::prepare("bench", Setup::default()).await;
    story.proxy.keep_alive(true);
    let web1 = story.cloud.server(ServerSpec::new("web1").snapshot_takes(4)).await;
    let snapshot = story.cloud.name("snapshot");
    story.cloud.snapshot(&web1.id, &snapshot).await;
    story.cloud.wait_for_image(&snapshot).await;
    story.cloud.wait_until_idle(&web1.id).await;

    for (column, slower) in [("1x", 1), ("4x", 4)] {
        for _ in 0..times() {
            if slower == 1 {
                // In turns with the page: other work on this machine then costs both. And after the same pause: a cloud
                // that nobody has asked for some seconds takes a third longer.
                tokio::time::sleep(TYPING).await;
                rows_alone(&mut table, ROWS, &story.cloud).await;
                images_alone(&mut table, &story.cloud).await;
            }
            let run =
                AssertUnwindSafe(visit(&mut story, &mut table, column, slower, &web1, &snapshot)).catch_unwind().await;
            if let Err(panic) = run {
                table.trouble.push(said(&*panic));
                break;
            }
        }
    }
    if table.trouble.is_empty()
        && let Err(panic) = AssertUnwindSafe(in_haste(&mut story, &mut table, &web1)).catch_unwind().await
    {
        table.trouble.push(said(&*panic));
    }
    if table.trouble.is_empty()
        && let Err(panic) = AssertUnwindSafe(requests(&mut story, &mut table, &web1, &snapshot)).catch_unwind().await
    {
        table.trouble.push(said(&*panic));
    }
    if table.trouble.is_empty()
        && let Err(panic) = AssertUnwindSafe(at_rest(&mut story, &mut table, &web1)).catch_unwind().await
    {
        table.trouble.push(said(&*panic));
    }
    // A page that lacks something is quick.
    table.trouble.extend(story.browser.unexpected().await.into_iter().map(|line| format!("on the console: {line}")));
    story.cloud.tidy().await;
    table.print();
    if !table.trouble.is_empty() {
        println!("\nNot everything could be measured:\n{}", table.trouble.join("\n"));
        drop(story);
        std::process::exit(1);
    }
    story.browser.quit().await;
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").lines().next().unwrap_or_default().to_owned()
}

/// The sizes of what is served. The compressed ones are of the files beside, if the build made them.
fn files() {
    println!("| file | bytes | gzip | brotli |\n| --- | ---: | ---: | ---: |");
    let mut sums = [0; 3];
    let size = |path: &Path| std::fs::metadata(path).map_or("".into(), |file| file.len().to_string());
    let mut files: Vec<_> = std::fs::read_dir(site::dist()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && !path.extension().is_some_and(|end| end == "gz" || end == "br"));
    files.sort();
    for path in files {
        let twin = |end: &str| size(Path::new(&format!("{}.{end}", path.display())));
        let sizes = [size(&path), twin("gz"), twin("br")];
        for (sum, size) in sums.iter_mut().zip(&sizes) {
            // What is not compressed counts as it is.
            *sum += size.parse().or(sizes[0].parse()).unwrap_or(0);
        }
        let [raw, gzip, brotli] = sizes;
        println!("| {} | {raw} | {gzip} | {brotli} |", path.file_name().unwrap().display());
    }
    println!("| all | {} | {} | {} |", sums[0], sums[1], sums[2]);
}

/// What the cloud alone needs for a token and the list of instances, called natively and without the proxy.
async fn rows_alone(table: &mut Table, what: &str, cloud: &Cloud) {
    let begun = Instant::now();
    let own = Cloud::sign_in(&cloud.user).await;
    own.call(Method::GET, Nova, "/servers/detail", None).await;
    table.add(what, "ms", "floor", millis(begun.elapsed()));
}

async fn images_alone(table: &mut Table, cloud: &Cloud) {
    let begun = Instant::now();
    cloud.images("").await;
    table.add(CATALOGUE, "ms", "floor", millis(begun.elapsed()));
}

/// One user's first visit, from an empty cache to the catalogue.
async fn visit(story: &mut Story, table: &mut Table, column: &'static str, slower: u32, web1: &Server, snapshot: &str) {
    story.fresh_browser().await;
    let words = story.words;
    let script = format!("{WATCH} __bench.waiting.form = ['button', {}];", json!(words.sign_in));
    story.browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
    story.browser.slow_down(slower).await;
    let served = story.site.served().len();
    story.open("/instances").await;
    let form = seen(story, "form").await;
    table.add(FORM, "ms", column, form);
    table.add("blocking time until then", "ms", column, number(story, "return __bench.blocked ?? 0").await);
    let files = |app: bool| {
        let mut files = story.site.served().split_off(served);
        files.retain(|file| file.path.contains("carrete-app") == app);
        files
    };
    let bytes = |files: &[site::Served]| files.iter().map(|file| file.bytes as f64).sum();
    let first = files(false);
    table.add("requests of the first load", "", column, first.len() as f64);
    table.add("bytes of the first load, on the wire", "B", column, bytes(&first));

    fill(story).await;
    // A driver types in no time, a person in some seconds.
    still_for(story, TYPING).await;
    let paint = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0";
    table.add("navigation to first contentful paint", "ms", column, number(story, paint).await);
    table.add(ROWS, "ms", column, rows(story, web1).await);
    settled(story).await;
    table.add("bytes of the app behind the form, on the wire", "B", column, bytes(&files(true)));

    expect(story, "image", "row", snapshot).await;
    let opened = number(story, "const now = performance.now(); location.hash = '#/images'; return now").await;
    table.add(CATALOGUE, "ms", column, seen(story, "image").await - opened);
    settled(story).await;
    table.add("blocking time of the whole visit", "ms", column, number(story, "return __bench.blocked ?? 0").await);
    story.browser.cdp("HeapProfiler.collectGarbage", json!({})).await;
    let heap = story.browser.cdp("Runtime.getHeapUsage", json!({})).await;
    table.add("JS heap after the visit", "KiB", column, heap["usedSize"].as_f64().unwrap_or_default() / 1024.0);
    let buffers = heap["backingStorageSize"].as_f64().unwrap_or_default();
    table.add("buffers, with WebAssembly's memory", "KiB", column, buffers / 1024.0);

    let name = story.cloud.name(&format!("lag-{}", support::tag()));
    story.create_snapshot(&web1.name, &name).await;
    story.page.go("/operations").await;
    expect(story, "usable", "status", words.usable).await;
    let usable = wait::until("the image", wait::CLOUD_PATIENCE, async || {
        tokio::time::sleep(BESIDE).await;
        let images = story.cloud.images_named(&name).await;
        match images.first() {
            Some(image) if image["status"] == "active" => Ok(SystemTime::now()),
            _ => Err("it is not active".into()),
        }
    })
    .await;
    let cloud = millis(usable.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    let page = seen(story, "usable").await + number(story, "return performance.timeOrigin").await;
    table.add(LAG, "ms", column, page - cloud);
    story.cloud.wait_until_idle(&web1.id).await;
}

async fn fill(story: &Story) {
    story.fill_sign_in(PASSWORD).await;
    story.page.field(story.words.auth_url).fill(&format!("{}/v3", cloud::keystone())).await;
}

/// From the click on "Sign in", in milliseconds.
async fn rows(story: &Story, web1: &Server) -> f64 {
    expect(story, "row", "row", &web1.name).await;
    story.page.button(story.words.sign_in).click().await;
    let row = seen(story, "row").await;
    row - number(story, "return __bench.clicked").await
}

/// Who signs in as soon as the form is there: while the app is still being compiled.
async fn in_haste(story: &mut Story, table: &mut Table, web1: &Server) {
    for _ in 0..times() {
        rows_alone(table, HASTY_ROWS, &story.cloud).await;
        story.fresh_browser().await;
        story.browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": WATCH})).await;
        story.open("/instances").await;
        fill(story).await;
        table.add(HASTY_ROWS, "ms", "1x", rows(story, web1).await);
    }
}

/// What the page asks of the cloud; through the proxy, which counts.
async fn requests(story: &mut Story, table: &mut Table, web1: &Server, snapshot: &str) {
    story.fresh_browser().await;
    let mark = story.proxy.mark();
    story.sign_in().await;
    story.page.row(&web1.name).expect().await;
    story.quiet().await;
    let sent = story.proxy.since(mark);
    let preflights = sent.iter().filter(|seen| seen.preflight_for.is_some()).count();
    table.add("requests of signing in", "", "1x", (sent.len() - preflights) as f64);
    table.add("preflights of signing in", "", "1x", preflights as f64);
    table.add("bytes answered to signing in", "B", "1x", sent.iter().map(|seen| seen.answer_bytes as f64).sum());
    let mark = story.proxy.mark();
    story.page.go("/images").await;
    story.page.row(snapshot).expect().await;
    let opening = story.proxy.since(mark).len();
    table.add("requests of opening the catalogue", "", "1x", opening as f64);
}

/// What a page costs that is only left open.
async fn at_rest(story: &mut Story, table: &mut Table, web1: &Server) {
    story.page.go("/instances").await;
    story.page.row(&web1.name).expect().await;
    story.quiet().await;
    let mark = story.proxy.mark();
    tokio::time::sleep(WATCHED).await;
    table.add("requests a minute, idle on the instances", "", "1x", story.proxy.since(mark).len() as f64);
    story.browser.hide().await;
    let mark = story.proxy.mark();
    tokio::time::sleep(WATCHED).await;
    table.add("requests a minute, hidden", "", "1x", story.proxy.since(mark).len() as f64);
    story.browser.show().await;
}

/// What the page asked for is there and drawn.
async fn settled(story: &Story) {
    still_for(story, Duration::from_secs(1)).await;
}

/// Waits until the page has asked for nothing for so long.
async fn still_for(story: &Story, long: Duration) {
    let script = "const ends = performance.getEntriesByType('resource').map(entry => entry.responseEnd);
        return performance.now() - Math.max(0, ...ends)";
    wait::until("the page to stop asking", wait::CLOUD_PATIENCE, async || {
        let idle = number(story, script).await;
        if idle > millis(long) { Ok(()) } else { Err(format!("it did {idle} ms ago")) }
    })
    .await;
}

async fn expect(story: &Story, name: &str, kind: &str, text: &str) {
    let script = "__bench.wait(...arguments)";
    story.browser.driver.execute(script, vec![json!(name), json!(kind), json!(text)]).await.unwrap();
}

/// When it was on the screen, in the page's own milliseconds. Asking again and again would keep the processor from what is
/// measured, so the page tells once.
async fn seen(story: &Story, name: &str) -> f64 {
    let script =
        "const [name, done] = arguments; name in __bench.seen ? done(__bench.seen[name]) : __bench.told[name] = done";
    let seen = story.browser.driver.execute_async(script, vec![json!(name)]).await;
    let seen = seen.unwrap_or_else(|error| panic!("'{name}' is not on the page: {error}"));
    seen.json().as_f64().expect("a time")
}

async fn number(story: &Story, script: &str) -> f64 {
    let value: Value = story.browser.js(script).await;
    value.as_f64().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
