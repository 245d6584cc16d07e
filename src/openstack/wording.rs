//! What a service itself said, out of the many shapes in which the services say it.

use serde_json::Value;

use super::call::Response;

/// Longer texts are cut: they go on a screen.
const LONGEST: usize = 2000;

/// The service's word for the error (may be empty) and its sentence as plain text.
///
/// The order is that of how specific a shape is: Keystone and keystonemiddleware `{"error": {"message"}}`, Neutron
/// `{"NeutronError": {"type", "message"}}`, Mistral `{"faultstring"}`, Nova and Cinder `{"<fault>": {"message"}}`,
/// Glance `{"message": "…<br />"}`, WebOb's HTML, and at last the status alone.
pub fn of(body: &Value, response: &Response) -> (String, String) {
    let (word, text) = find(body).unwrap_or_else(|| {
        let raw = response.body.trim();
        let text = if raw.starts_with('<') { page_text(raw) } else { String::new() };
        (String::new(), if text.is_empty() && !raw.starts_with(['{', '[', '<']) { plain(raw) } else { text })
    });
    let text = if text.is_empty() { format!("HTTP {}", response.status) } else { text };
    (word, text)
}

fn find(body: &Value) -> Option<(String, String)> {
    let fields = body.as_object()?;
    let text = |value: &Value| value.as_str().map(plain).filter(|text| !text.is_empty());
    if let Some(message) = body["error"].get("message").and_then(text) {
        return Some((body["error"]["title"].as_str().unwrap_or_default().to_owned(), message));
    }
    if let Some(neutron) = body.get("NeutronError") {
        let message = neutron.get("message").or(Some(neutron)).and_then(text)?;
        return Some((neutron["type"].as_str().unwrap_or_default().to_owned(), message));
    }
    if let Some(message) = body.get("faultstring").and_then(text) {
        return Some((body["faultcode"].as_str().unwrap_or_default().to_owned(), message));
    }
    if let Some((word, message)) =
        fields.iter().find_map(|(word, fault)| Some((word, fault.get("message").and_then(text)?)))
    {
        return Some((word.clone(), message));
    }
    let message = body.get("message").and_then(Value::as_str).map(|html| plain(&unescape(&strip_tags(html))))?;
    Some((body["title"].as_str().unwrap_or_default().to_owned(), message))
}

/// The message of WebOb's and the proxies' pages: what follows the heading, or else the heading.
fn page_text(page: &str) -> String {
    let body = page.split_once("<body").map_or(page, |(_, body)| body.split_once('>').map_or(body, |(_, body)| body));
    let after = body.split_once("</h1>").map_or("", |(_, rest)| rest);
    // nginx and haproxy sign their pages below a rule.
    let after = after.split("<hr").next().unwrap_or_default();
    let message = plain(&unescape(&strip_tags(after)));
    if message.is_empty() { plain(&unescape(&strip_tags(body.split("<hr").next().unwrap_or(body)))) } else { message }
}

/// Drops `<…>`; an unclosed `<` is kept as it is.
fn strip_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match tag.split_once('>') {
            Some((_, after)) if is_tag => {
                text.push(' ');
                rest = after;
            }
            _ => {
                text.push('<');
                rest = tag;
            }
        }
    }
    text.push_str(rest);
    text
}

/// The entities that Python's `html.escape` and WebOb write.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#039;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

/// One line of text: white space folded, control characters dropped, cut at `LONGEST` characters.
fn plain(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !c.is_control()));
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => line[..end].to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text_and_text_stays_text() {
        assert_eq!(strip_tags("a<br />b"), "a b");
        assert_eq!(strip_tags("1 < 2 and <unclosed"), "1 < 2 and <unclosed");
        assert_eq!(unescape("&amp;lt; &lt;b&gt;"), "&lt; <b>");
        assert_eq!(plain("  a\n\tb\u{0}c  "), "a bc");
        assert_eq!(plain(&"ñ".repeat(10_000)).chars().count(), LONGEST);
    }

    #[test]
    fn keystones_class_names_are_not_taken_for_tags() {
        let body = serde_json::json!({"computeFault": {"message": "Unexpected. <class 'x.Y'>"}});
        let (word, text) = of(&body, &Response::default());
        assert_eq!((word.as_str(), text.as_str()), ("computeFault", "Unexpected. <class 'x.Y'>"));
    }

    #[test]
    fn silence_is_told_by_its_status() {
        let response = Response { status: 504, ..Response::default() };
        assert_eq!(of(&Value::Null, &response).1, "HTTP 504");
    }
}
