//! What setting one policy on several servers would change.

use super::{Policy, of_server};
use crate::backup::metadata;
use crate::model::Server;

/// What a new policy would replace on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is none yet.
    First,
    /// The same stands there already, perhaps written otherwise.
    Same,
    /// The line that stands there.
    Replaces(String),
    /// The line that stands there, which nobody can read.
    ReplacesUnreadable(String),
}

impl Change {
    pub fn of(server: &Server, new: &Policy) -> Self {
        let line = || server.metadata.get(metadata::POLICY).cloned().unwrap_or_default();
        match of_server(server) {
            None => Self::First,
            Some(Ok(old)) if old == *new => Self::Same,
            Some(Ok(_)) => Self::Replaces(line()),
            Some(Err(_)) => Self::ReplacesUnreadable(line()),
        }
    }
}

/// The policy that all of them have: where to begin when they get one together.
pub fn in_common<'a>(servers: impl IntoIterator<Item = &'a Server>) -> Option<Policy> {
    let mut policies = servers.into_iter().map(|server| of_server(server).and_then(Result::ok));
    let first = policies.next()??;
    policies.all(|policy| policy == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(policy: Option<&str>) -> Server {
        let metadata = policy.map(|text| (metadata::POLICY.to_owned(), text.to_owned())).into_iter().collect();
        Server { metadata, ..Server::default() }
    }

    #[test]
    fn tells_what_would_be_replaced() {
        let new = Policy::parse("last=3 daily=7; every=day at=03:00Z").unwrap();
        for (old, change) in [
            (None, Change::First),
            (Some("daily=7 last=3; at=03:00Z"), Change::Same),
            (Some("last=3"), Change::Replaces("last=3".into())),
            (Some("last=many"), Change::ReplacesUnreadable("last=many".into())),
            (Some(""), Change::ReplacesUnreadable(String::new())),
        ] {
            assert_eq!(Change::of(&server(old), &new), change);
        }
    }

    #[test]
    fn begins_with_what_all_have() {
        let common = |all: &[Option<&str>]| in_common(&all.iter().map(|text| server(*text)).collect::<Vec<_>>());
        assert_eq!(common(&[Some("last=3"), Some("last=3")]), Policy::parse("last=3").ok());
        assert_eq!(common(&[Some("last=3"), Some("last=4")]), None);
        assert_eq!(common(&[Some("last=3"), None]), None);
        assert_eq!(common(&[Some("?"), Some("last=3")]), None);
        assert_eq!(common(&[]), None);
    }
}
