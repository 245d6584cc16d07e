//! The order of rows. Pure.

use crate::model::order;
use std::cmp::Ordering;

use super::column::Row;

/// What a cell sorts by.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// Text in the order of people: see `natural`.
    Text(Vec<u8>),
    Number(f64),
    /// Unknown: always at the end.
    None,
}

impl SortKey {
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(natural(text.as_ref()))
    }
    pub fn number(number: impl Into<f64>) -> Self {
        Self::Number(number.into())
    }
}

impl From<Option<i64>> for SortKey {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::None, |n| Self::Number(n as f64))
    }
}

/// Which column a table is sorted by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// A column's key; empty for the order in which the rows came.
    pub column: String,
    pub descending: bool,
}

impl Sort {
    pub fn ascending(column: &str) -> Self {
        Self { column: column.into(), descending: false }
    }
    pub fn descending(column: &str) -> Self {
        Self { column: column.into(), descending: true }
    }
    /// What pressing a column's header makes of it.
    pub fn pressed(&self, column: &str) -> Self {
        Self { column: column.into(), descending: self.column == column && !self.descending }
    }
}

/// The indices of the rows in the order of a column. Equal rows keep the order that they came in.
pub fn order(rows: &[Row], column: Option<usize>, descending: bool) -> Vec<usize> {
    let Some(column) = column else { return (0..rows.len()).collect() };
    let key = |index: usize| rows[index].sort.get(column).unwrap_or(&SortKey::None);
    order::places(rows.len(), &|a, b| compare(key(a), key(b), descending))
}

fn compare(a: &SortKey, b: &SortKey, descending: bool) -> Ordering {
    let ordering = match (a, b) {
        (SortKey::None, SortKey::None) => return Ordering::Equal,
        (SortKey::None, _) => return Ordering::Greater,
        (_, SortKey::None) => return Ordering::Less,
        (SortKey::Number(a), SortKey::Number(b)) => a.total_cmp(b),
        (SortKey::Text(a), SortKey::Text(b)) => a.cmp(b),
        (SortKey::Number(_), SortKey::Text(_)) => Ordering::Less,
        (SortKey::Text(_), SortKey::Number(_)) => Ordering::Greater,
    };
    if descending { ordering.reverse() } else { ordering }
}

/// A name as bytes whose plain order is that of people: capitals do not matter, and `web2` comes before `web10`.
///
/// Worked out once for each row; ten thousand names are then put in order by comparing bytes. A number stands as `0`, how
/// many digits it has, and these, so that shorter numbers come first and all of them are where digits are.
fn natural(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let digits = rest[..end].trim_start_matches('0').as_bytes();
            key.extend([b'0', digits.len().min(255) as u8]);
            key.extend(digits);
            rest = &rest[end..];
        } else {
            for lower in first.to_lowercase() {
                key.extend(lower.encode_utf8(&mut [0; 4]).as_bytes());
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(keys: &[SortKey]) -> Vec<Row> {
        keys.iter().enumerate().map(|(i, key)| Row::new(i.to_string(), "", &i).sort([key.clone()])).collect()
    }

    #[test]
    fn names_sort_as_people_sort_them() {
        let names = ["web10", "Web2", "web1", "áb", "abc 007", "abc 7b"];
        let mut sorted = names;
        sorted.sort_by_key(|name| natural(name));
        assert_eq!(sorted, ["abc 007", "abc 7b", "web1", "Web2", "web10", "áb"]);
    }

    #[test]
    fn the_unknown_stays_at_the_end_in_both_directions() {
        let rows = rows(&[SortKey::None, SortKey::Number(2.0), SortKey::Number(1.0)]);
        assert_eq!(order(&rows, Some(0), false), [2, 1, 0]);
        assert_eq!(order(&rows, Some(0), true), [1, 2, 0]);
        assert_eq!(order(&rows, None, true), [0, 1, 2]);
    }

    #[test]
    fn equal_rows_keep_their_order() {
        let rows = rows(&[SortKey::text("a"), SortKey::text("A"), SortKey::text("a")]);
        assert_eq!(order(&rows, Some(0), true), [0, 1, 2]);
    }

    #[test]
    fn a_second_press_turns_the_order_around() {
        let sort = Sort::default().pressed("name");
        assert_eq!(sort, Sort::ascending("name"));
        assert_eq!(sort.pressed("name"), Sort::descending("name"));
        assert_eq!(sort.pressed("size"), Sort::ascending("size"));
    }
}
