//! Turns an `ApiError` into a sentence for a person: what happened, that nothing was lost, what to do.
//!
//! The one place where that happens. The sentences stand in `locales/door/errors.yml`; each has `service` (itself a sentence),
//! `details` (the cloud's own text, for a smaller line below) and `request` (for the operator) among its arguments, the
//! last two possibly empty.

use super::call::Service;
use super::error::{Answer, ApiError, Lost};
use crate::model::{Arg, Message};

/// What is known around the error and helps to explain it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Context<'a> {
    pub doing: Doing,
    /// The user's roles in the project.
    pub roles: &'a [String],
}

/// What was being done, where the same answer means different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    #[default]
    Reading,
    SigningIn,
    /// With a token that was pasted.
    PastedToken,
    SwitchingProject,
    /// `createImage` or `createBackup`, and waiting for it.
    Snapshot,
    Launch,
    DeleteImage,
    FloatingIp,
    Keypair,
    Schedule,
}

impl<'a> Context<'a> {
    pub fn doing(doing: Doing) -> Self {
        Self { doing, roles: &[] }
    }
    pub fn with_roles(self, roles: &'a [String]) -> Self {
        Self { roles, ..self }
    }
}

/// What to tell the user.
pub fn sentence(error: &ApiError, context: Context<'_>) -> Message {
    let message = Message::new(format!("error.{}", key(error, context)));
    let message = match error.service() {
        Some(service) => message.with("service", Arg::Sentence(Box::new(service.message()))),
        None => message,
    };
    let message = match error {
        ApiError::Transport { host, .. } => message.text("host", host),
        ApiError::Cors { service, origin } => message.text("origin", origin).text("project", service.project()),
        ApiError::MethodNotOffered { offered, .. } => message.text("offered", offered.join(", ")),
        ApiError::MoreFactors { methods, .. } => {
            let sets: Vec<String> = methods.iter().map(|set| set.join(" + ")).collect();
            message.text("methods", sets.join(" / "))
        }
        ApiError::Forbidden(_) => message.text("roles", context.roles.join(", ")),
        ApiError::Decode { expected, .. } => message.text("expected", *expected),
        ApiError::Conflict(answer) => {
            let (family, word) = state_in(&answer.text);
            message.word("state", family, word)
        }
        _ => message,
    };
    let request = error.request_id().map(ToString::to_string).unwrap_or_default();
    message.text("details", error.text()).text("request", request)
}

/// The state that Nova names in a 409, as a word that has a translation: `… while it is in vm_state rescued` gives the
/// status `RESCUE` (nova/api/openstack/common.py), `… in task_state powering-off` the task.
fn state_in(text: &str) -> (&'static str, &str) {
    let state = text.rsplit_once("while it is in ").map_or("", |(_, state)| state.trim_end_matches('.'));
    match state.split_once(' ') {
        Some(("task_state", task)) => ("task", task),
        Some(("vm_state", state)) => ("status", status_of(state)),
        Some((_, state)) => ("status", state),
        None => ("status", state),
    }
}

fn status_of(vm_state: &str) -> &str {
    match vm_state {
        "active" => "ACTIVE",
        "building" => "BUILD",
        "paused" => "PAUSED",
        "suspended" => "SUSPENDED",
        "stopped" => "SHUTOFF",
        "rescued" => "RESCUE",
        "resized" => "VERIFY_RESIZE",
        "soft-delete" => "SOFT_DELETED",
        "deleted" => "DELETED",
        "error" => "ERROR",
        "shelved" => "SHELVED",
        "shelved_offloaded" => "SHELVED_OFFLOADED",
        other => other,
    }
}

fn key(error: &ApiError, context: Context<'_>) -> &'static str {
    match error {
        ApiError::Transport { lost: Lost::Offline, .. } => "offline",
        ApiError::Transport { lost: Lost::Timeout, .. } => "timeout",
        ApiError::Transport { answered_before: true, .. } => "front_door",
        ApiError::Transport { .. } => "unreachable",
        ApiError::Cors { .. } => "cors",
        ApiError::MixedContent { .. } => "mixed_content",
        ApiError::NoEndpoint { service: Service::Workflow } => "no_scheduler",
        ApiError::NoEndpoint { .. } => "no_endpoint",
        ApiError::Decode { .. } => "decode",
        ApiError::Unauthorized(_) | ApiError::NotFound(_) if context.doing == Doing::PastedToken => "pasted_token",
        ApiError::Unauthorized(answer) => sign_in(answer),
        ApiError::OtherUser => "other_user",
        ApiError::MethodNotOffered { .. } => "method_not_offered",
        ApiError::MoreFactors { .. } => "more_factors",
        ApiError::SessionEnded => "session_ended",
        ApiError::BadRequest(answer) => bad_request(answer),
        ApiError::Forbidden(answer) => forbidden(answer, context.doing),
        ApiError::NotFound(answer) => not_found(answer, context.doing),
        ApiError::Conflict(answer) => conflict(answer),
        ApiError::TooLarge(_) => "too_large",
        ApiError::Quota(answer) => quota(answer),
        ApiError::RateLimited(_) => "rate_limited",
        ApiError::Server(answer) => server(answer),
        ApiError::VersionNotSupported { .. } => "version",
        ApiError::Other(_) => "other",
    }
}

/// Keystone tells more than a plain no only to who knows the password (keystone/notifications.py).
fn sign_in(answer: &Answer) -> &'static str {
    if answer.text.contains("password is expired") {
        "password_expired"
    } else if answer.text.contains("account is disabled") {
        "account_disabled"
    } else {
        "sign_in"
    }
}

