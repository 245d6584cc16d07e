//! Servers: list, show, delete, their metadata, disks and console log.

use std::collections::BTreeMap;

use serde_json::json;

use super::of_server;
use crate::model::{Server, ServerId, VolumeAttachment};
use crate::openstack::call::{Call, Method, Page, PagedCall, Request, Response, Service, marker_in_links, segment};
use crate::openstack::error::ApiError;

/// The project's servers, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ListServers {
    /// A page's length; Nova gives 1000 at most.
    pub limit: u32,
    pub marker: Option<String>,
}

impl Default for ListServers {
    fn default() -> Self {
        Self { limit: 500, marker: None }
    }
}

impl Call for ListServers {
    type Reply = Page<Server>;

    fn request(&self) -> Request {
        Request::get(Service::Compute, "/servers/detail")
            .query("limit", self.limit.to_string())
            .query("sort_key", "created_at")
            .query("sort_dir", "desc")
            .marker(&self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (items, body) = response.read_list(Service::Compute, "servers")?;
        Ok(Page { items, next: marker_in_links(&body["servers_links"]) })
    }
}

impl PagedCall for ListServers {
    type Item = Server;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker), ..self.clone() }
    }
}

/// `NotFound` once it is deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowServer(pub ServerId);

impl Call for ShowServer {
    type Reply = Server;

    fn request(&self) -> Request {
        Request::get(Service::Compute, of_server(&self.0, ""))
    }

    fn parse(&self, response: Response) -> Result<Server, ApiError> {
        response.read_key(Service::Compute, "server")
    }
}

/// Accepted, not done: show it until `NotFound`. `Conflict` when it is locked.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteServer(pub ServerId);

impl Call for DeleteServer {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(Service::Compute, Method::Delete, of_server(&self.0, ""))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Adds and overwrites keys; the others stay. `Conflict` when the server is locked or not in a calm state; `Forbidden` or
/// `Quota` beyond 128 keys.
#[derive(Clone, Debug, PartialEq)]
pub struct SetServerMetadata {
    pub server: ServerId,
    pub metadata: BTreeMap<String, String>,
}

impl Call for SetServerMetadata {
    /// All metadata as they are now.
    type Reply = BTreeMap<String, String>;

    fn request(&self) -> Request {
        Request::new(Service::Compute, Method::Post, of_server(&self.server, "/metadata"))
            .json(&json!({ "metadata": self.metadata }))
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        response.read_key(Service::Compute, "metadata")
    }
}

/// Removes one key. `NotFound` when it is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteServerMetadata {
    pub server: ServerId,
    pub key: String,
}

impl Call for DeleteServerMetadata {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(
            Service::Compute,
            Method::Delete,
            of_server(&self.server, &format!("/metadata/{}", segment(&self.key))),
        )
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// A server's volumes with their device names: which of them is the root disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachments(pub ServerId);

impl Call for Attachments {
    type Reply = Vec<VolumeAttachment>;

    fn request(&self) -> Request {
        Request::get(Service::Compute, of_server(&self.0, "/os-volume_attachments"))
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        Ok(response.read_list(Service::Compute, "volumeAttachments")?.0)
    }
}

/// The last lines of the console's log. `Conflict` while the server is not ready, `Other` (501) where it has none.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsoleOutput {
    pub server: ServerId,
    pub lines: u32,
}

impl Call for ConsoleOutput {
    type Reply = String;

    fn request(&self) -> Request {
        Request::new(Service::Compute, Method::Post, of_server(&self.server, "/action"))
            .json(&json!({ "os-getConsoleOutput": { "length": self.lines } }))
    }

    fn parse(&self, response: Response) -> Result<String, ApiError> {
        response.read_key(Service::Compute, "output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServerStatus;

    fn answer(body: &str) -> Response {
        Response { status: 200, body: body.into(), ..Response::default() }
    }

    #[test]
    fn a_page_tells_where_the_next_begins_and_the_link_is_not_followed() {
        let page = ListServers::default()
            .parse(answer(
                r#"{"servers": [{"id": "a", "name": "web", "status": "ACTIVE", "image": "", "OS-EXT-STS:task_state": null},
                    {"id": "b", "status": "UNKNOWN", "tenant_id": "p", "links": []}, 7],
                   "servers_links": [{"rel": "next", "href": "http://internal:8774/v2.1/servers/detail?limit=2&marker=b"}]}"#,
            ))
            .unwrap();
        assert_eq!(page.items.len(), 2);
        assert_eq!((page.items[1].status.clone(), page.items[1].name.as_str()), (ServerStatus::Unknown, ""));
        assert_eq!(page.next.as_deref(), Some("b"));
        let next = ListServers::default().after("b".into()).request();
        assert_eq!(next.path, "/servers/detail");
        assert!(next.query.contains(&("marker".into(), "b".into())));
        assert_eq!(ListServers::default().parse(answer(r#"{"servers": []}"#)).unwrap().next, None);
    }

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(ShowServer("../flavors?x".into()).request().path, "/servers/..%2Fflavors%3Fx");
        let call = DeleteServerMetadata { server: "s".into(), key: "a b/c".into() };
        assert_eq!(call.request().path, "/servers/s/metadata/a%20b%2Fc");
    }

    #[test]
    fn reads_attachments_and_console() {
        let body = r#"{"volumeAttachments": [{"volumeId": "v", "serverId": "s", "device": "/dev/vda", "tag": null}]}"#;
        assert!(Attachments("s".into()).parse(answer(body)).unwrap()[0].is_root());
        let call = ConsoleOutput { server: "s".into(), lines: 50 };
        assert_eq!(call.parse(answer(r#"{"output": "hi\n"}"#)).unwrap(), "hi\n");
    }
}
