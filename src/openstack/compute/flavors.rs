//! What a launch can choose from, and how much room is left.

use serde_json::Value;

use crate::model::json::{Fields, FromJson};
use crate::model::{ComputeLimits, Flavor};
use crate::openstack::call::{Call, Page, PagedCall, Request, Response, Service, marker_in_links};
use crate::openstack::error::ApiError;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flavors {
    pub marker: Option<String>,
}

impl Call for Flavors {
    type Reply = Page<Flavor>;

    fn request(&self) -> Request {
        Request::get(Service::Compute, "/flavors/detail").marker(&self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (items, body) = response.read_list(Service::Compute, "flavors")?;
        Ok(Page { items, next: marker_in_links(&body["flavors_links"]) })
    }
}

impl PagedCall for Flavors {
    type Item = Flavor;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker) }
    }
}

/// Nova's quota of the project and what is used of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits;

impl Call for Limits {
    type Reply = ComputeLimits;

    fn request(&self) -> Request {
        Request::get(Service::Compute, "/limits")
    }

    fn parse(&self, response: Response) -> Result<ComputeLimits, ApiError> {
        struct Body {
            absolute: ComputeLimits,
        }

        impl FromJson for Body {
            fn from_json(value: &Value) -> Option<Self> {
                let fields = Fields::of(value)?;
                Some(Self { absolute: fields.need("absolute")? })
            }
        }
        response.read_key::<Body>(Service::Compute, "limits").map(|body| body.absolute)
    }
}

/// The names of the zones that are available.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AvailabilityZones;

impl Call for AvailabilityZones {
    type Reply = Vec<String>;

    fn request(&self) -> Request {
        Request::get(Service::Compute, "/os-availability-zone")
    }

    fn parse(&self, response: Response) -> Result<Vec<String>, ApiError> {
        struct Zone {
            zone_name: String,
            zone_state: State,
        }

        impl FromJson for Zone {
            fn from_json(value: &Value) -> Option<Self> {
                let fields = Fields::of(value)?;
                Some(Self { zone_name: fields.need("zoneName")?, zone_state: fields.need("zoneState")? })
            }
        }
        struct State {
            available: bool,
        }

        impl FromJson for State {
            fn from_json(value: &Value) -> Option<Self> {
                let fields = Fields::of(value)?;
                Some(Self { available: fields.need("available")? })
            }
        }
        let (zones, _) = response.read_list::<Zone>(Service::Compute, "availabilityZoneInfo")?;
        Ok(zones.into_iter().filter(|zone| zone.zone_state.available).map(|zone| zone.zone_name).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Response {
        Response { status: 200, body: body.into(), ..Response::default() }
    }

    #[test]
    fn reads_flavors_of_old_and_new_clouds() {
        let body = r#"{"flavors": [
            {"id": "1", "name": "m1.nano", "ram": 64, "disk": 1, "swap": "", "OS-FLV-EXT-DATA:ephemeral": 0, "vcpus": 1, "links": []},
            {"id": "x/y", "name": "big", "ram": 8192, "disk": 0, "swap": 0, "vcpus": 4, "description": null, "extra_specs": {}}]}"#;
        let page = Flavors::default().parse(answer(body)).unwrap();
        assert_eq!((page.items.len(), page.items[1].ram, page.next), (2, 8192, None));
    }

    #[test]
    fn reads_limits_and_zones() {
        let body = r#"{"limits": {"rate": [], "absolute": {"maxTotalCores": 20, "maxTotalRAMSize": -1, "totalCoresUsed": 3}}}"#;
        let limits = Limits.parse(answer(body)).unwrap();
        assert_eq!((limits.max_total_cores, limits.max_total_ram, limits.total_cores_used), (20, -1, 3));
        let body = r#"{"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": true}, "hosts": null},
            {"zoneName": "broken", "zoneState": {"available": false}, "hosts": null}]}"#;
        assert_eq!(AvailabilityZones.parse(answer(body)).unwrap(), ["nova"]);
    }
}