fn bad_request(answer: &Answer) -> &'static str {
    let text = answer.text.to_ascii_lowercase();
    let says = |words: &str| text.contains(words);
    match answer.service {
        Service::Compute if says("not supported for volume-backed") => "volume_backed",
        Service::Compute if says("rebuild with a different image") => "rebuild_volume_backed",
        Service::Compute if says("flavor's disk") || says("flavor's memory") || says("flavor disk") => {
            "flavor_too_small"
        }
        Service::Compute if says("key_name") => "unknown_keypair",
        Service::Compute if says("keypair data is invalid") => "keypair_invalid",
        Service::Network if says("no more ip addresses") || answer.word == "ExternalIpAddressExhausted" => "pool_empty",
        Service::BlockStorage if says("snapshot") && says("dependent") => "volume_has_snapshots",
        Service::BlockStorage if says("must be available") || says("status must be") => "volume_busy",
        Service::Workflow if says("cron triggers associated") => "workflow_in_use",
        Service::Workflow if says("invalid input") => "workflow_outdated",
        Service::Workflow if says("pattern") || says("first_execution_time") => "schedule_time",
        _ => "bad_request",
    }
}

fn forbidden(answer: &Answer, doing: Doing) -> &'static str {
    match (answer.service, doing) {
        (Service::Image, _) if answer.text.contains("is protected") => "image_protected",
        (Service::Identity, Doing::SwitchingProject) => "cannot_switch",
        _ => "forbidden",
    }
}

fn not_found(answer: &Answer, doing: Doing) -> &'static str {
    match (answer.service, doing) {
        // Nova removes the image of a snapshot that failed (nova/compute/utils.py).
        (Service::Image, Doing::Snapshot) => "snapshot_failed",
        (Service::Network, _) if answer.word.starts_with("ExternalGateway") => "no_route_to_pool",
        (Service::Workflow, _) if answer.text.contains("Workflow not found") => "workflow_missing",
        (Service::Workflow, _) if answer.text.contains("Action not found") => "no_scheduler",
        _ => "not_found",
    }
}

fn conflict(answer: &Answer) -> &'static str {
    let says = |words: &str| answer.text.contains(words);
    match answer.service {
        Service::Compute if says("task_state image_") => "snapshot_running",
        Service::Compute if says("is locked") => "locked",
        Service::Compute if says("while it is in") => "wrong_state",
        Service::Compute if says("Key pair") && says("already exists") => "keypair_exists",
        Service::Image => "image_in_use",
        Service::Network if answer.word == "IpAddressGenerationFailure" => "pool_empty",
        Service::Workflow | Service::Identity => "name_taken",
        _ => "conflict",
    }
}

fn quota(answer: &Answer) -> &'static str {
    let says = |words: &str| answer.text.contains(words);
    match answer.service {
        Service::Compute if says("HTTPOverLimit") => "quota_images",
        Service::Compute if says("resources: snapshots") => "quota_snapshots",
        Service::BlockStorage if says("SnapshotLimitExceeded") => "quota_snapshots",
        Service::Image => "quota_images",
        Service::Network if says("floatingip") => "quota_floating_ips",
        _ => "quota",
    }
}

