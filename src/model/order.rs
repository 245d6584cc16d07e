//! The one sort of the project.
//!
//! The standard library's sort is compiled anew, in some four kilobytes, for every type and comparison that it is used
//! with. Here it sorts numbers of places, whatever they stand for.

use std::cmp::Ordering;

/// The places `0..length` in the order that `compare` gives them. Equal ones keep their order.
pub fn places(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|&a, &b| compare(a, b));
    places
}

/// Puts `all` into the order of `compare`. Equal ones keep their order.
pub fn sort<T>(all: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = places(all.len(), &|a, b| match (all.get(a), all.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    let mut taken: Vec<Option<T>> = all.drain(..).map(Some).collect();
    for place in order {
        all.extend(taken.get_mut(place).and_then(Option::take));
    }
}

#[cfg(test)]
mod tests {
    use super::sort;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(mut all: Vec<(u8, u32)>) {
            let mut expected = all.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort(&mut all, |a, b| a.0.cmp(&b.0));
            prop_assert_eq!(all, expected);
        }
    }
}
