//! JSON, read and written by hand.
//!
//! serde's derive makes a parser of its own for every type, which for some forty records was a third of the page. Here
//! the text is parsed once, into a `Value`, and a type says only which fields it takes out of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Made from a JSON value; `None` when it is of another shape.
pub trait FromJson: Sized {
    fn from_json(value: &Value) -> Option<Self>;
}

pub trait ToJson {
    fn to_json(&self) -> Value;
}

/// `None` for what is no JSON.
pub fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

pub fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(&parse(text)?)
}

pub fn write(value: &dyn ToJson) -> String {
    value.to_json().to_string()
}

/// The fields of an object.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// `Null` when it is missing.
    pub fn value(self, key: &str) -> &'a Value {
        self.0.get(key).unwrap_or(&Value::Null)
    }

    /// Missing, null and of another type all become the default.
    pub fn get<T: FromJson + Default>(self, key: &str) -> T {
        T::from_json(self.value(key)).unwrap_or_default()
    }

    pub fn or<T: FromJson>(self, key: &str, default: T) -> T {
        T::from_json(self.value(key)).unwrap_or(default)
    }

    /// Elements of another shape are left out.
    pub fn list<T: FromJson>(self, key: &str) -> Vec<T> {
        list(self.value(key))
    }

    /// For what means "nothing" when it is null, where a wrong "nothing" would be a lie (a task, an owner): whatever is
    /// not null is something, and empty text when it cannot be read.
    pub fn told(self, key: &str) -> Option<String> {
        let value = self.value(key);
        (!value.is_null()).then(|| value.as_str().unwrap_or_default().to_owned())
    }

    /// The entries of an object that can be read; none when it is no object.
    pub fn map<T>(self, key: &str, read: impl Fn(&Value) -> Option<T>) -> BTreeMap<String, T> {
        let entries = self.value(key).as_object().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.clone(), read(value)?))).collect()
    }

    /// `None` unless it is there and right.
    pub fn need<T: FromJson>(self, key: &str) -> Option<T> {
        T::from_json(self.value(key))
    }

    pub fn all(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.iter()
    }
}

/// The elements that can be read; none when it is no list.
pub fn list<T: FromJson>(value: &Value) -> Vec<T> {
    let mut found = Vec::new();
    for element in value.as_array().into_iter().flatten() {
        found.extend(T::from_json(element));
    }
    found
}

impl FromJson for String {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}
impl ToJson for String {
    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }
}
impl FromJson for bool {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}
impl ToJson for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! numbers {
    ($($number:ty: $as:ident),*) => {$(
        impl FromJson for $number {
            fn from_json(value: &Value) -> Option<Self> {
                value.$as()?.try_into().ok()
            }
        }
        impl ToJson for $number {
            fn to_json(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}
numbers!(u8: as_u64, u32: as_u64, u64: as_u64, usize: as_u64, i64: as_i64);

/// Null is `None`; another shape is none at all.
impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_json(value).map(Some) }
    }
}
impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }
}
impl<T: FromJson> FromJson for Box<T> {
    fn from_json(value: &Value) -> Option<Self> {
        T::from_json(value).map(Box::new)
    }
}
impl<T: ToJson> ToJson for Box<T> {
    fn to_json(&self) -> Value {
        (**self).to_json()
    }
}
/// All elements, or nothing: what is tolerant uses `Fields::list`.
impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: &Value) -> Option<Self> {
        let elements = value.as_array()?;
        let found: Self = list(value);
        (found.len() == elements.len()).then_some(found)
    }
}
impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self) -> Value {
        let mut elements = Vec::with_capacity(self.len());
        for element in self {
            elements.push(element.to_json());
        }
        Value::Array(elements)
    }
}
impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(value: &Value) -> Option<Self> {
        let mut found = Self::new();
        for (key, value) in value.as_object()? {
            found.insert(key.clone(), T::from_json(value)?);
        }
        Some(found)
    }
}
impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_json(value: &Value) -> Option<Self> {
        match value.as_array()?.as_slice() {
            [a, b] => Some((A::from_json(a)?, B::from_json(b)?)),
            _ => None,
        }
    }
}
impl<A: ToJson, B: ToJson> ToJson for (A, B) {
    fn to_json(&self) -> Value {
        Value::Array(vec![self.0.to_json(), self.1.to_json()])
    }
}

/// For `json_enum!`: a variant as `"Name"`, or `{"Name": …}` when it holds something.
pub fn tagged(name: &str, inner: Option<Value>) -> Value {
    match inner {
        None => Value::String(name.to_owned()),
        Some(inner) => {
            let mut map = Map::new();
            map.insert(name.to_owned(), inner);
            Value::Object(map)
        }
    }
}

/// The reverse of `tagged`.
pub fn untagged(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::String(name) => Some((name, &Value::Null)),
        Value::Object(map) => map.iter().next().map(|(name, inner)| (name.as_str(), inner)),
        _ => None,
    }
}

