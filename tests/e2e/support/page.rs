//! The page as its user meets it: things are found by what they are and what they are called, as Chromium's accessibility
//! tree tells it, never by class or id. So whatever is covered by a dialog, hidden, or has no name is not found either.
//!
//! ```ignore
//! page.row("web1").action(words.create_snapshot).await;
//! let dialog = page.dialog(words.create_snapshot);
//! dialog.field(words.name).fill("before the upgrade").await;
//! dialog.button(words.create_snapshot).click().await;
//! page.status(words.usable).expect().await;
//! ```
//!
//! A [`Spot`] is a description, looked up anew each time it is used, and waited for. Exactly one thing must fit it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{Key, TypingData};

use super::wait::{self, CLOUD_PATIENCE, PATIENCE};
use crate::words::Words;

const BUTTON: &[&str] = &["button", "link"];
const FIELD: &[&str] =
    &["textbox", "searchbox", "combobox", "listbox", "spinbutton", "checkbox", "switch", "radio", "Date", "DateTime"];
const TAB: &[&str] = &["tab", "radio", "link", "button"];
const MENU_ITEM: &[&str] = &["menuitem", "menuitemradio"];
const CHOICE: &[&str] = &["radio", "checkbox"];
/// What may follow the name within the same element: a tab's count, a menu entry's reason, a card's second line.
const BEGINS: &[&[&str]] = &[TAB, MENU_ITEM, CHOICE];

/// Rows and cards: the smallest one that shows exactly this name somewhere.
const FIND_ROWS: &str = "function(name) {
  const clean = text => text.replace(/\\s+/g, ' ').trim();
  const shown = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const named = [...this.querySelectorAll('*')].filter(element => clean(element.textContent) === name && shown(element));
  return [...new Set(named.map(element => element.closest('tr, [role=row], li, article')).filter(Boolean))];
}";
/// Open dialogs: by their label, or by a heading that contains the words.
const FIND_DIALOGS: &str = "function(title) {
  const open = [...this.querySelectorAll('dialog[open], [role=dialog], [role=alertdialog]')].filter(e => e.checkVisibility());
  return open.filter(dialog => dialog.getAttribute('aria-label')?.includes(title)
    || [...dialog.querySelectorAll('h1, h2, h3, h4, [role=heading]')].some(heading => heading.textContent.includes(title)));
}";

#[derive(Clone, Debug)]
enum Step {
    /// An accessible name and the roles that it may have. The first role that fits wins, so that a tab goes before a link.
    Named {
        roles: &'static [&'static str],
        name: String,
    },
    /// Any of a role, whose text contains this.
    Showing {
        roles: &'static [&'static str],
        text: String,
    },
    Script {
        find: &'static str,
        what: &'static str,
        argument: String,
    },
}

impl std::fmt::Display for Step {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named { roles, name } => write!(out, "{} '{name}'", roles[0]),
            Self::Showing { roles, text } => write!(out, "{} with '{text}'", roles[0]),
            Self::Script { what, argument, .. } => write!(out, "{what} '{argument}'"),
        }
    }
}

#[derive(Clone)]
pub struct Page {
    pub driver: WebDriver,
    pub words: &'static Words,
}

/// The description of a place on the page.
#[derive(Clone)]
#[must_use]
pub struct Spot {
    page: Page,
    steps: Vec<Step>,
    patience: Duration,
    first: bool,
}

