//! What a table's columns and rows are.

use std::hash::{DefaultHasher, Hash, Hasher};

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

/// A row, without its cells: those are made only while it is in sight.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
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
        Self {
            key: key.into(),
            label: label.into(),
            stamp: hasher.finish(),
            sort: Vec::new(),
            href: None,
            unselectable: None,
        }
    }
    pub fn sort(mut self, keys: impl IntoIterator<Item = SortKey>) -> Self {
        self.sort.extend(keys);
        self
    }
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
    pub fn unselectable(mut self, reason: Option<String>) -> Self {
        self.unselectable = reason;
        self
    }
}
