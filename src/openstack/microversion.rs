//! Microversions of Nova and Cinder: which one the session speaks.

use std::fmt;

use serde_json::Value;

use super::call::{Call, Request, Response, Service, TokenUse};
use super::error::ApiError;
use crate::model::json::{Fields, FromJson};

/// `2.96` is `Microversion(2, 96)`; ordered as versions are, so 2.100 is above 2.96.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Microversion(pub u16, pub u16);

/// The newest that Carrete speaks: answers of a later one may look different. All clouds since Stein (2019) know it, so the first
/// list needs no second try there; from 2.73 on Nova reads the metadata of every server of a list, from 2.96 on its request, too
/// (nova/api/openstack/compute/views/servers.py), for fields that Carrete does not show: `docs/decisions/013-microversion.md`.
pub const NOVA_MAX: Microversion = Microversion(2, 72);
/// The oldest that returns `image_id` from `createImage` (nova/api/openstack/compute/servers.py). Below it the header
/// gains too little: Carrete sends none and finds the image by its nonce.
pub const NOVA_FLOOR: Microversion = Microversion(2, 45);
pub const CINDER_MAX: Microversion = Microversion(3, 70);
pub const CINDER_FLOOR: Microversion = Microversion(3, 0);

impl Microversion {
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        Some(Self(digits(major)?, digits(minor)?))
    }
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The newest that Carrete knows of a service; `None` for those without microversions.
pub fn ceiling(service: Service) -> Option<Microversion> {
    match service {
        Service::Compute => Some(NOVA_MAX),
        Service::BlockStorage => Some(CINDER_MAX),
        _ => None,
    }
}

/// What to send to a service that speaks `min` to `max`: `None` is no header at all, which means the oldest.
pub fn negotiate(service: Service, min: Microversion, max: Microversion) -> Option<Microversion> {
    let ceiling = ceiling(service)?;
    let floor = if service == Service::Compute { NOVA_FLOOR } else { CINDER_FLOOR };
    let chosen = max.min(ceiling);
    (chosen.0 == ceiling.0 && chosen >= floor && chosen >= min).then_some(chosen)
}

/// The header that a service expects; `None` for those that know no microversions: to Glance and Neutron the header
/// would break the preflight.
pub fn header(service: Service, version: Microversion) -> Option<(&'static str, String)> {
    let word = match service {
        Service::Compute => "compute",
        Service::BlockStorage => "volume",
        _ => return None,
    };
    Some(("OpenStack-API-Version", format!("{word} {version}")))
}

/// `GET <root>/`: the versions of Nova or Cinder, without a token. Cinder answers 300, which is no error.
#[derive(Clone, Debug, PartialEq)]
pub struct Versions(pub Service);

impl Call for Versions {
    /// The oldest and the newest microversion; `None` when the service has none (before Kilo, or something else answered).
    type Reply = Option<(Microversion, Microversion)>;

    fn request(&self) -> Request {
        Request::get(self.0, "/").at_root().with_token(TokenUse::None)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (found, _) = response.read_list::<Version>(self.0, "versions")?;
        Ok(found
            .iter()
            .filter_map(|v| Some((Microversion::parse(&v.min_version)?, Microversion::parse(&v.version)?)))
            .max_by_key(|(_, max)| *max))
    }
}

#[derive(Default)]
struct Version {
    version: String,
    min_version: String,
}

impl FromJson for Version {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self { version: fields.get("version"), min_version: fields.get("min_version") })
    }
}

/// The range in a 406: `Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.100.`
/// (nova/api/openstack/wsgi.py, cinder/api/openstack/wsgi.py).
pub fn range_of_refusal(text: &str) -> Option<(Microversion, Microversion)> {
    let lower = text.to_ascii_lowercase();
    let after = |word: &str| {
        let rest = lower.split_once(word)?.1.trim_start().strip_prefix("is")?.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        Microversion::parse(rest.get(..end)?.trim_end_matches('.'))
    };
    Some((after("minimum")?, after("maximum")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: fn(&str) -> Microversion = |text| Microversion::parse(text).unwrap();

    #[test]
    fn orders_as_versions_not_as_text() {
        assert!(V("2.100") > V("2.96") && V("2.9") < V("2.10") && V("3.0") > V("2.999"));
        assert_eq!(V("2.96").to_string(), "2.96");
        for text in ["", "2", "2.", ".1", "latest", "2.1.1", "-2.1", "2.+1", "99999999.1", "2.x"] {
            assert_eq!(Microversion::parse(text), None, "{text}");
        }
    }

    #[test]
    fn speaks_the_newest_that_both_know_or_none() {
        let nova = |max| negotiate(Service::Compute, V("2.1"), V(max)).map(|v| v.to_string());
        assert_eq!(nova("2.100").as_deref(), Some("2.72"));
        assert_eq!(nova("2.60").as_deref(), Some("2.60"));
        assert_eq!(nova("2.45").as_deref(), Some("2.45"));
        assert_eq!(nova("2.44"), None);
        assert_eq!(nova("3.5").as_deref(), Some("2.72"));
        assert_eq!(negotiate(Service::Compute, V("2.73"), V("2.120")), None);
        assert_eq!(negotiate(Service::BlockStorage, V("3.0"), V("3.71")), Some(V("3.70")));
        assert_eq!(negotiate(Service::BlockStorage, V("3.0"), V("3.59")), Some(V("3.59")));
        assert_eq!(negotiate(Service::BlockStorage, V("2.0"), V("2.0")), None);
        assert_eq!(negotiate(Service::Image, V("2.0"), V("2.17")), None);
        assert_eq!(header(Service::Image, V("2.0")), None);
        assert_eq!(header(Service::BlockStorage, V("3.70")).unwrap().1, "volume 3.70");
    }

    #[test]
    fn reads_the_range_out_of_a_refusal() {
        let text = "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.100.";
        assert_eq!(range_of_refusal(text), Some((V("2.1"), V("2.100"))));
        assert_eq!(range_of_refusal("Minimum is 3.0 and maximum is 3.71"), Some((V("3.0"), V("3.71"))));
        for text in ["", "Minimum is and maximum is", "minimum", "Minimum is 2.1"] {
            assert_eq!(range_of_refusal(text), None, "{text}");
        }
    }

    #[test]
    fn reads_version_documents() {
        let parse = |body: &str| {
            Versions(Service::Compute).parse(Response { status: 300, body: body.into(), ..Default::default() })
        };
        let nova = r#"{"versions": [{"id": "v2.0", "status": "SUPPORTED", "version": "", "min_version": "", "links": []},
            {"id": "v2.1", "status": "CURRENT", "version": "2.100", "min_version": "2.1", "links": []}]}"#;
        assert_eq!(parse(nova), Ok(Some((V("2.1"), V("2.100")))));
        assert_eq!(parse(r#"{"versions": []}"#), Ok(None));
        assert!(parse("<html>").is_err());
    }
}