impl Page {
    pub fn new(driver: &WebDriver, words: &'static Words) -> Self {
        Self { driver: driver.clone(), words }
    }
    fn whole(&self) -> Spot {
        Spot { page: self.clone(), steps: Vec::new(), patience: PATIENCE, first: false }
    }
    pub fn button(&self, name: &str) -> Spot {
        self.whole().button(name)
    }
    pub fn link(&self, name: &str) -> Spot {
        self.whole().named(&["link"], name)
    }
    pub fn field(&self, label: &str) -> Spot {
        self.whole().field(label)
    }
    pub fn tab(&self, name: &str) -> Spot {
        self.whole().named(TAB, name)
    }
    pub fn menu_item(&self, name: &str) -> Spot {
        self.whole().named(MENU_ITEM, name)
    }
    /// What belongs to one question: its label is the name.
    pub fn group(&self, name: &str) -> Spot {
        self.whole().named(&["group", "radiogroup"], name)
    }
    /// What unfolds something.
    pub fn disclosure(&self, name: &str) -> Spot {
        self.whole().named(&["DisclosureTriangle", "DisclosureTriangleGrouped"], name)
    }
    pub fn heading(&self, name: &str) -> Spot {
        self.whole().named(&["heading"], name)
    }
    /// A table row, a list item or a card that shows exactly this name.
    pub fn row(&self, name: &str) -> Spot {
        self.whole().row(name)
    }
    pub fn dialog(&self, title: &str) -> Spot {
        self.whole().script(FIND_DIALOGS, "dialog", title)
    }
    /// A live region that says this.
    pub fn status(&self, text: &str) -> Spot {
        self.whole().showing(&["status"], text).any()
    }
    pub fn alert(&self, text: &str) -> Spot {
        self.whole().showing(&["alert"], text).any()
    }

    /// Everything a user can read.
    pub async fn text(&self) -> String {
        let text = self.driver.execute("return document.body.innerText", vec![]).await;
        text.ok().and_then(|text| text.json().as_str().map(str::to_owned)).unwrap_or_default()
    }
    pub async fn expect_text(&self, text: &str) {
        self.expect_text_within(PATIENCE, text).await;
    }
    pub async fn expect_text_within(&self, patience: Duration, text: &str) {
        wait::until(&format!("the page to say '{text}'"), patience, async || {
            let seen = self.text().await;
            if seen.contains(text) { Ok(()) } else { Err(format!("it says:\n{seen}")) }
        })
        .await;
    }
    pub async fn expect_no_text(&self, text: &str) {
        wait::until(&format!("the page not to say '{text}'"), PATIENCE, async || {
            if self.text().await.contains(text) { Err("it still does".into()) } else { Ok(()) }
        })
        .await;
    }

    /// The part of the address after `#`.
    pub async fn route(&self) -> String {
        self.driver.current_url().await.unwrap().fragment().unwrap_or_default().to_owned()
    }
    /// As a click on a link to `#ROUTE`: the page is not loaded anew.
    pub async fn go(&self, route: &str) {
        self.driver.execute("location.hash = arguments[0]", vec![json!(route)]).await.unwrap();
    }
    pub async fn expect_route(&self, beginning: &str) {
        wait::until(&format!("the address to be #{beginning}"), PATIENCE, async || {
            let route = self.route().await;
            if route.starts_with(beginning) { Ok(()) } else { Err(format!("it is #{route}")) }
        })
        .await;
    }
    pub async fn press(&self, key: Key) {
        self.driver.action_chain().send_keys(TypingData::from(key)).perform().await.unwrap();
    }
    /// The accessible name of what has the focus.
    pub async fn focused(&self) -> String {
        self.driver.active_element().await.unwrap().accessible_name().await
    }

    async fn cdp(&self, method: &str, params: Value) -> Result<Value, String> {
        self.driver.cdp().send_raw(method, params).await.map_err(|error| error.to_string())
    }
}

