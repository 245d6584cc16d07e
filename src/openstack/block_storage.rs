//! Cinder: the volumes and volume snapshots behind volume-backed servers and their images.

use serde_json::Value;

use super::call::{Call, Method, Page, PagedCall, Request, Response, Service, marker_in_links, segment};
use super::error::ApiError;
use crate::model::json::{Fields, FromJson};
use crate::model::{SnapshotId, Volume, VolumeId, VolumeLimits, VolumeSnapshot};

#[derive(Clone, Debug, PartialEq)]
pub struct ListVolumes {
    pub limit: u32,
    pub marker: Option<String>,
}

impl Default for ListVolumes {
    fn default() -> Self {
        Self { limit: 500, marker: None }
    }
}

impl Call for ListVolumes {
    type Reply = Page<Volume>;

    fn request(&self) -> Request {
        list("/volumes/detail", self.limit, &self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (items, body) = response.read_list(Service::BlockStorage, "volumes")?;
        Ok(Page { items, next: marker_in_links(&body["volumes_links"]) })
    }
}

impl PagedCall for ListVolumes {
    type Item = Volume;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker), ..self.clone() }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ShowVolume(pub VolumeId);

impl Call for ShowVolume {
    type Reply = Volume;

    fn request(&self) -> Request {
        Request::get(Service::BlockStorage, format!("/volumes/{}", segment(self.0.as_str())))
    }

    fn parse(&self, response: Response) -> Result<Volume, ApiError> {
        response.read_key(Service::BlockStorage, "volume")
    }
}

/// Accepted, not done. `BadRequest` while it is in use or has snapshots.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteVolume(pub VolumeId);

impl Call for DeleteVolume {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(Service::BlockStorage, Method::Delete, format!("/volumes/{}", segment(self.0.as_str())))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ListSnapshots {
    pub limit: u32,
    pub marker: Option<String>,
}

impl Default for ListSnapshots {
    fn default() -> Self {
        Self { limit: 500, marker: None }
    }
}

impl Call for ListSnapshots {
    type Reply = Page<VolumeSnapshot>;

    fn request(&self) -> Request {
        list("/snapshots/detail", self.limit, &self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (items, body) = response.read_list(Service::BlockStorage, "snapshots")?;
        Ok(Page { items, next: marker_in_links(&body["snapshots_links"]) })
    }
}

impl PagedCall for ListSnapshots {
    type Item = VolumeSnapshot;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker), ..self.clone() }
    }
}

/// `NotFound` once it is deleted. Usable when `available`.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowSnapshot(pub SnapshotId);

impl Call for ShowSnapshot {
    type Reply = VolumeSnapshot;

    fn request(&self) -> Request {
        Request::get(Service::BlockStorage, snapshot(&self.0))
    }

    fn parse(&self, response: Response) -> Result<VolumeSnapshot, ApiError> {
        response.read_key(Service::BlockStorage, "snapshot")
    }
}

/// Accepted, not done: show it until `NotFound`, or `error_deleting`. `BadRequest` unless it is `available` or `error`.
///
/// Delete the image that points at it first: without its snapshots it cannot boot.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteSnapshot(pub SnapshotId);

impl Call for DeleteSnapshot {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(Service::BlockStorage, Method::Delete, snapshot(&self.0))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Cinder's quota of the project: a snapshot of a volume-backed server needs one snapshot per volume, and their GiB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits;

impl Call for Limits {
    type Reply = VolumeLimits;

    fn request(&self) -> Request {
        Request::get(Service::BlockStorage, "/limits")
    }

    fn parse(&self, response: Response) -> Result<VolumeLimits, ApiError> {
        struct Body {
            absolute: VolumeLimits,
        }

        impl FromJson for Body {
            fn from_json(value: &Value) -> Option<Self> {
                let fields = Fields::of(value)?;
                Some(Self { absolute: fields.need("absolute")? })
            }
        }
        response.read_key::<Body>(Service::BlockStorage, "limits").map(|body| body.absolute)
    }
}

fn list(path: &str, limit: u32, marker: &Option<String>) -> Request {
    Request::get(Service::BlockStorage, path)
        .query("limit", limit.to_string())
        .query("sort", "created_at:desc")
        .marker(marker)
}

fn snapshot(id: &SnapshotId) -> String {
    format!("/snapshots/{}", segment(id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::VolumeStatus;

    #[test]
    fn reads_real_answers() {
        let answer = |body: &str| Response { status: 200, body: body.into(), ..Response::default() };
        let body = r#"{"snapshots": [{"id": "s", "created_at": "2026-11-23T10:00:00.123456", "updated_at": null, "name": "snapshot for web-1",
            "description": "", "volume_id": "v", "status": "available", "size": 1, "metadata": {},
            "os-extended-snapshot-attributes:progress": "100%"}],
            "snapshots_links": [{"rel": "next", "href": "http://x/v3/p/snapshots/detail?limit=1&marker=s"}]}"#;
        let page = ListSnapshots::default().parse(answer(body)).unwrap();
        assert_eq!((page.items[0].status.clone(), page.next.as_deref()), (VolumeStatus::Available, Some("s")));
        assert!(page.items[0].created_at.is_some());
        let body = r#"{"limits": {"rate": [], "absolute": {"maxTotalSnapshots": 10, "totalSnapshotsUsed": 9, "maxTotalVolumeGigabytes": 1000}}}"#;
        assert_eq!(Limits.parse(answer(body)).unwrap().snapshots_left(), Some(1));
        assert!(ShowVolume("v".into()).parse(answer("{}")).is_err());
    }
}
