//! The token's catalogue: where the services are, in one spelling.
//!
//! Clouds register endpoints in many forms: with and without version, with and without the project's id, below a path
//! prefix, with a trailing slash. They are normalised here, once, so that every request's path fits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::{Base, Service};
use crate::model::ProjectId;
use crate::model::json::{Fields, FromJson};
use crate::model::order;

/// Public endpoints of the services that Carrete talks to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    pub endpoints: Vec<Endpoint>,
}

/// Where one service is, in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub service: Service,
    /// Empty when the cloud names no region.
    pub region: String,
    /// With version (and Cinder's project), without a trailing slash.
    pub url: String,
    /// Above the version.
    pub root: String,
    /// How good a match the catalogue's type was: the lowest wins.
    rank: u8,
}

impl Endpoint {
    /// Keystone at the address that the user gave, up to `/v3`.
    pub fn identity(auth_url: &str) -> Self {
        let root = auth_url.strip_suffix("/v3").unwrap_or(auth_url);
        Self {
            service: Service::Identity,
            region: String::new(),
            url: auth_url.to_owned(),
            root: root.to_owned(),
            rank: 0,
        }
    }

    pub fn base(&self, base: Base) -> &str {
        match base {
            Base::Endpoint => &self.url,
            Base::Root => &self.root,
        }
    }
}

impl Catalog {
    /// From `token.catalog`. Anything unreadable in it is left out.
    pub fn read(catalog: &Value, project: Option<&ProjectId>) -> Self {
        let entries = catalog.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for entry in entries.iter().filter_map(Entry::from_json) {
            let Some((service, rank)) = service_of(&entry.kind) else {
                continue;
            };
            let public = entry.endpoints.into_iter().filter(|raw| raw.interface == "public");
            for raw in public {
                let region = if raw.region_id.is_empty() { raw.region } else { raw.region_id };
                let Some((root, url)) = normalise(service, &raw.url, project) else {
                    continue;
                };
                endpoints.push(Endpoint { service, region, url, root, rank });
            }
        }
        order::sort(&mut endpoints, |a, b| a.rank.cmp(&b.rank));
        Self { endpoints }
    }

    /// The regions that have servers or images, sorted. Empty when the cloud names none.
    pub fn regions(&self) -> Vec<String> {
        let with_work = |e: &&Endpoint| matches!(e.service, Service::Compute | Service::Image) && !e.region.is_empty();
        let names: BTreeSet<&String> = self.endpoints.iter().filter(with_work).map(|e| &e.region).collect();
        names.into_iter().cloned().collect()
    }

    /// A service's endpoint in a region. One without a region serves all; Keystone of any region does.
    pub fn endpoint(&self, service: Service, region: &str) -> Option<&Endpoint> {
        let of = || self.endpoints.iter().filter(move |e| e.service == service);
        of().find(|e| e.region == region)
            .or_else(|| of().find(|e| e.region.is_empty() || region.is_empty()))
            .or_else(|| of().find(|_| service == Service::Identity))
    }
}

struct Entry {
    kind: String,
    endpoints: Vec<RawEndpoint>,
}

impl FromJson for Entry {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { kind: fields.need("type")?, endpoints: fields.list("endpoints") })
    }
}

struct RawEndpoint {
    interface: String,
    url: String,
    region: String,
    region_id: String,
}

impl FromJson for RawEndpoint {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            interface: fields.need("interface")?,
            url: fields.need("url")?,
            region: fields.get("region"),
            region_id: fields.get("region_id"),
        })
    }
}

/// Types and aliases of the service-types authority, best first. `volume` and `block-store` are kept for clouds that put
/// v3 there; `volumev2` and `compute_legacy` are dead.
fn service_of(kind: &str) -> Option<(Service, u8)> {
    Some(match kind {
        "identity" => (Service::Identity, 0),
        "compute" => (Service::Compute, 0),
        "image" => (Service::Image, 0),
        "network" => (Service::Network, 0),
        "block-storage" => (Service::BlockStorage, 0),
        "volumev3" => (Service::BlockStorage, 1),
        "block-store" => (Service::BlockStorage, 2),
        "volume" => (Service::BlockStorage, 3),
        "workflow" => (Service::Workflow, 0),
        "workflowv2" => (Service::Workflow, 1),
        _ => return None,
    })
}

