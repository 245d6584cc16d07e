//! The order of rows. Pure.

use std::cmp::Ordering;

use super::column::Row;

/// What a cell sorts by.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    Text(String),
    Number(f64),
    /// Unknown: always at the end.
    None,
}

impl SortKey {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
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
    let mut indices: Vec<usize> = (0..rows.len()).collect();
    if let Some(column) = column {
        let key = |index: usize| rows[index].sort.get(column).unwrap_or(&SortKey::None);
        indices.sort_by(|&a, &b| compare(key(a), key(b), descending));
    }
    indices
}

fn compare(a: &SortKey, b: &SortKey, descending: bool) -> Ordering {
    let ordering = match (a, b) {
        (SortKey::None, SortKey::None) => return Ordering::Equal,
        (SortKey::None, _) => return Ordering::Greater,
        (_, SortKey::None) => return Ordering::Less,
        (SortKey::Number(a), SortKey::Number(b)) => a.total_cmp(b),
        (SortKey::Text(a), SortKey::Text(b)) => natural(a, b),
        (SortKey::Number(_), SortKey::Text(_)) => Ordering::Less,
        (SortKey::Text(_), SortKey::Number(_)) => Ordering::Greater,
    };
    if descending { ordering.reverse() } else { ordering }
}

/// As people order names: capitals do not matter, and `web2` comes before `web10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else { return a.len().cmp(&b.len()) };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (first, rest_a) = digits(a);
            let (second, rest_b) = digits(b);
            let ordering = first.len().cmp(&second.len()).then_with(|| first.cmp(second));
            if ordering != Ordering::Equal {
                return ordering;
            }
            (a, b) = (rest_a, rest_b);
        } else {
            let ordering = x.to_lowercase().cmp(y.to_lowercase());
            if ordering != Ordering::Equal {
                return ordering;
            }
            (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]);
        }
    }
}

/// The number at the beginning, without its leading zeros, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
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
        sorted.sort_by(|a, b| natural(a, b));
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
