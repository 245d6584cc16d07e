//! Links and addresses: what is taken out of a service's links, and how hostile text is put into one's own.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The `marker` in the query of a link, decoded: `http://anywhere/v2.1/servers/detail?limit=2&marker=abc`.
pub fn marker_of(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    let raw = query.split('&').find_map(|pair| pair.strip_prefix("marker="))?;
    let raw = raw.replace('+', " ");
    let marker = percent_encoding::percent_decode_str(&raw).decode_utf8().ok()?.into_owned();
    (!marker.is_empty()).then_some(marker)
}

/// The marker in `[{"rel": "next", "href": "…"}]`, as Nova, Cinder and Neutron write it.
pub fn marker_in_links(links: &Value) -> Option<String> {
    let next = links.as_array()?.iter().find(|link| link["rel"] == "next")?;
    marker_of(next["href"].as_str()?)
}

/// RFC 3986's unreserved characters stay as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One segment of a path, percent-encoded. Ids come from the cloud and are as hostile as everything else.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// `?key=value&…`, percent-encoded; empty without pairs.
pub fn query_string(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(&segment(key));
        text.push('=');
        text.push_str(&segment(value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_the_marker_of_a_link() {
        assert_eq!(marker_of("http://10.0.0.1:8774/v2.1/servers/detail?limit=2&marker=a-1").as_deref(), Some("a-1"));
        assert_eq!(marker_of("/v2/images?marker=x%2Fy&limit=5").as_deref(), Some("x/y"));
        assert_eq!(marker_of("/os-keypairs?marker=my+key").as_deref(), Some("my key"));
        for link in ["", "?", "http://x/servers", "http://x/?limit=2", "http://x/?marker=", "http://x/?marker=%ff"] {
            assert_eq!(marker_of(link), None, "{link}");
        }
        let links = serde_json::json!([{"rel": "prev", "href": "x?marker=1"}, {"rel": "next", "href": "x?marker=2"}]);
        assert_eq!(marker_in_links(&links).as_deref(), Some("2"));
        for odd in [serde_json::json!(null), serde_json::json!({"next": 1}), serde_json::json!([{"rel": "next"}])] {
            assert_eq!(marker_in_links(&odd), None);
        }
    }

    #[test]
    fn hostile_text_stays_inside_its_segment() {
        assert_eq!(segment("../admin?x=1#y"), "..%2Fadmin%3Fx%3D1%23y");
        assert_eq!(segment("año 1"), "a%C3%B1o%201");
        let pairs = [("a&b".to_owned(), "c=d".to_owned()), ("router:external".to_owned(), "true".to_owned())];
        assert_eq!(query_string(&pairs), "?a%26b=c%3Dd&router%3Aexternal=true");
        assert_eq!(query_string(&[]), "");
    }
}
