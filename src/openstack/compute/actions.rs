//! What was done to a server, as Nova remembers it: the only place that tells of a failed snapshot.

use super::of_server;
use crate::model::{InstanceAction, RequestId, ServerId};
use crate::openstack::call::{Call, Request, Response, Service, segment};
use crate::openstack::error::ApiError;

/// The last actions on a server, newest first, without their events.
#[derive(Clone, Debug, PartialEq)]
pub struct ListActions {
    pub server: ServerId,
}

impl Call for ListActions {
    type Reply = Vec<InstanceAction>;

    fn request(&self) -> Request {
        // `limit` came with 2.58; without a header it is refused by nobody but ignored, so it is not sent.
        Request::get(Service::Compute, of_server(&self.server, "/os-instance-actions"))
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        Ok(response.read_list(Service::Compute, "instanceActions")?.0)
    }
}

/// One action with its events, by the request id of the call that began it. `NotFound` until Nova has written it.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowAction {
    pub server: ServerId,
    pub request: RequestId,
}

impl Call for ShowAction {
    type Reply = InstanceAction;

    fn request(&self) -> Request {
        let path = format!("/os-instance-actions/{}", segment(self.request.as_str()));
        Request::get(Service::Compute, of_server(&self.server, &path))
    }

    fn parse(&self, response: Response) -> Result<InstanceAction, ApiError> {
        response.read_key(Service::Compute, "instanceAction")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_of_a_failed_snapshot() {
        let body = r#"{"instanceAction": {"action": "createImage", "instance_uuid": "s", "request_id": "req-1", "user_id": "u",
            "start_time": "2026-11-23T10:00:00.000000", "message": "Error", "updated_at": null,
            "events": [{"event": "compute_snapshot_instance", "start_time": "2026-11-23T10:00:00.000000", "finish_time": null, "result": "Error"}]}}"#;
        let call = ShowAction { server: "s".into(), request: "req-1".into() };
        let action = call.parse(Response { body: body.into(), ..Response::default() }).unwrap();
        assert!(action.has_failed() && !action.has_finished());
        assert_eq!(call.request().path, "/servers/s/os-instance-actions/req-1");
    }
}
