//! What widgets need of the document and cannot say in markup: focus, modal dialogs, popovers, the scroll position.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
pub use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent, MouseEvent};

fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// Where the focus goes inside a group of controls that the arrow keys walk through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Next,
    Previous,
    First,
    Last,
    /// The next one whose text begins with this.
    Letter(String),
}

impl Step {
    /// What a key means in a vertical (menu, list) or horizontal (tabs) group; `None` for keys that are not the group's.
    pub fn of_key(key: &str, vertical: bool) -> Option<Self> {
        match (key, vertical) {
            ("ArrowDown", true) | ("ArrowRight", false) => Some(Self::Next),
            ("ArrowUp", true) | ("ArrowLeft", false) => Some(Self::Previous),
            ("Home", _) => Some(Self::First),
            ("End", _) => Some(Self::Last),
            (letter, true) if letter.chars().count() == 1 && letter != " " => Some(Self::Letter(letter.to_lowercase())),
            _ => None,
        }
    }
}

/// Moves the focus among the elements of `group` that match `selector`, around the ends, and gives the one that has it now.
pub fn move_focus(group: &Element, selector: &str, step: &Step) -> Option<HtmlElement> {
    let list = group.query_selector_all(selector).ok()?;
    let items: Vec<HtmlElement> = (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect();
    let active = document()?.active_element();
    let here = items.iter().position(|item| Some(item.as_ref()) == active.as_ref());
    let last = items.len().checked_sub(1)?;
    let target = match step {
        Step::First => 0,
        Step::Last => last,
        Step::Next => here.map_or(0, |i| if i == last { 0 } else { i + 1 }),
        Step::Previous => here.map_or(last, |i| if i == 0 { last } else { i - 1 }),
        Step::Letter(letter) => {
            let start = here.map_or(0, |i| i + 1);
            (0..items.len()).map(|i| (start + i) % items.len()).find(|&i| {
                items[i].text_content().is_some_and(|text| text.trim().to_lowercase().starts_with(letter.as_str()))
            })?
        }
    };
    let item = items.into_iter().nth(target)?;
    focus(&item);
    Some(item)
}

/// Gives an element the focus.
pub fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

/// Gives the element with this id the focus, if it is there.
pub fn focus_id(id: &str) {
    if let Some(element) = by_id(id) {
        focus(&element);
    }
}

pub fn by_id(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The element that has the focus, so that it can be given back.
pub fn focused() -> Option<HtmlElement> {
    document()?.active_element()?.dyn_into().ok()
}

/// Whether typing goes into a field now, so that single-key shortcuts must keep out of the way.
pub fn is_typing() -> bool {
    focused().is_some_and(|el| matches!(el.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// Opens a dialog over the page; the rest becomes inert, and the browser gives the focus back when it closes.
pub fn show_modal(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        let _ = dialog.show_modal();
    }
}

/// Opens a dialog beside the page, which stays usable.
pub fn show_beside(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        dialog.show();
    }
}

pub fn close(dialog: &HtmlDialogElement) {
    if dialog.open() {
        dialog.close();
    }
}

/// Whether a click hit the dialog's backdrop (a click inside hits one of its children).
pub fn on_backdrop(event: &MouseEvent, dialog: &HtmlDialogElement) -> bool {
    event.target().is_some_and(|target| target == *AsRef::<web_sys::EventTarget>::as_ref(dialog))
}

/// Puts a popover below (or, low on the screen, above) its anchor, on the side where there is room.
/// It works before the popover is shown, because nothing of it needs measuring.
pub fn place(popover: &HtmlElement, anchor: &Element) {
    const GAP: f64 = 4.0;
    // Whole pixels: writing fractions would bring their machinery into the page.
    let px = |length: f64| format!("{}px", length.round() as i32);
    let rect = anchor.get_bounding_client_rect();
    let (width, height) = viewport();
    let style = popover.style();
    for side in ["top", "bottom", "left", "right"] {
        let _ = style.set_property(side, "auto");
    }
    if rect.bottom() > height * 0.62 {
        let _ = style.set_property("bottom", &px(height - rect.top() + GAP));
    } else {
        let _ = style.set_property("top", &px(rect.bottom() + GAP));
    }
    if rect.left() + rect.width() / 2.0 > width / 2.0 {
        let _ = style.set_property("right", &px((width - rect.right()).max(GAP)));
    } else {
        let _ = style.set_property("left", &px(rect.left().max(GAP)));
    }
}

/// Shows a popover, on top of everything that is already there.
pub fn show_popover(popover: &HtmlElement) {
    hide_popover(popover);
    let _ = popover.show_popover();
}

pub fn hide_popover(popover: &HtmlElement) {
    if popover.is_connected() && popover.matches(":popover-open").unwrap_or(false) {
        let _ = popover.hide_popover();
    }
}

pub fn is_popover_open(popover: &HtmlElement) -> bool {
    popover.matches(":popover-open").unwrap_or(false)
}

/// Whether an event is a press of the Escape key.
pub fn is_escape(event: &Event) -> bool {
    is_key(event, "Escape")
}

/// Whether an event is a press of this key, without Control, Alt or Meta.
pub fn is_key(event: &Event, key: &str) -> bool {
    event
        .dyn_ref::<KeyboardEvent>()
        .is_some_and(|event| event.key() == key && !event.ctrl_key() && !event.alt_key() && !event.meta_key())
}

/// The nearest element around the event's target (itself included) that matches.
pub fn closest(event: &Event, selector: &str) -> Option<HtmlElement> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()??.dyn_into().ok()
}

/// Presses the first element inside `container` that matches, as the user would.
pub fn press(container: &Element, selector: &str) {
    if let Some(element) =
        container.query_selector(selector).ok().flatten().and_then(|el| el.dyn_into::<HtmlElement>().ok())
    {
        element.click();
    }
}

/// Whether the user has just marked text, so that a click was meant for that.
pub fn has_selected_text() -> bool {
    web_sys::window().and_then(|w| w.get_selection().ok().flatten()).is_some_and(|selection| !selection.is_collapsed())
}

/// The window's inner width and height in CSS pixels.
pub fn viewport() -> (f64, f64) {
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
    web_sys::window().map_or((0.0, 0.0), |window| (size(window.inner_width()), size(window.inner_height())))
}

/// How far an element's top edge is below the window's (negative when it is scrolled past).
pub fn top_of(element: &Element) -> f64 {
    element.get_bounding_client_rect().top()
}

/// Whether a media query holds now, such as `(max-width: 639px)`.
pub fn media(query: &str) -> bool {
    web_sys::window().and_then(|w| w.match_media(query).ok().flatten()).is_some_and(|list| list.matches())
}

/// Sets (or, with `None`, removes) an attribute of `<html>`.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().and_then(|d| d.document_element()) {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}

thread_local! {
    static COUNT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// The page's title; the number of what deserves attention goes before it.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        match COUNT.get() {
            0 => document.set_title(title),
            count => document.set_title(&format!("({count}) {title}")),
        }
    }
}