trait AccessibleName {
    async fn accessible_name(&self) -> String;
}
impl AccessibleName for WebElement {
    async fn accessible_name(&self) -> String {
        let cdp = thirtyfour::cdp::Cdp::new(self.handle().clone());
        let Ok(object) = self.cdp_remote_object_id().await else { return String::new() };
        let answer =
            cdp.send_raw("Accessibility.getPartialAXTree", json!({"objectId": object, "fetchRelatives": false})).await;
        answer.map(|tree| tree["nodes"][0]["name"]["value"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
    }
}

/// The page's own buttons stay focusable when they cannot be pressed, so that their reason can be read: for the browser
/// they are enabled.
async fn enabled(element: &WebElement) -> Result<bool, String> {
    let report = |error: WebDriverError| short(&error.to_string());
    let disabled = element.attr("aria-disabled").await.map_err(report)?.as_deref() == Some("true");
    Ok(element.is_enabled().await.map_err(report)? && !disabled)
}

impl Spot {
    fn then(&self, step: Step) -> Self {
        let mut spot = self.clone();
        spot.steps.push(step);
        spot
    }
    pub fn named(&self, roles: &'static [&'static str], name: &str) -> Self {
        self.then(Step::Named { roles, name: name.into() })
    }
    fn showing(&self, roles: &'static [&'static str], text: &str) -> Self {
        self.then(Step::Showing { roles, text: text.into() })
    }
    fn script(&self, find: &'static str, what: &'static str, argument: &str) -> Self {
        self.then(Step::Script { find, what, argument: argument.into() })
    }
    pub fn button(&self, name: &str) -> Self {
        self.named(BUTTON, name)
    }
    pub fn field(&self, label: &str) -> Self {
        self.named(FIELD, label)
    }
    /// One of a group's.
    pub fn choice(&self, name: &str) -> Self {
        self.named(CHOICE, name)
    }
    pub fn row(&self, name: &str) -> Self {
        self.script(FIND_ROWS, "row", name)
    }
    pub fn status(&self, text: &str) -> Self {
        self.showing(&["status"], text).any()
    }
    /// How long to wait for it, if the usual patience is not the right one.
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The first of several is as good as any other.
    pub fn any(mut self) -> Self {
        self.first = true;
        self
    }

    /// Waits until it is there.
    pub async fn expect(&self) {
        self.element().await;
    }
    /// Waits until nothing fits.
    pub async fn expect_none(&self) {
        wait::until(&format!("no {self}"), self.patience, async || match self.objects().await {
            Ok(found) if found.is_empty() => Ok(()),
            Ok(found) => Err(format!("there are {}", found.len())),
            Err(error) => Err(error),
        })
        .await;
    }
    /// Is it there now?
    pub async fn is_there(&self) -> bool {
        self.objects().await.is_ok_and(|found| !found.is_empty())
    }
    pub async fn count(&self) -> usize {
        self.objects().await.map_or(0, |found| found.len())
    }
    pub async fn text(&self) -> String {
        self.element().await.text().await.unwrap_or_default()
    }
    /// Waits until its text contains this.
    pub async fn expect_text(&self, text: &str) {
        wait::until(&format!("{self} to say '{text}'"), self.patience, async || {
            let seen = self.now().await?.text().await.map_err(|error| error.to_string())?;
            if seen.contains(text) { Ok(()) } else { Err(format!("it says '{seen}'")) }
        })
        .await;
    }
    pub async fn value(&self) -> String {
        self.element().await.prop("value").await.unwrap().unwrap_or_default()
    }
    pub async fn is_enabled(&self) -> bool {
        wait::until(&format!("{self}"), self.patience, async || enabled(&self.now().await?).await).await
    }
    pub async fn expect_enabled(&self) {
        wait::until(&format!("{self} to be enabled"), self.patience, async || {
            if enabled(&self.now().await?).await? { Ok(()) } else { Err("it is not".into()) }
        })
        .await;
    }

    /// A real click in its middle; waits until it can be clicked there.
    pub async fn click(&self) {
        wait::until(&format!("{self} to be clicked"), self.patience, async || {
            let element = self.now().await?;
            if !enabled(&element).await? {
                return Err("it is disabled".into());
            }
            element.click().await.map_err(|error| short(&error.to_string()))
        })
        .await;
    }

    /// Types `text` into an empty field, or chooses the option that is called so or begins so.
    pub async fn fill(&self, text: &str) {
        wait::until(&format!("{self} to take '{text}'"), self.patience, async || {
            let element = self.now().await?;
            let report = |error: WebDriverError| short(&error.to_string());
            if element.tag_name().await.map_err(report)? == "select" {
                return choose(&element, text).await;
            }
            element.clear().await.map_err(report)?;
            element.send_keys(text).await.map_err(report)
        })
        .await;
    }
    /// Whether a checkbox or switch is on.
    pub async fn is_on(&self) -> bool {
        self.element().await.is_selected().await.unwrap()
    }
    /// Makes a checkbox or switch be so.
    pub async fn set(&self, on: bool) {
        if self.is_on().await != on {
            self.click().await;
        }
    }
    pub async fn press(&self, key: Key) {
        self.element().await.send_keys(TypingData::from(key)).await.unwrap();
    }

