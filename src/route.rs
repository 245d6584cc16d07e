//! The addresses of the screens: `#/images/ID?kind=snapshots&q=web` and back.
//!
//! Hash routes, so that one folder of files works under any path of any host without rewrites. An address holds what
//! is looked at, never a secret, and can be sent to a colleague.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::model::{ImageId, ServerId};

/// A screen and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// The home page: how well each instance is protected.
    Protection {
        search: String,
    },
    Instances {
        search: String,
    },
    Instance(ServerId),
    Images {
        kind: KindTab,
        search: String,
        open: Option<ImageId>,
    },
    Launch {
        image: Option<ImageId>,
    },
    /// What serves no purpose any more.
    Leftovers,
    /// Schedules in the cloud and elsewhere; of one instance, where one is named.
    Schedules {
        server: Option<ServerId>,
    },
    Operations,
    Settings,
    /// What was asked for, as it was.
    NotFound(String),
}

/// The tabs of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KindTab {
    #[default]
    All,
    Snapshots,
    Backups,
    Plain,
}

impl KindTab {
    pub const ALL: [Self; 4] = [Self::All, Self::Snapshots, Self::Backups, Self::Plain];

    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Snapshots => "snapshots",
            Self::Backups => "backups",
            Self::Plain => "images",
        }
    }
    /// Unknown words are `All`.
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|tab| tab.word() == word).unwrap_or_default()
    }
}

impl Route {
    pub fn home() -> Self {
        Self::Protection { search: String::new() }
    }
    pub fn instances() -> Self {
        Self::Instances { search: String::new() }
    }
    pub fn images(kind: KindTab) -> Self {
        Self::Images { kind, search: String::new(), open: None }
    }
    pub fn image(id: ImageId) -> Self {
        Self::Images { kind: KindTab::All, search: String::new(), open: Some(id) }
    }

    /// Reads `#/…`; never fails.
    pub fn parse(hash: &str) -> Self {
        let address = hash.trim_start_matches('#');
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut parts = path.split('/').filter(|part| !part.is_empty()).map(decode);
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        let value = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| decode(value))
                .unwrap_or_default()
        };
        match (first.as_deref(), second, third) {
            (None, ..) => Self::home(),
            (Some("protection"), None, _) => Self::Protection { search: value("q") },
            (Some("leftovers"), None, _) => Self::Leftovers,
            (Some("schedules"), None, _) => {
                let server = value("server");
                Self::Schedules { server: (!server.is_empty()).then(|| server.into()) }
            }
            (Some("instances"), None, _) => Self::Instances { search: value("q") },
            (Some("instances"), Some(id), None) => Self::Instance(id.into()),
            (Some("images"), open, None) => Self::Images {
                kind: KindTab::from_word(&value("kind")),
                search: value("q"),
                open: open.map(ImageId::from),
            },
            (Some("launch"), None, _) => {
                let image = value("image");
                Self::Launch { image: (!image.is_empty()).then(|| image.into()) }
            }
            (Some("operations"), None, _) => Self::Operations,
            (Some("settings"), None, _) => Self::Settings,
            _ => Self::NotFound(address.to_owned()),
        }
    }

    /// The key of the page's title in `locales/`.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Protection { .. } => "nav.protection",
            Self::Leftovers => "nav.leftovers",
            Self::Schedules { .. } => "nav.schedules",
            Self::Instances { .. } | Self::Instance(_) => "nav.instances",
            Self::Images { .. } => "nav.images",
            Self::Launch { .. } => "nav.launch",
            Self::Operations => "nav.operations",
            Self::Settings => "nav.settings",
            Self::NotFound(_) => "not_found.title",
        }
    }

    /// Whether both are the same screen, whatever they show: then focus stays where it is.
    pub fn same_screen(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Instance(a), Self::Instance(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The address with its `#`, ready for `href`.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protection { search } => write!(f, "#/protection{}", query(&[("q", search)])),
            Self::Leftovers => f.write_str("#/leftovers"),
            Self::Schedules { server } => {
                write!(f, "#/schedules{}", query(&[("server", server.as_ref().map_or("", ServerId::as_str))]))
            }
            Self::Instances { search } => write!(f, "#/instances{}", query(&[("q", search)])),
            Self::Instance(id) => write!(f, "#/instances/{}", encode(id.as_str())),
            Self::Images { kind, search, open } => {
                f.write_str("#/images")?;
                if let Some(id) = open {
                    write!(f, "/{}", encode(id.as_str()))?;
                }
                let kind = if *kind == KindTab::All { "" } else { kind.word() };
                f.write_str(&query(&[("kind", kind), ("q", search)]))
            }
            Self::Launch { image } => {
                write!(f, "#/launch{}", query(&[("image", image.as_ref().map_or("", ImageId::as_str))]))
            }
            Self::Operations => f.write_str("#/operations"),
            Self::Settings => f.write_str("#/settings"),
            Self::NotFound(address) => write!(f, "#{address}"),
        }
    }
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn query(pairs: &[(&str, &str)]) -> String {
    let kept: Vec<String> =
        pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}", encode(v))).collect();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_one_address() {
        let hostile = "a/b?c=d&e #%ñ<b>";
        let routes = [
            (Route::home(), "#/protection"),
            (Route::Leftovers, "#/leftovers"),
            (Route::Schedules { server: None }, "#/schedules"),
            (Route::Schedules { server: Some("42".into()) }, "#/schedules?server=42"),
            (Route::instances(), "#/instances"),
            (Route::Instances { search: "web 1".into() }, "#/instances?q=web%201"),
            (Route::Instance("42".into()), "#/instances/42"),
            (Route::images(KindTab::All), "#/images"),
            (Route::images(KindTab::Snapshots), "#/images?kind=snapshots"),
            (Route::image("7".into()), "#/images/7"),
            (Route::Launch { image: None }, "#/launch"),
            (Route::Launch { image: Some("7".into()) }, "#/launch?image=7"),
            (Route::Operations, "#/operations"),
            (Route::Settings, "#/settings"),
        ];
        for (route, address) in routes {
            assert_eq!(route.to_string(), address);
            assert_eq!(Route::parse(address), route);
        }
        for route in [
            Route::Instance(hostile.into()),
            Route::Images { kind: KindTab::Backups, search: hostile.into(), open: Some(hostile.into()) },
            Route::Launch { image: Some(hostile.into()) },
        ] {
            assert_eq!(Route::parse(&route.to_string()), route);
        }
    }

    #[test]
    fn unknown_addresses_are_shown_as_such() {
        assert_eq!(Route::parse(""), Route::home());
        assert_eq!(Route::parse("#/"), Route::home());
        assert_eq!(Route::parse("#/nothing/here"), Route::NotFound("/nothing/here".into()));
        assert_eq!(Route::parse("#/instances/a/b"), Route::NotFound("/instances/a/b".into()));
        assert_eq!(Route::parse("#/images?kind=odd"), Route::images(KindTab::All));
        assert_eq!(Route::parse("#/instances/%ff%00"), Route::Instance("\u{fffd}\0".into()));
    }
}
