//! The browser's journal: one entry of `localStorage` per operation, with the user whose work it is.

use serde_json::Value;

use crate::browser::storage::Store;
use crate::model::UserId;
use crate::model::json::{Fields, FromJson, ToJson};
use crate::operation::{Operation, OperationId};

const PREFIX: &str = "carrete.operation.";

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// `None`: written by an older version of the page, which did not tell users apart.
    pub user: Option<UserId>,
    pub operation: Operation,
}

/// The operation's own fields, and the user beside them.
impl ToJson for Record {
    fn to_json(&self) -> Value {
        let mut value = self.operation.to_json();
        if let (Some(fields), Some(user)) = (value.as_object_mut(), &self.user) {
            fields.insert("user".to_owned(), user.to_json());
        }
        value
    }
}

impl FromJson for Record {
    fn from_json(value: &Value) -> Option<Self> {
        let user = Fields::of(value)?.get("user");
        Some(Self { user, operation: Operation::from_json(value)? })
    }
}

/// Whether this user may see it and drive it.
pub(super) fn is_of(owner: Option<&UserId>, user: &UserId) -> bool {
    owner.is_none_or(|owner| owner == user)
}

/// Those of one user, newest first.
pub(super) fn of(user: &UserId) -> Vec<Record> {
    let mut read: Vec<Record> = Store::Local.keys(PREFIX).iter().filter_map(|key| Store::Local.get(key)).collect();
    read.retain(|record| is_of(record.user.as_ref(), user));
    read.sort_by_key(|Record { operation, .. }| std::cmp::Reverse((operation.started, operation.id.clone())));
    read
}

pub(super) fn read(id: &OperationId) -> Option<Operation> {
    Store::Local.get::<Record>(&key(id)).map(|record| record.operation)
}

/// Whether it was written.
pub(super) fn write(record: &Record) -> bool {
    Store::Local.set(&key(&record.operation.id), record)
}

pub(super) fn remove(id: &OperationId) {
    Store::Local.remove(&key(id));
}

/// Also the name of the lock of who drives it.
pub(super) fn key(id: &OperationId) -> String {
    format!("{PREFIX}{}", id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moment;
    use crate::model::json;
    use crate::operation::{Deletion, Kind, Place};

    fn operation() -> Operation {
        let place =
            Place { project: "p1".into(), project_name: "p".into(), cloud: "https://k/v3".into(), region: "R".into() };
        Operation::new(OperationId("op1".into()), Moment(100), place, Kind::DeleteImages(Deletion::new(Vec::new())))
    }

    #[test]
    fn an_operation_is_its_users_and_an_old_one_without_a_user_is_still_read() {
        let record = Record { user: Some("u1".into()), operation: operation() };
        let text = json::write(&record);
        assert_eq!(json::read::<Record>(&text), Some(record));
        // What is in the journal of an older page, and what an older page makes of this one's.
        let old = json::write(&operation());
        assert_eq!(json::read::<Record>(&old), Some(Record { user: None, operation: operation() }));
        assert_eq!(json::read::<Operation>(&text), Some(operation()));
        assert!(json::read::<Record>(r#"{"user": "u1"}"#).is_none());
    }

    #[test]
    fn only_ones_own_is_shown() {
        let (ana, bob): (UserId, UserId) = ("ana".into(), "bob".into());
        assert!(is_of(Some(&ana), &ana) && is_of(None, &ana));
        assert!(!is_of(Some(&ana), &bob));
    }
}