/// The root (above the version) and the versioned URL of a service. `None` for what cannot be a usable endpoint.
fn normalise(service: Service, raw: &str, project: Option<&ProjectId>) -> Option<(String, String)> {
    let (root, version, rest) = split_version(raw)?;
    let tail = match service {
        Service::Identity => "/v3".to_owned(),
        Service::Image => "/v2".to_owned(),
        Service::Network => "/v2.0".to_owned(),
        Service::Workflow => "/v2".to_owned(),
        // Both forms work at every microversion (nova/api/openstack/compute/routes.py); the cloud's own is kept.
        Service::Compute if rest.is_empty() => "/v2.1".to_owned(),
        Service::Compute => format!("/v2.1/{rest}"),
        // v1 and v2 are gone. The project's id is required below 3.67 and accepted above.
        Service::BlockStorage if version.is_some_and(|v| !v.starts_with("v3")) => return None,
        Service::BlockStorage if rest.is_empty() => format!("/v3/{}", project?),
        Service::BlockStorage => format!("/v3/{rest}"),
    };
    Some((root.to_owned(), format!("{root}{tail}")))
}

/// `https://h:1/compute/v2.1/p1/` → (`https://h:1/compute`, `v2.1`, `p1`). The version is looked for in the last two
/// segments only, so that a prefix may look like anything.
fn split_version(raw: &str) -> Option<(&str, Option<&str>, &str)> {
    let url = raw.trim().split(['?', '#']).next()?.trim_end_matches('/');
    let authority = url.find("://")? + 3;
    if !matches!(&url[..authority], "http://" | "https://")
        || url.len() == authority
        || url.contains(char::is_whitespace)
    {
        return None;
    }
    let is_version = |text: &str| {
        text.strip_prefix('v').is_some_and(|n| {
            n.starts_with(|c: char| c.is_ascii_digit()) && n.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
    };
    let mut end = url.len();
    for _ in 0..2 {
        let Some(slash) = url[authority..end].rfind('/').map(|at| authority + at) else {
            break;
        };
        if is_version(&url[slash + 1..end]) {
            let rest = url[end..].trim_start_matches('/');
            return Some((url[..slash].trim_end_matches('/'), Some(&url[slash + 1..end]), rest));
        }
        end = slash;
    }
    Some((url, None, ""))
}

/// What a person typed as the address of a cloud: Keystone's URL up to `/v3`, or `None` if it cannot be one. `https` is
/// assumed where no scheme is given.
pub fn auth_url(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let full = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let host = full.split_once("://")?.1;
    if host.is_empty() || host.starts_with('/') || host.contains('@') {
        return None;
    }
    normalise(Service::Identity, &full, None).map(|(_, url)| url)
}

/// `https://cloud.example:5000`: the part of a URL that names who answers.
pub fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

/// Whether a browser refuses `url` because the page came over https. Loopback addresses are exempt in all of them.
pub fn mixed_content(page_is_https: bool, url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = if host.starts_with('[') { host.split_inclusive(']').next() } else { host.split(':').next() };
    let loopback = name.is_some_and(|name| name == "localhost" || name == "[::1]" || name.starts_with("127."));
    page_is_https && !loopback
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn url(service: Service, raw: &str) -> Option<String> {
        normalise(service, raw, Some(&"p1".into())).map(|(_, url)| url)
    }

    #[test]
    fn every_spelling_of_an_endpoint_becomes_one() {
        use Service::*;
        for (service, raw, expected) in [
            (Identity, "https://c/", "https://c/v3"),
            (Identity, "https://c:5000/v3/", "https://c:5000/v3"),
            (Identity, "https://c/identity/v2.0", "https://c/identity/v3"),
            (Compute, "https://c:8774/v2.1", "https://c:8774/v2.1"),
            (Compute, "https://c:8774/v2.1/p1", "https://c:8774/v2.1/p1"),
            (Compute, "https://c/compute/v2.1/", "https://c/compute/v2.1"),
            (Compute, "https://c/compute", "https://c/compute/v2.1"),
            (Compute, "https://c/v2/p1", "https://c/v2.1/p1"),
            (Image, "https://c:9292", "https://c:9292/v2"),
            (Image, "https://c/image/v2/", "https://c/image/v2"),
            (Image, "https://c/image/v2.17", "https://c/image/v2"),
            (Network, "https://c:9696/", "https://c:9696/v2.0"),
            (Network, "https://c/networking/v2.0", "https://c/networking/v2.0"),
            (BlockStorage, "https://c:8776/v3/p1", "https://c:8776/v3/p1"),
            (BlockStorage, "https://c:8776/v3", "https://c:8776/v3/p1"),
            (BlockStorage, "https://c/volume", "https://c/volume/v3/p1"),
            (Workflow, "https://c:8989/v2", "https://c:8989/v2"),
            (Workflow, "https://c/workflow//", "https://c/workflow/v2"),
            (Image, "https://v2/image", "https://v2/image/v2"),
            (Image, "  http://[::1]:9292/v2?x=1#y ", "http://[::1]:9292/v2"),
        ] {
            assert_eq!(url(service, raw).as_deref(), Some(expected), "{raw}");
        }
        for raw in ["", "https://", "c/v2", "ftp://c/v2", "javascript:alert(1)", "https://a b/v2", "://"] {
            assert_eq!(url(Image, raw), None, "{raw}");
        }
        assert_eq!(url(BlockStorage, "https://c/v2/p1"), None);
        assert_eq!(normalise(BlockStorage, "https://c/v3", None), None);
        let (root, _) = normalise(Compute, "https://c/compute/v2.1/p1", None).unwrap();
        assert_eq!(root, "https://c/compute");
    }

    #[test]
    fn chooses_public_endpoints_by_region_and_by_best_type() {
        let of = |kind: &str, interface: &str, region: serde_json::Value, url: &str| {
            json!({"type": kind, "endpoints": [
            {"id": "x", "interface": interface, "region": region, "region_id": region, "url": url}]})
        };
        let raw = json!([
            of("volumev3", "public", json!("North"), "https://old/v3/p1"),
            of("volumev2", "public", json!("North"), "https://dead/v2/p1"),
            of("block-storage", "public", json!("North"), "https://new/v3"),
            of("compute", "internal", json!("North"), "https://internal/v2.1"),
            of("compute", "public", json!("South"), "https://south/v2.1"),
            of("compute", "public", json!("North"), "https://north/v2.1"),
            of("image", "public", json!(null), "https://everywhere"),
            of("identity", "public", json!("Home"), "https://id"),
            {"type": "network"}, {"type": 5, "endpoints": 7}, "odd", null,
            {"type": "network", "endpoints": [{"interface": "public"}, 3, {"interface": "public", "url": "nonsense"}]},
        ]);
        let catalog = Catalog::read(&raw, Some(&"p1".into()));
        let at = |service, region| catalog.endpoint(service, region).map(|e| e.url.as_str());
        assert_eq!(catalog.regions(), ["North", "South"]);
        assert_eq!(at(Service::BlockStorage, "North"), Some("https://new/v3/p1"));
        assert_eq!(at(Service::BlockStorage, "South"), None);
        assert_eq!(at(Service::Compute, "South"), Some("https://south/v2.1"));
        assert_eq!(at(Service::Image, "South"), Some("https://everywhere/v2"));
        assert_eq!(at(Service::Identity, "North"), Some("https://id/v3"));
        assert_eq!(at(Service::Network, "North"), None);
        assert_eq!(Catalog::read(&json!({"a": 1}), None), Catalog::default());
    }

    #[test]
    fn reads_what_people_type_as_an_address() {
        assert_eq!(auth_url(" cloud.example:5000 ").as_deref(), Some("https://cloud.example:5000/v3"));
        assert_eq!(auth_url("http://127.0.0.1:5000/v3/").as_deref(), Some("http://127.0.0.1:5000/v3"));
        assert_eq!(auth_url("https://c/identity").as_deref(), Some("https://c/identity/v3"));
        for typed in ["", "   ", "https://", "javascript://x", "https:///v3", "user:pass@host", "file:///etc"] {
            assert_eq!(auth_url(typed), None, "{typed}");
        }
    }

    #[test]
    fn knows_what_an_https_page_may_not_call() {
        assert!(mixed_content(true, "http://cloud.example/v3"));
        assert!(!mixed_content(false, "http://cloud.example/v3"));
        for url in ["https://c", "http://127.0.0.1:5000/v3", "http://localhost:1/", "http://[::1]:5000/v3"] {
            assert!(!mixed_content(true, url), "{url}");
        }
        assert!(mixed_content(true, "http://localhost.example/"));
        assert_eq!(origin_of("https://c:5/v3?x"), "https://c:5");
        assert_eq!(origin_of("odd"), "odd");
    }
}