    /// In a row: opens the menu of its actions and chooses one.
    pub async fn action(&self, name: &str) {
        let Some(Step::Script { argument: row, .. }) = self.steps.last() else { panic!("{self} is not a row") };
        let (menu, item) = (self.button(&self.page.words.actions_of(row)), self.page.menu_item(name));
        // A menu says what is possible when it opens: what is not yet is looked at again.
        wait::until(&format!("{self} to offer '{name}'"), CLOUD_PATIENCE, async || {
            menu.click().await;
            // What came or went above the row may have moved it away from under the click.
            let end = Instant::now() + Duration::from_secs(2);
            while !item.is_there().await {
                if Instant::now() > end {
                    return Err("the menu did not open".into());
                }
            }
            if item.is_enabled().await {
                item.click().await;
                return Ok(());
            }
            let reason = item.text().await;
            self.page.press(Key::Escape).await;
            item.expect_none().await;
            Err(reason)
        })
        .await;
    }

    pub async fn element(&self) -> WebElement {
        wait::until(&format!("{self}"), self.patience, async || self.now().await).await
    }
    async fn now(&self) -> Result<WebElement, String> {
        let mut found = self.objects().await?;
        if self.first {
            found.truncate(1);
        }
        let [object] = found.as_slice() else {
            return Err(if found.is_empty() { self.hint().await } else { format!("there are {}", found.len()) });
        };
        // The object of the DevTools protocol becomes WebDriver's element by way of a property that the page does not know.
        static KEYS: AtomicU64 = AtomicU64::new(0);
        let key = format!("__spot_{}", KEYS.fetch_add(1, Ordering::Relaxed));
        let stash = json!({"objectId": object, "functionDeclaration": "function(key) { window[key] = this }",
            "arguments": [{"value": key}]});
        self.page.cdp("Runtime.callFunctionOn", stash).await?;
        let take = "const found = window[arguments[0]]; delete window[arguments[0]]; return found";
        let found =
            self.page.driver.execute(take, vec![json!(key)]).await.map_err(|error| short(&error.to_string()))?;
        found.element().map_err(|error| short(&error.to_string()))
    }

    /// What is there instead, for the message of a failure.
    async fn hint(&self) -> String {
        let Some(Step::Named { roles, .. }) = self.steps.last() else { return "there is none".into() };
        let within = Spot { steps: self.steps[..self.steps.len() - 1].to_vec(), ..self.clone() };
        let Ok(scopes) = within.objects().await else { return "there is none".into() };
        let mut names = Vec::new();
        for scope in scopes {
            for role in *roles {
                let nodes = self.page.ax(&scope, json!({"role": role})).await.unwrap_or_default();
                names.extend(
                    nodes.iter().filter_map(|node| Some(format!("{role} '{}'", node["name"]["value"].as_str()?))),
                );
            }
        }
        format!("there is none, but {names:?}")
    }

    /// DevTools' ids of everything that fits now.
    async fn objects(&self) -> Result<Vec<String>, String> {
        let root = self.page.cdp("Runtime.evaluate", json!({"expression": "document", "objectGroup": "spot"})).await?;
        let mut scopes = vec![root["result"]["objectId"].as_str().ok_or("no document")?.to_owned()];
        for step in &self.steps {
            let mut found = Vec::new();
            for scope in &scopes {
                found.extend(self.page.step(scope, step).await?);
            }
            scopes = found;
        }
        Ok(scopes)
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps: Vec<_> = self.steps.iter().map(ToString::to_string).collect();
        write!(out, "{}", steps.join(" > "))
    }
}

