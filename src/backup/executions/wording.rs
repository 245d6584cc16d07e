//! Why a run failed, in words.
//!
//! `state_info` is written for programmers: names of Python classes, nested causes, and in 2025.1 the context of a failed
//! expression with **the token in it**. What is known becomes a sentence; of the rest only the cloud's own message is shown.

use crate::model::Message;

/// Longest piece of foreign text, in characters.
const LONGEST: usize = 300;

/// What part of the text means what; the first that fits wins.
const KNOWN: [(&str, &str); 18] = [
    // Carrete's own (`workflows/`).
    ("no policy that can be read", "schedule.failed.policy"),
    ("not all that the policy releases", "schedule.failed.not_all"),
    ("did not become active in time", "schedule.failed.slow"),
    ("its image is gone", "schedule.failed.vanished"),
    ("A volume snapshot of the new backup", "schedule.failed.volume_snapshot"),
    ("is not among those that count", "schedule.failed.not_counted"),
    ("does not tell the state of the volume snapshots", "schedule.failed.unclear"),
    // Mistral's own.
    ("endpoints are missing", "schedule.failed.region"),
    // The services'.
    ("Quota exceeded", "schedule.failed.quota"),
    ("LimitExceeded", "schedule.failed.quota"),
    ("HTTPOverLimit", "schedule.failed.quota"),
    ("while it is in", "schedule.failed.state"),
    // Keystone refuses to check the token of a trust whose giver has just lost the role, and a service makes a 503 of it.
    ("Keystone service is temporarily unavailable", "schedule.failed.unchecked"),
    ("HTTP 401", "schedule.failed.access"),
    ("no delegated roles", "schedule.failed.access"),
    ("HTTP 403", "schedule.failed.access"),
    ("could not be found", "schedule.failed.gone"),
    ("Workflow not found", "schedule.failed.workflow"),
];

/// `state_info` of an execution or a task in ERROR.
pub fn failure(state_info: &str) -> Message {
    let text = plain(state_info);
    let known = KNOWN.iter().find(|(words, _)| text.contains(words));
    let message = Message::new(known.map_or("schedule.failed.unknown", |(_, key)| key));
    message.text("details", said(&text))
}

/// Everything before the context of an expression, which begins with `data={`.
fn plain(state_info: &str) -> String {
    let end = ["data={", "data=<", "auth_token"].iter().filter_map(|word| state_info.find(word)).min();
    state_info[..end.unwrap_or(state_info.len())].trim_end_matches([' ', ',']).to_owned()
}

/// What the service itself said: behind the last `failed:`, without the brackets that Mistral puts around it.
fn said(text: &str) -> String {
    let text = text.rsplit_once("failed:").map_or(text, |(_, said)| said);
    let text = text.rsplit_once("error=").map_or(text, |(_, said)| said);
    let end = ["']", "\"]", "\n ["].iter().filter_map(|end| text.find(end)).min();
    let text = text[..end.unwrap_or(text.len())].replace("<br />", " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Arg;

    fn of(text: &str) -> (String, String) {
        let message = failure(text);
        let details = message.args.iter().find_map(|(name, arg)| match arg {
            Arg::Text(text) if name == "details" => Some(text.clone()),
            _ => None,
        });
        (message.key, details.unwrap())
    }

    #[test]
    fn says_what_happened_and_what_the_service_said() {
        let nova = "Failure caused by error in tasks: back_up\n\n  back_up [task_ex_id=1] -> The action raised an exception [action=<x.NovaAction object at 0x7>, action_ex_id=2, msg='NovaAction.servers.backup failed: Cannot 'createBackup' instance i while it is in vm_state rescued (HTTP 409) (Request-ID: req-1)']\n    [action_ex_id=2, idx=0]: x";
        let (key, details) = of(nova);
        assert_eq!(key, "schedule.failed.state");
        assert_eq!(
            details,
            "Cannot 'createBackup' instance i while it is in vm_state rescued (HTTP 409) (Request-ID: req-1)"
        );
        for (text, key) in [
            ("The server has no policy that can be read (metadata carrete_policy). Nothing was made.", "policy"),
            ("x failed: Instance i could not be found. (HTTP 404)", "gone"),
            ("x failed: SnapshotLimitExceeded: Maximum number (HTTP 413)", "quota"),
            ("x failed: Quota exceeded for resources: snapshots (HTTP 403)", "quota"),
            ("x failed: Policy doesn't allow it (HTTP 403)", "access"),
            ("The backup failed in the cloud, and its image is gone. Nothing was removed.", "vanished"),
            ("gibberish", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(of(text).0, format!("schedule.failed.{key}"), "{text}");
        }
    }

    #[test]
    fn a_role_lost_at_the_moment_of_a_run_looks_like_a_keystone_that_is_down() {
        let nova = "NovaAction.servers.backup failed: The server is currently unavailable. Please try again at a later time.<br /><br />\nThe Keystone service is temporarily unavailable.\n\n (HTTP 503) (Request-ID: req-1)']\n    [x";
        let (key, details) = of(nova);
        assert_eq!(key, "schedule.failed.unchecked");
        assert_eq!(
            details,
            "The server is currently unavailable. Please try again at a later time. The Keystone service is temporarily unavailable. (HTTP 503) (Request-ID: req-1)"
        );
    }

    #[test]
    fn a_token_in_the_context_of_an_expression_is_never_shown() {
        let text = "Failed to handle action completion [error=Can not evaluate YAQL expression [expression=$.x, error=No function, data={'__env': {}, 'openstack': {'auth_token': 'gAAAAABsecret', 'roles': []}}]]";
        let (key, details) = of(text);
        assert_eq!((key.as_str(), details.as_str()), ("schedule.failed.unknown", "No function"));
        for text in
            ["auth_token gAAAAABsecret", "é data={'a': 'gAAAAABsecret'}", "failed: 'auth_token': 'gAAAAABsecret"]
        {
            assert!(!of(text).1.contains("gAAAA"), "{text}");
        }
        assert!(of(&"ñ".repeat(5000)).1.chars().count() <= LONGEST);
    }
}