fn server(answer: &Answer) -> &'static str {
    match (answer.service, answer.status) {
        (Service::Workflow, _)
            if answer.text.contains("managing trusts") || answer.text.contains("delegated token") =>
        {
            "schedule_needs_login"
        }
        // Running a workflow that is not there is a 500 (mistral/api/controllers/v2/execution.py).
        (Service::Workflow, _) if answer.text.contains("Workflow not found") => "workflow_missing",
        (_, 503) if answer.text.contains("No valid host") => "no_room",
        (_, 502..=504) => "front_door",
        _ => "server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openstack::call::{Method, Request, Response};

    fn said(service: Service, doing: Doing, status: u16, body: &str) -> Message {
        let response = Response { status, body: body.into(), request_id: Some("req-1".into()), ..Response::default() };
        let error = ApiError::from_response(&Request::new(service, Method::Post, "/x"), &response);
        sentence(&error, Context::doing(doing))
    }

    fn arg<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
        message.args.iter().find(|(key, _)| key == name).and_then(|(_, value)| match value {
            Arg::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    #[test]
    fn each_answer_has_its_sentence() {
        use Doing::*;
        use Service::*;
        let nova = |message: &str| format!(r#"{{"x": {{"code": 1, "message": "{message}"}}}}"#);
        let neutron = |kind: &str| {
            format!(r#"{{"NeutronError": {{"type": "{kind}", "message": "m floatingip", "detail": ""}}}}"#)
        };
        let keystone = |message: &str| format!(r#"{{"error": {{"message": "{message}"}}}}"#);
        let glance = |message: &str| format!(r#"{{"message": "{message}<br /><br />", "title": "x"}}"#);
        let mistral = |message: &str| format!(r#"{{"faultstring": "{message}"}}"#);
        for (service, doing, status, body, expected) in [
            (Identity, SigningIn, 401, keystone("The request you have made requires authentication."), "sign_in"),
            (
                Identity,
                SigningIn,
                401,
                keystone("The password is expired and needs to be changed for user: u."),
                "password_expired",
            ),
            (Identity, SigningIn, 401, keystone("The account is disabled for user: u."), "account_disabled"),
            (Identity, SwitchingProject, 403, keystone("no"), "cannot_switch"),
            (Identity, Reading, 409, keystone("duplicate"), "name_taken"),
            (Compute, Reading, 403, nova("Policy doesn't allow x to be performed."), "forbidden"),
            (Compute, Reading, 404, nova("Instance i could not be found."), "not_found"),
            (
                Compute,
                Snapshot,
                409,
                nova("Cannot 'createBackup' instance i while it is in task_state image_backup"),
                "snapshot_running",
            ),
            (
                Compute,
                Snapshot,
                409,
                nova("Cannot 'createImage' instance i while it is in vm_state rescued"),
                "wrong_state",
            ),
            (Compute, Reading, 409, nova("Instance i is locked"), "locked"),
            (Compute, Keypair, 409, nova("Key pair 'k' already exists."), "keypair_exists"),
            (Compute, Snapshot, 400, nova("Backup is not supported for volume-backed instances."), "volume_backed"),
            (Compute, Launch, 400, nova("Flavor's disk is too small for requested image."), "flavor_too_small"),
            (Compute, Launch, 400, nova("Invalid key_name provided."), "unknown_keypair"),
            (Compute, Launch, 403, nova("Quota exceeded for cores, ram: Requested 4"), "quota"),
            (Compute, Snapshot, 403, nova("Quota exceeded for resources: snapshots"), "quota_snapshots"),
            (Compute, Snapshot, 500, nova("Unexpected API Error. glanceclient.exc.HTTPOverLimit"), "quota_images"),
            (Compute, Reading, 500, nova("Unexpected API Error."), "server"),
            (Compute, Reading, 502, String::new(), "front_door"),
            (Compute, Reading, 429, String::new(), "rate_limited"),
            (Compute, Reading, 406, String::new(), "version"),
            (Compute, Reading, 418, String::new(), "other"),
            (Image, Snapshot, 404, glance("No image found with ID i"), "snapshot_failed"),
            (Image, Reading, 404, glance("No image found with ID i"), "not_found"),
            (Image, DeleteImage, 403, glance("Image i is protected and cannot be deleted."), "image_protected"),
            (Image, DeleteImage, 409, glance("Image i could not be deleted because it is in use"), "image_in_use"),
            (Image, Reading, 413, glance("The size limit was exceeded"), "quota_images"),
            (Image, Reading, 413, glance("x"), "too_large"),
            (Network, FloatingIp, 404, neutron("ExternalGatewayForFloatingIPNotFound"), "no_route_to_pool"),
            (Network, FloatingIp, 409, neutron("OverQuota"), "quota_floating_ips"),
            (Network, FloatingIp, 409, neutron("IpAddressGenerationFailure"), "pool_empty"),
            (Network, FloatingIp, 409, neutron("FloatingIPPortAlreadyAssociated"), "conflict"),
            (
                BlockStorage,
                Reading,
                413,
                r#"{"overLimit": {"message": "SnapshotLimitExceeded: Maximum"}}"#.into(),
                "quota_snapshots",
            ),
            (BlockStorage, Reading, 400, nova("Volume still has 1 dependent snapshots."), "volume_has_snapshots"),
            (BlockStorage, Reading, 400, nova("Volume status must be available or error"), "volume_busy"),
            (Workflow, Schedule, 404, mistral("Action not found"), "no_scheduler"),
            (Workflow, Schedule, 500, mistral("is not allowed for managing trusts (HTTP 403)"), "schedule_needs_login"),
            (Workflow, Schedule, 400, mistral("The specified pattern is not valid: bad"), "schedule_time"),
            (Workflow, Schedule, 409, mistral("Duplicate entry"), "name_taken"),
            (Workflow, Schedule, 404, mistral("Workflow not found [workflow_identifier=x]"), "workflow_missing"),
            (Workflow, Schedule, 404, mistral("Cron trigger not found [cron_trigger_identifier=x]"), "not_found"),
            (
                Workflow,
                Schedule,
                500,
                mistral("DBEntityNotFoundError: 404: Workflow not found [workflow_identifier=x]"),
                "workflow_missing",
            ),
            (
                Workflow,
                Schedule,
                400,
                mistral("Invalid input [name=x, class=DirectWorkflowSpec, missing=['server']]"),
                "workflow_outdated",
            ),
            (
                Workflow,
                Schedule,
                400,
                mistral("Can't delete workflow that has cron triggers associated."),
                "workflow_in_use",
            ),
            (
                Workflow,
                Schedule,
                400,
                mistral("first_execution_time must be at least 1 minute in the future."),
                "schedule_time",
            ),
            (
                Workflow,
                Schedule,
                500,
                mistral("Using a delegated token to create another token is not allowed.. (HTTP 403)"),
                "schedule_needs_login",
            ),
        ] {
            let message = said(service, doing, status, &body);
            assert_eq!(message.key, format!("error.{expected}"), "{body}");
            assert_eq!(arg(&message, "request"), Some("req-1"));
            assert!(arg(&message, "details").is_some_and(|text| !text.is_empty()));
        }
    }

    #[test]
    fn says_what_it_knows_around_the_error() {
        let roles = ["reader".to_owned()];
        let response = Response { status: 403, ..Response::default() };
        let error = ApiError::from_response(&Request::get(Service::Compute, "/x"), &response);
        assert_eq!(arg(&sentence(&error, Context::default().with_roles(&roles)), "roles"), Some("reader"));
        let cors = ApiError::Cors { service: Service::Compute, origin: "https://me".into() };
        let message = sentence(&cors, Context::default());
        assert_eq!((arg(&message, "origin"), arg(&message, "project")), (Some("https://me"), Some("nova")));
        let lost = |lost, answered_before| {
            let error =
                ApiError::Transport { service: Service::Image, host: "https://c".into(), lost, answered_before };
            sentence(&error, Context::default()).key
        };
        assert_eq!(lost(Lost::Failed, false), "error.unreachable");
        assert_eq!(lost(Lost::Failed, true), "error.front_door");
        assert_eq!(lost(Lost::Offline, true), "error.offline");
        assert_eq!(lost(Lost::Timeout, true), "error.timeout");
        assert_eq!(state_in("Cannot 'x' instance i while it is in vm_state rescued"), ("status", "RESCUE"));
        assert_eq!(state_in("Cannot 'x' instance i while it is in task_state powering-off."), ("task", "powering-off"));
        assert_eq!(state_in("other"), ("status", ""));
    }

    /// Every key that `key` can return stands in this file as a literal; so do those of `names` and `keys`.
    #[test]
    fn every_sentence_exists_in_both_languages_with_the_same_arguments() {
        let arguments = |text: &str| {
            let mut names: Vec<String> = text
                .split("%{")
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name.to_owned())
                .collect();
            names.sort();
            names.dedup();
            names
        };
        let literals = |source: &'static str| source.split('"').skip(1).step_by(2);
        let own = include_str!("sentence.rs").split("#[cfg(test)]").next().unwrap_or_default();
        let own = own.split("fn key(").nth(1).unwrap_or_default();
        let is_key = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let errors = literals(own).filter(is_key).map(|key| format!("error.{key}"));
        let invalid = literals(include_str!("names.rs")).chain(literals(include_str!("keys.rs")));
        let invalid = invalid.filter(|text| text.starts_with("invalid.")).map(str::to_owned);
        let services = Service::ALL.map(|service| service.message().key);
        // Words that are looked for in a service's text, not keys.
        let not_keys = ["first_execution_time", "dependent", "snapshot", "pattern", "key_name", "floatingip"];
        let keys = errors.filter(|key| !not_keys.iter().any(|word| key.ends_with(&format!(".{word}"))));
        let mut seen = 0;
        for key in keys.chain(invalid).chain(services) {
            let text = |language| crate::_rust_i18n_try_translate(language, &key).map(|text| text.into_owned());
            let (Some(english), Some(spanish)) = (text("en"), text("es")) else { panic!("{key} has no sentence") };
            assert_eq!(arguments(&english), arguments(&spanish), "{key}");
            assert_ne!(english, spanish, "{key}");
            seen += 1;
        }
        assert!(seen > 60, "{seen}");
    }
}