/// The number before the title from now on; 0: none.
pub fn set_title_count(count: u32) {
    let Some(document) = document() else { return };
    let title = document.title();
    let plain = match COUNT.replace(count) {
        0 => title.as_str(),
        before => title.strip_prefix(&format!("({before}) ")).unwrap_or(&title),
    };
    set_title(plain);
}

/// The page's icon in the browser's tab: an address, or the picture itself.
pub fn set_icon(href: &str) {
    if let Some(link) = document().and_then(|document| document.query_selector("link[rel=icon]").ok().flatten()) {
        let _ = link.set_attribute("href", href);
    }
}

/// Follows a link of the page, as if it had been pressed.
pub fn go(href: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_href(href);
    }
}

/// Has a live region say what another element shows.
pub fn announce(region: &str, source: &str) {
    if let (Some(region), Some(source)) = (by_id(region), by_id(source)) {
        region.set_text_content(source.text_content().as_deref());
    }
}

/// Scrolls the window to its top.
pub fn scroll_to_top() {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// A listener on the document, removed when this is dropped.
pub struct Listener {
    event: &'static str,
    capture: bool,
    callback: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Hears every `event` of the document; with `capture` also those that do not bubble, such as `scroll`.
    pub fn on_document(event: &'static str, capture: bool, callback: impl FnMut(Event) + 'static) -> Self {
        let callback = Closure::<dyn FnMut(Event)>::new(callback);
        if let Some(document) = document() {
            let options = web_sys::AddEventListenerOptions::new();
            options.set_capture(capture);
            options.set_passive(event == "scroll");
            let _ = document.add_event_listener_with_callback_and_add_event_listener_options(
                event,
                callback.as_ref().unchecked_ref(),
                &options,
            );
        }
        Self { event, capture, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(document) = document() {
            let callback = self.callback.as_ref().unchecked_ref();
            let _ = document.remove_event_listener_with_callback_and_bool(self.event, callback, self.capture);
        }
    }
}

/// Tells an element's width whenever it changes, until it is dropped.
pub struct WidthObserver {
    observer: Option<web_sys::ResizeObserver>,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl WidthObserver {
    pub fn new(element: &Element, mut changed: impl FnMut(f64) + 'static) -> Self {
        let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            if let Ok(entry) = entries.get(0).dyn_into::<web_sys::ResizeObserverEntry>() {
                changed(entry.content_rect().width());
            }
        });
        let observer = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(element);
        }
        Self { observer, _callback: callback }
    }
}

impl Drop for WidthObserver {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_along_the_groups_own_direction() {
        assert_eq!(Step::of_key("ArrowDown", true), Some(Step::Next));
        assert_eq!(Step::of_key("ArrowDown", false), None);
        assert_eq!(Step::of_key("ArrowLeft", false), Some(Step::Previous));
        assert_eq!(Step::of_key("S", true), Some(Step::Letter("s".into())));
        assert_eq!(Step::of_key("Escape", true), None);
    }
}