impl Page {
    async fn step(&self, scope: &str, step: &Step) -> Result<Vec<String>, String> {
        match step {
            Step::Named { roles, name } => {
                let mut nodes = self.ax(scope, json!({"accessibleName": name})).await?;
                if BEGINS.contains(roles) {
                    nodes.clear();
                    for role in *roles {
                        nodes.extend(self.ax(scope, json!({"role": role})).await?);
                    }
                    nodes.retain(|node| node["name"]["value"].as_str().is_some_and(|full| full.starts_with(name)));
                } else if *roles == FIELD {
                    // Labels may mark a field that may stay empty.
                    let optional = format!("{name} {}", self.words.optional);
                    nodes.extend(self.ax(scope, json!({"accessibleName": optional})).await?);
                }
                for role in *roles {
                    let fitting: Vec<_> = nodes.iter().filter(|node| node["role"]["value"] == *role).collect();
                    if !fitting.is_empty() && *roles != FIELD {
                        return self.resolve(&fitting).await;
                    }
                }
                let fitting: Vec<_> =
                    nodes.iter().filter(|node| roles.iter().any(|role| node["role"]["value"] == *role)).collect();
                self.resolve(&fitting).await
            }
            Step::Showing { roles, text } => {
                let mut found = Vec::new();
                for role in *roles {
                    let nodes = self.ax(scope, json!({"role": role})).await?;
                    for object in self.resolve(&nodes.iter().collect::<Vec<_>>()).await? {
                        let text_of = json!({"objectId": object, "returnByValue": true,
                            "functionDeclaration": "function() { return this.innerText }"});
                        let seen = self.cdp("Runtime.callFunctionOn", text_of).await?;
                        if seen["result"]["value"].as_str().is_some_and(|seen| seen.contains(text.as_str())) {
                            found.push(object);
                        }
                    }
                }
                Ok(found)
            }
            Step::Script { find, argument, .. } => {
                let call = json!({"objectId": scope, "functionDeclaration": find, "arguments": [{"value": argument}],
                    "objectGroup": "spot"});
                let list = self.cdp("Runtime.callFunctionOn", call).await?;
                let list = list["result"]["objectId"].as_str().ok_or("the script failed")?.to_owned();
                let list = self.cdp("Runtime.getProperties", json!({"objectId": list, "ownProperties": true})).await?;
                let items = list["result"].as_array().into_iter().flatten();
                let items = items.filter(|item| item["name"].as_str().is_some_and(|name| name.parse::<u32>().is_ok()));
                Ok(items.filter_map(|item| item["value"]["objectId"].as_str().map(str::to_owned)).collect())
            }
        }
    }

    /// The accessibility tree below an object, as far as it is told to users.
    async fn ax(&self, scope: &str, mut query: Value) -> Result<Vec<Value>, String> {
        query["objectId"] = json!(scope);
        let answer = self.cdp("Accessibility.queryAXTree", query).await?;
        let nodes = answer["nodes"].as_array().cloned().unwrap_or_default();
        Ok(nodes.into_iter().filter(|node| node["ignored"] != true && node["backendDOMNodeId"].is_number()).collect())
    }

    async fn resolve(&self, nodes: &[&Value]) -> Result<Vec<String>, String> {
        let mut objects = Vec::new();
        for node in nodes {
            let place = json!({"backendNodeId": node["backendDOMNodeId"], "objectGroup": "spot"});
            let object = self.cdp("DOM.resolveNode", place).await?;
            objects.push(object["object"]["objectId"].as_str().ok_or("it is gone")?.to_owned());
        }
        Ok(objects)
    }
}

async fn choose(select: &WebElement, text: &str) -> Result<(), String> {
    let end = Instant::now() + Duration::from_secs(1);
    loop {
        let mut names = Vec::new();
        for option in select.find_all(By::Tag("option")).await.map_err(|error| short(&error.to_string()))? {
            let name = option.prop("label").await.ok().flatten().unwrap_or_default();
            if name == text || name.strip_prefix(text).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)) {
                return option.click().await.map_err(|error| short(&error.to_string()));
            }
            names.push(name);
        }
        if Instant::now() > end {
            return Err(format!("it offers {names:?}"));
        }
    }
}

fn short(error: &str) -> String {
    error.lines().next().unwrap_or_default().chars().take(300).collect()
}
