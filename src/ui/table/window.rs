//! Which rows of a long table are in sight. Pure.

use std::collections::HashSet;
use std::ops::Range;

/// The rows to draw: those in the viewport, and `overscan` more before and after.
///
/// `scroll_top` is how far the top of the first row has been scrolled past (negative while it is still below the top).
/// The range moves in steps of half the overscan, so that most scrolling draws nothing anew.
pub fn visible_rows(scroll_top: f64, viewport: f64, row_height: f64, total: usize, overscan: usize) -> Range<usize> {
    if total == 0 || row_height <= 0.0 || viewport <= 0.0 {
        return 0..0;
    }
    let step = (overscan / 2).max(1);
    let first = (scroll_top.max(0.0) / row_height) as usize / step * step;
    let shown = (viewport / row_height).ceil() as usize + step;
    let start = first.saturating_sub(overscan).min(total.saturating_sub(shown));
    start..(first + shown + overscan).min(total)
}

/// Those of `rows` that are to be there: the ones that were `before`, and the first `most` of the new ones.
pub fn portion<'a>(before: &[String], rows: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let known: HashSet<&str> = before.iter().map(String::as_str).collect();
    let mut new = 0;
    let is_there = |row: &&str| {
        let is_known = known.contains(row);
        new += usize::from(!is_known);
        is_known || new <= most
    };
    rows.filter(is_there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_rows_come_in_portions_and_known_ones_stay() {
        let rows: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let all = || rows.iter().map(String::as_str);
        let mut there: Vec<String> = Vec::new();
        let mut steps = Vec::new();
        while there.len() < rows.len() {
            there = portion(&there, all(), 8).into_iter().map(str::to_owned).collect();
            steps.push(there.len());
        }
        assert_eq!(steps, [8, 16, 24, 30]);
        // Four come in while scrolling: at once, at either end.
        assert_eq!(portion(&rows[4..], all(), 8).len(), 30);
        assert_eq!(portion(&rows[..26], all(), 8).len(), 30);
        assert!(portion(&rows, std::iter::empty(), 8).is_empty());
        // However many come before it.
        assert_eq!(portion(&rows[28..29], all(), 2), ["0", "1", "28"]);
        assert_eq!(portion(&rows[28..], all(), 0), ["28", "29"]);
    }

    #[test]
    fn everything_in_sight_is_drawn() {
        for scroll in 0..50_000 {
            let top = f64::from(scroll) * 9.7;
            let range = visible_rows(top, 700.0, 44.0, 10_000, 20);
            let first = ((top / 44.0) as usize).min(9_999);
            let last = (((top + 700.0) / 44.0) as usize).min(9_999);
            assert!(range.contains(&first) && range.contains(&last), "{top}: {range:?}");
            assert!(range.len() < 90, "{range:?}");
        }
    }

    #[test]
    fn the_edges_hold() {
        assert_eq!(visible_rows(0.0, 700.0, 44.0, 0, 20), 0..0);
        assert_eq!(visible_rows(-300.0, 700.0, 44.0, 5, 20), 0..5);
        assert_eq!(visible_rows(1e12, 700.0, 44.0, 100, 10).end, 100);
        assert!(!visible_rows(1e12, 700.0, 44.0, 100, 10).is_empty());
        assert_eq!(visible_rows(0.0, 0.0, 44.0, 100, 10), 0..0);
    }

    #[test]
    fn small_scrolling_changes_nothing() {
        assert_eq!(visible_rows(0.0, 700.0, 44.0, 1_000, 20), visible_rows(400.0, 700.0, 44.0, 1_000, 20));
    }
}