/// A struct as a JSON object of exactly these fields: `json_struct!(Poll { due, count, failures })`.
///
/// `json_struct!(Sent { at } skip { awaiting })`: the latter are not written, and are read as their default.
/// `json_struct!(tolerant Saved { theme })`: what is missing or odd becomes the default.
#[macro_export]
macro_rules! json_struct {
    (tolerant $name:ty { $($field:ident),* $(,)? }) => {
        $crate::json_struct!(@write $name { $($field),* });
        impl $crate::model::json::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let fields = $crate::model::json::Fields::of(value)?;
                Some(Self { $($field: fields.get(stringify!($field)),)* })
            }
        }
    };
    ($name:ty { $($field:ident),* $(,)? } $(skip { $($skip:ident),* })?) => {
        $crate::json_struct!(@write $name { $($field),* });
        impl $crate::model::json::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let fields = $crate::model::json::Fields::of(value)?;
                Some(Self { $($field: fields.need(stringify!($field))?,)* $($($skip: Default::default(),)*)? })
            }
        }
    };
    (@write $name:ty { $($field:ident),* }) => {
        impl $crate::model::json::ToJson for $name {
            fn to_json(&self) -> serde_json::Value {
                let mut map = serde_json::Map::new();
                $(map.insert(stringify!($field).to_owned(), $crate::model::json::ToJson::to_json(&self.$field));)*
                serde_json::Value::Object(map)
            }
        }
    };
}

/// An enum as JSON, as serde would write it: `json_enum!(Phase { Ready, Sent(it), Ended { end, stage } })`.
#[macro_export]
macro_rules! json_enum {
    ($name:ty { $($variant:ident $(($inner:ident))? $({ $($field:ident),* $(,)? })?),* $(,)? }) => {
        impl $crate::model::json::ToJson for $name {
            fn to_json(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant $(($inner))? $({ $($field),* })? => {
                        let inner: Option<serde_json::Value> = None;
                        $(let inner = inner.or(Some($crate::model::json::ToJson::to_json($inner)));)?
                        $(
                            let mut map = serde_json::Map::new();
                            $(map.insert(stringify!($field).to_owned(), $crate::model::json::ToJson::to_json($field));)*
                            let inner = inner.or(Some(serde_json::Value::Object(map)));
                        )?
                        $crate::model::json::tagged(stringify!($variant), inner)
                    })*
                }
            }
        }
        impl $crate::model::json::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let (name, inner) = $crate::model::json::untagged(value)?;
                let _ = inner;
                match name {
                    $(stringify!($variant) => Some(Self::$variant
                        $(({ let $inner = inner; $crate::model::json::FromJson::from_json($inner)? }))?
                        $({ $($field: $crate::model::json::Fields::of(inner)?.need(stringify!($field))?,)* })?
                    ),)*
                    _ => None,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    struct Inner {
        n: u32,
        maybe: Option<String>,
    }
    json_struct!(Inner { n, maybe });

    #[derive(Debug, PartialEq)]
    enum Sum {
        Unit,
        Holds(Vec<Inner>),
        Named { pair: (String, i64), flag: bool },
    }
    json_enum!(Sum { Unit, Holds(it), Named { pair, flag } });

    #[test]
    fn writes_what_serde_would_and_refuses_what_does_not_fit() {
        let held = Sum::Holds(vec![Inner { n: 1, maybe: None }]);
        assert_eq!(held.to_json(), json!({"Holds": [{"n": 1, "maybe": null}]}));
        assert_eq!(Sum::Unit.to_json(), json!("Unit"));
        assert_eq!(Sum::from_json(&json!({"Holds": [{"n": 1}]})), Some(held));
        for odd in [
            json!(null),
            json!("Other"),
            json!("Holds"),
            json!({"Holds": [{"n": 1}, 2]}),
            json!({"Holds": [{"n": -1}]}),
            json!({"Named": {"pair": ["a"], "flag": true}}),
            json!({"Named": {"pair": ["a", 1]}}),
            json!({}),
        ] {
            assert_eq!(Sum::from_json(&odd), None, "{odd}");
        }
    }

    #[test]
    fn tolerant_fields_take_what_they_can() {
        let value = json!({"text": 5, "list": [1, "two", null, 3], "null": null});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.get::<String>("text"), "");
        assert_eq!(fields.get::<Option<String>>("text"), None);
        assert_eq!(fields.list::<u8>("list"), [1, 3]);
        assert!(fields.get::<Vec<u8>>("list").is_empty());
        assert_eq!(fields.or("nowhere", -1_i64), -1);
        assert_eq!(
            (fields.told("text").as_deref(), fields.told("null"), fields.told("nowhere")),
            (Some(""), None, None)
        );
        assert_eq!((fields.need::<u8>("null"), fields.need::<Option<u8>>("null")), (None, Some(None)));
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(n: u32, maybe: Option<String>, text: String, number: i64, flag: bool) {
            for sum in [
                Sum::Unit,
                Sum::Holds(vec![Inner { n, maybe: maybe.clone() }]),
                Sum::Named { pair: (text.clone(), number), flag },
            ] {
                prop_assert_eq!(read::<Sum>(&write(&sum)), Some(sum));
            }
        }
    }
}
