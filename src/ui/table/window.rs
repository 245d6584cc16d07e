//! Which rows of a long table are in sight. Pure.

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

#[cfg(test)]
mod tests {
    use super::*;

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
