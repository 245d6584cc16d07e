//! Widgets in a browser: what the keyboard and a screen reader find.
//!
//! `CHROMEDRIVER=/usr/bin/chromedriver cargo test --target wasm32-unknown-unknown --test web`

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use carrete::i18n::Language;
use carrete::openstack::ApiError;
use carrete::pages::reauth::Reauth;
use carrete::rehearsal;
use carrete::state::session::{Asking, Proof, Session, Stage};
use carrete::ui::badge::Tone;
use carrete::ui::button::Button;
use carrete::ui::dialog::Dialog;
use carrete::ui::menu::{Menu, MenuItem};
use carrete::ui::panel::Panel;
use carrete::ui::portions::Portions;
use carrete::ui::reel::{Frame, FrameState, Reel};
use carrete::ui::table::{Column, Row, SortKey, Table};
use carrete::ui::tabs::{Tab, Tabs};
use carrete::ui::toast::{ToastRegion, Toasts};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

/// A widget on a page of its own; gone when this is dropped.
struct Page {
    root: HtmlElement,
    _mounted: Box<dyn std::any::Any>,
}

impl Page {
    async fn show<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> Self {
        Language::English.activate();
        let document = document();
        let root: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        document.body().unwrap().append_child(&root).unwrap();
        let mounted = leptos::mount::mount_to(root.clone(), view);
        let page = Self { root, _mounted: Box::new(mounted) };
        settle().await;
        page
    }
    fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let list = self.root.query_selector_all(selector).unwrap();
        (0..list.length()).map(|i| list.item(i).unwrap().unchecked_into()).collect()
    }
    fn one(&self, selector: &str) -> HtmlElement {
        self.all(selector).into_iter().next().unwrap_or_else(|| panic!("no {selector}: {}", self.root.inner_html()))
    }
    fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(|el| el.text_content().unwrap().trim().to_owned()).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.root.remove();
    }
}

async fn settle() {
    sleep(Duration::from_millis(60)).await;
}

/// Presses a key on the element that has the focus.
async fn press(key: &str) {
    let dispatch: js_sys::Function = js_sys::Function::new_with_args(
        "target, key",
        "target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))",
    );
    dispatch.call2(&JsValue::NULL, &focused(), &key.into()).unwrap();
    settle().await;
}

fn focused() -> Element {
    document().active_element().unwrap()
}

/// What the browser does when Escape is pressed in a modal dialog.
fn cancel(dialog: &HtmlElement) {
    let dispatch: js_sys::Function =
        js_sys::Function::new_with_args("dialog", "dialog.dispatchEvent(new Event('cancel', { cancelable: true }))");
    dispatch.call1(&JsValue::NULL, dialog).unwrap();
}

#[wasm_bindgen_test]
async fn a_dialog_takes_the_focus_and_gives_it_back() {
    let open = RwSignal::new(false);
    let page = Page::show(move || {
        view! {
            <Button on_press=move |_| open.set(true)>"Open"</Button>
            <Dialog open=open on_close=move |_| open.set(false) title="A question">"Content"</Dialog>
        }
    })
    .await;
    let opener = page.one("button");
    opener.focus().unwrap();
    opener.click();
    settle().await;
    let dialog = page.one("dialog");
    assert!(dialog.matches(":modal").unwrap());
    assert!(dialog.contains(Some(&focused())));
    let title = document().get_element_by_id(&dialog.get_attribute("aria-labelledby").unwrap()).unwrap();
    assert_eq!(title.text_content().unwrap(), "A question");

    cancel(&dialog);
    settle().await;
    assert!(!open.get_untracked() && !dialog.has_attribute("open"));
    assert_eq!(focused(), *opener.as_ref());
    assert!(!page.root.text_content().unwrap().contains("Content"), "a closed dialog holds nothing");
}

#[wasm_bindgen_test]
async fn a_dialog_with_something_typed_asks_before_it_closes() {
    let open = RwSignal::new(true);
    let page = Page::show(move || {
        view! { <Dialog open=open on_close=move |_| open.set(false) title="A form" dirty=true>"Content"</Dialog> }
    })
    .await;
    let dialog = page.one("dialog");
    dialog.click();
    settle().await;
    assert!(open.get_untracked(), "the backdrop does not close it");
    cancel(&dialog);
    settle().await;
    assert!(open.get_untracked());
    let discard = page.all("button").into_iter().find(|b| b.text_content().unwrap().trim() == "Discard").unwrap();
    discard.click();
    settle().await;
    assert!(!open.get_untracked());
}

