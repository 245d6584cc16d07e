//! What a table's columns and rows are.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::sort::SortKey;

/// A column. The first one names the row: it is the row's link, and the title of its card on phones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub key: &'static str,
    pub title: String,
    /// Whether its header sorts.
    pub sortable: bool,
    /// Numbers: aligned to the right.
    pub number: bool,
    /// Left out where there is little room (still on cards).
    pub minor: bool,
    /// Its share of the width, as CSS has it (`12rem`, `20%`); without one it takes what is left.
    pub width: Option<&'static str>,
}

impl Column {
    /// A sortable column of text.
    pub fn new(key: &'static str, title: impl Into<String>) -> Self {
        Self { key, title: title.into(), sortable: true, number: false, minor: false, width: None }
    }
    pub fn unsortable(mut self) -> Self {
        self.sortable = false;
        self
    }
    pub fn number(mut self) -> Self {
        self.number = true;
        self
    }
    pub fn minor(mut self) -> Self {
        self.minor = true;
        self
    }
    pub fn width(mut self, width: &'static str) -> Self {
        self.width = Some(width);
        self
    }
}

/// The columns of the grid that every row is: CSS' own table layout goes through all rows whenever one of them changes.
///
/// `ticks` and `actions`: the columns at the beginning and at the end. `minor`: whether there is room for those. Where
/// there is little, columns with a width give way first: the others hold names.
pub fn grid(columns: &[Column], ticks: bool, actions: bool, minor: bool) -> String {
    let of = |column: &Column| match column.width {
        Some(width) => format!("minmax(0, {width})"),
        None => "minmax(8rem, 1fr)".to_owned(),
    };
    let own = columns.iter().filter(|column| minor || !column.minor).map(of);
    let (tick, end) = (ticks.then(|| "2.5rem".to_owned()), actions.then(|| "3rem".to_owned()));
    tick.into_iter().chain(own).chain(end).collect::<Vec<_>>().join(" ")
}

/// A row, without its cells: those are made only while it is in sight. A clone is the same row, and costs nothing.
#[derive(Clone, Debug)]
pub struct Row(Arc<Content>);

impl Deref for Row {
    type Target = Content;
    fn deref(&self) -> &Content {
        &self.0
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// What a row is.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Says which thing it is, across refreshes: an id.
    pub key: String,
    /// Its name, for screen readers and on its controls.
    pub label: String,
    /// Changes when what the cells show changes; then they are made anew.
    pub stamp: u64,
    /// What each column sorts by, in the columns' order.
    pub sort: Vec<SortKey>,
    /// Where its name leads.
    pub href: Option<String>,
    /// Why it cannot be selected.
    pub unselectable: Option<String>,
}

impl Row {
    /// `content` is everything that the cells are made from.
    pub fn new(key: impl Into<String>, label: impl Into<String>, content: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Self(Arc::new(Content {
            key: key.into(),
            label: label.into(),
            stamp: hasher.finish(),
            sort: Vec::new(),
            href: None,
            unselectable: None,
        }))
    }
    pub fn sort(mut self, keys: impl IntoIterator<Item = SortKey>) -> Self {
        Arc::make_mut(&mut self.0).sort.extend(keys);
        self
    }
    pub fn href(mut self, href: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).href = Some(href.into());
        self
    }
    pub fn unselectable(mut self, reason: Option<String>) -> Self {
        Arc::make_mut(&mut self.0).unselectable = reason;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_a_column_for_each_that_there_is_room_for() {
        let columns =
            [Column::new("name", "Name"), Column::new("age", "Age").minor().width("9rem"), Column::new("x", "X")];
        assert_eq!(grid(&columns, true, true, true), "2.5rem minmax(8rem, 1fr) minmax(0, 9rem) minmax(8rem, 1fr) 3rem");
        assert_eq!(grid(&columns, false, false, false), "minmax(8rem, 1fr) minmax(8rem, 1fr)");
    }
}