#[wasm_bindgen_test]
async fn a_session_that_has_ended_is_asked_for_until_there_is_an_answer() {
    let asking = Asking { proof: Proof::Password, error: None, busy: false };
    let made = Arc::new(std::sync::Mutex::new(None::<Session>));
    let keep = Arc::clone(&made);
    let page = Page::show(move || {
        let session = Session::provide();
        *keep.lock().unwrap() = Some(session);
        view! { <Reauth /> }
    })
    .await;
    let session = made.lock().unwrap().unwrap();
    session.asking.set(Some(asking.clone()));
    settle().await;
    let dialog = page.one("dialog");
    assert!(page.all(".c-dialog-head button").is_empty(), "there is no cross that does nothing");
    cancel(&dialog);
    // What the browser does at the second Escape, whatever the page says to it.
    dialog.unchecked_ref::<web_sys::HtmlDialogElement>().close();
    settle().await;
    assert!(session.asking.with_untracked(Option::is_some) && dialog.matches(":modal").unwrap(), "it comes back");
    let field = page.one("input[type=password]");
    field.focus().unwrap();
    for busy in [true, false] {
        session.asking.set(Some(Asking { busy, error: Some(ApiError::SessionEnded), ..asking.clone() }));
        settle().await;
    }
    assert!(page.root.text_content().unwrap().contains("Your session has ended."), "the error is told");
    assert_eq!(focused(), *field.as_ref(), "the form is the same");
    session.give_up();
    settle().await;
    assert!(!dialog.has_attribute("open"));
}

#[wasm_bindgen_test]
async fn a_rehearsed_sign_in_sends_nothing_and_leaves_nothing() {
    let made = Arc::new(std::sync::Mutex::new(None::<Session>));
    let keep = Arc::clone(&made);
    let _page = Page::show(move || *keep.lock().unwrap() = Some(Session::unheard())).await;
    let session = made.lock().unwrap().unwrap();
    rehearsal::sign_in(session).await;
    settle().await;
    assert_eq!(session.stage.get_untracked(), Stage::SignedIn, "it went all the way");
    assert!(session.cloud().is_err(), "and was handed over");
    let window = web_sys::window().unwrap();
    let sent = window.performance().unwrap().get_entries_by_type("resource");
    let addresses = sent.iter().filter_map(|entry| js_sys::Reflect::get(&entry, &"name".into()).ok()?.as_string());
    assert_eq!(addresses.filter(|url| url.contains(".example")).count(), 0);
    assert_eq!(window.session_storage().unwrap().unwrap().get_item("carrete.session").unwrap(), None);
}

/// Turns of the browser until `done`.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(1)).await;
    }
    panic!("{what}");
}

#[wasm_bindgen_test]
async fn a_long_list_comes_in_portions_and_keeps_its_length_when_it_is_made_anew() {
    let (count, first) = (RwSignal::new(50), RwSignal::new(0));
    let page = Page::show(move || {
        let portions = Portions::default();
        let items = move || portions.list(count.get(), |index| view! { <li>{index}</li> }.into_any());
        Effect::new(move |_| {
            count.track();
            first.set(document().query_selector_all("ol li").unwrap().length() as usize);
        });
        view! { <ol>{items}</ol> }
    })
    .await;
    let drawn = || page.all("li").len();
    assert!((1..50).contains(&first.get_untracked()), "{} at first", first.get_untracked());
    until("all fifty come", || drawn() == 50).await;
    let in_order: Vec<String> = (0..50).map(|index| index.to_string()).collect();
    assert_eq!(page.texts("li"), in_order);
    count.set(49);
    settle().await;
    assert_eq!((first.get_untracked(), drawn()), (49, 49), "not from the beginning");
    count.set(120);
    until("what is new comes, too", || drawn() == 120).await;
}

#[wasm_bindgen_test]
async fn a_panel_closes_on_escape_and_gives_the_focus_back() {
    let open = RwSignal::new(false);
    let page = Page::show(move || {
        view! {
            <Button on_press=move |_| open.set(true)>"Open"</Button>
            <Panel open=open on_close=move |_| open.set(false) title="web1">"Content"</Panel>
        }
    })
    .await;
    let opener = page.one("button");
    opener.focus().unwrap();
    opener.click();
    settle().await;
    assert_eq!(focused().text_content().unwrap(), "web1");
    press("Escape").await;
    assert!(!open.get_untracked());
    assert_eq!(focused(), *opener.as_ref());
}

#[wasm_bindgen_test]
async fn a_disabled_button_says_why_and_does_nothing() {
    let pressed = RwSignal::new(0);
    let reason = RwSignal::new(Some("The server is being resized.".to_owned()));
    let page = Page::show(move || {
        view! { <Button disabled_reason=reason on_press=move |_| pressed.update(|n| *n += 1)>"Snapshot"</Button> }
    })
    .await;
    let button = page.one("button");
    button.focus().unwrap();
    assert_eq!(focused(), *button.as_ref(), "it stays reachable by keyboard");
    assert_eq!(button.get_attribute("aria-disabled").as_deref(), Some("true"));
    let why = document().get_element_by_id(&button.get_attribute("aria-describedby").unwrap()).unwrap();
    assert_eq!(why.text_content().unwrap(), "The server is being resized.");
    assert_eq!(button.get_attribute("data-tip").as_deref(), Some("The server is being resized."));
    button.click();
    assert_eq!(pressed.get_untracked(), 0);

    reason.set(None);
    settle().await;
    assert!(!button.has_attribute("aria-disabled"));
    button.click();
    assert_eq!(pressed.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn the_arrows_choose_a_tab() {
    let selected = RwSignal::new("a".to_owned());
    let page = Page::show(move || {
        let tabs = vec![Tab::new("a", "Alpha"), Tab::new("b", "Beta").count(3), Tab::new("c", "Gamma")];
        view! {
            <Tabs label="Kinds" tabs=tabs selected=selected on_select=move |key| selected.set(key)
                panel=|key: String| format!("panel of {key}").into_any() />
        }
    })
    .await;
    page.one("[role=tab][aria-selected=true]").focus().unwrap();
    press("ArrowRight").await;
    assert_eq!(selected.get_untracked(), "b");
    assert_eq!(page.texts("[role=tabpanel]"), ["panel of b"]);
    press("End").await;
    press("ArrowRight").await;
    assert_eq!(selected.get_untracked(), "a");
    assert_eq!(page.all("[role=tab][tabindex='0']").len(), 1);
}

#[wasm_bindgen_test]
async fn a_menu_opens_walks_and_runs() {
    let ran = RwSignal::new(String::new());
    let page = Page::show(move || {
        let items = move |()| {
            vec![
                MenuItem::new("Snapshot", move |_| ran.set("snapshot".into())),
                MenuItem::new("Restore", move |_| ran.set("restore".into())).disabled_reason(Some("No backup".into())),
                MenuItem::new("Delete", move |_| ran.set("delete".into())).danger(),
            ]
        };
        view! { <Menu label="Actions for web1" items=items /> }
    })
    .await;
    let trigger = page.one("button");
    assert!(page.all("[role=menuitem]").is_empty(), "nothing is made before it opens");
    trigger.click();
    settle().await;
    assert_eq!(trigger.get_attribute("aria-expanded").as_deref(), Some("true"));
    assert_eq!(focused().text_content().unwrap(), "Snapshot");
    press("ArrowDown").await;
    focused().unchecked_into::<HtmlElement>().click();
    assert_eq!(ran.get_untracked(), "", "a disabled entry does nothing");
    press("d").await;
    focused().unchecked_into::<HtmlElement>().click();
    settle().await;
    assert_eq!(ran.get_untracked(), "delete");
    assert_eq!(trigger.get_attribute("aria-expanded").as_deref(), Some("false"));
}

fn rows(total: usize, stamp: usize) -> Arc<Vec<Row>> {
    let row = |i: usize| {
        let name = format!("web{i}");
        Row::new(i.to_string(), &name, &(i, stamp)).sort([SortKey::text(name), SortKey::number((total - i) as f64)])
    };
    Arc::new((0..total).map(row).collect())
}

#[wasm_bindgen_test]
async fn ten_thousand_rows_are_sorted_selected_and_drawn_in_part() {
    let rows = RwSignal::new(rows(10_000, 0));
    let selection = RwSignal::new(HashSet::new());
    let page = Page::show(move || {
        let columns = vec![Column::new("name", "Name"), Column::new("age", "Age").number()];
        view! {
            <Table label="Servers" columns=columns rows=rows selection=selection
                cell=|(key, column): (String, &'static str)| format!("{column} {key}").into_any() />
        }
    })
    .await;
    let count = page.all("tbody tr.c-row").len();
    assert!((10..120).contains(&count), "{count} rows are drawn");
    assert_eq!(page.one("table").get_attribute("aria-rowcount").as_deref(), Some("10001"));
    assert_eq!(page.texts("tbody th")[0], "name 0");

    let sort = page.all("thead .c-sort").into_iter().nth(1).unwrap();
    sort.click();
    settle().await;
    assert_eq!(page.texts("tbody th")[0], "name 9999");
    assert_eq!(page.one("thead th[aria-sort=ascending]").text_content().unwrap().trim(), "Age");
    sort.click();
    settle().await;
    assert_eq!(page.texts("tbody th")[0], "name 0");
    assert_eq!(page.all("tbody tr.c-row")[0].get_attribute("aria-rowindex").as_deref(), Some("2"));

    let tick = page.one("tbody tr.c-row input");
    assert_eq!(tick.get_attribute("aria-label").as_deref(), Some("Select web0"));
    tick.click();
    settle().await;
    let all = page.one("thead input");
    assert!(all.matches(":indeterminate").unwrap());
    assert!(page.one(".c-selection").text_content().unwrap().contains("1 selected"));
    all.click();
    settle().await;
    assert_eq!(selection.with_untracked(HashSet::len), 10_000);

    window().scroll_to_with_x_and_y(0.0, 240_000.0);
    settle().await;
    let drawn = page.all("tbody tr.c-row");
    let index: usize = drawn[drawn.len() / 2].get_attribute("aria-rowindex").unwrap().parse().unwrap();
    assert!((4_900..5_100).contains(&index), "{index}");
    window().scroll_to_with_x_and_y(0.0, 0.0);
    settle().await;
}

#[wasm_bindgen_test]
async fn a_refresh_keeps_the_rows_and_renews_their_cells() {
    let data = RwSignal::new(rows(5, 0));
    let made = StoredValue::new(0usize);
    let opened = RwSignal::new(String::new());
    let loading = RwSignal::new(true);
    let page = Page::show(move || {
        view! {
            <Table label="Servers" columns=vec![Column::new("name", "Name")] rows=data on_open=move |key| opened.set(key)
                loading=loading
                cell=move |(key, _): (String, &'static str)| {
                    made.update_value(|n| *n += 1);
                    format!("web{key}").into_any()
                } />
        }
    })
    .await;
    let second = page.all(".c-row-open")[1].clone();
    second.focus().unwrap();
    assert_eq!(made.get_value(), 5);
    loading.set(false);
    settle().await;
    assert_eq!(made.get_value(), 5, "what is there stays when all is known");
    data.set(rows(5, 0));
    settle().await;
    assert_eq!(made.get_value(), 5, "nothing changed, nothing is made anew");
    data.set(rows(4, 1));
    settle().await;
    assert_eq!(made.get_value(), 9);
    assert_eq!(focused(), *second.as_ref(), "the focus stays where it was");
    press("ArrowDown").await;
    assert_eq!(focused().text_content().unwrap(), "web2");
    page.all("tbody tr.c-row td, tbody tr.c-row th")[3].click();
    assert_eq!(opened.get_untracked(), "3");
}

#[wasm_bindgen_test]
async fn news_are_heard_and_can_be_closed() {
    let page = Page::show(move || {
        let toasts = Toasts::provide();
        toasts.push(Tone::Ok, "The snapshot is ready.", None);
        toasts.push(Tone::Bad, "The backup failed.", Some("Quota exceeded".into()));
        view! { <ToastRegion toasts=toasts /> }
    })
    .await;
    assert_eq!(page.texts("[aria-live=polite]")[0], "The snapshot is ready.");
    assert_eq!(page.texts("[aria-live=assertive]"), ["The backup failed."]);
    assert_eq!(page.all(".c-toast").len(), 2);
    assert!(page.one(".c-toasts").matches(":popover-open").unwrap());
    page.one(".c-toast button").click();
    settle().await;
    assert_eq!(page.all(".c-toast").len(), 1);
}

#[wasm_bindgen_test]
async fn each_frame_of_a_reel_says_what_becomes_of_it() {
    let frame = |key: &str, age: &str, state| Frame {
        key: key.into(),
        label: key.into(),
        age: age.into(),
        detail: String::new(),
        state,
        reason: String::new(),
    };
    let frames = RwSignal::new(vec![
        frame("23 Nov", "now", FrameState::Entering),
        frame("22 Nov", "1 d", FrameState::Protected),
        frame("21 Nov", "2 d", FrameState::Kept),
        frame("20 Nov", "3 d", FrameState::Leaving),
    ]);
    let page = Page::show(move || view! { <Reel label="Daily backups of web1" frames=frames slots=5usize /> }).await;
    let strip = page.one("[role=group]");
    assert_eq!(strip.get_attribute("aria-label").as_deref(), Some("Daily backups of web1"));
    assert_eq!(strip.tab_index(), 0);
    let said = page.texts("li .sr-only, li.sr-only");
    assert_eq!(
        said,
        ["23 Nov, now, new", "22 Nov, 1 d, protected", "21 Nov, 2 d, kept", "20 Nov, 3 d, leaves", "2 free places"]
    );
    let kept = page.all("li.c-segment")[2].clone();
    frames.update(|frames| frames[2].state = FrameState::Leaving);
    settle().await;
    assert_eq!(page.all("li.c-segment")[2], kept, "a frame that changes stays the same element");
    assert_eq!(kept.get_attribute("data-state").as_deref(), Some("leaving"));
}
