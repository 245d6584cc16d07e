//! A staircase as small as a word, beside the figures that say the same: so it is hidden from screen readers.

use leptos::prelude::*;

const WIDTH: f64 = 56.0;
const HEIGHT: f64 = 14.0;
/// The line's own thickness must not be cut off.
const MARGIN: f64 = 1.0;

/// `corners`: each from 0 to 1, from left to right and from bottom to top. Fewer than two draw nothing.
pub fn sparkline(corners: &[(f64, f64)]) -> AnyView {
    if corners.len() < 2 {
        return ().into_any();
    }
    let line = path(corners, WIDTH, HEIGHT, MARGIN);
    let area = format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z");
    view! {
        <svg class="c-spark" viewBox="0 0 56 14" preserveAspectRatio="none" aria-hidden="true">
            <path class="c-spark-area" d=area />
            <path class="c-spark-line" d=line />
        </svg>
    }
    .into_any()
}

/// A line through the corners, in whole units: those that fall upon the one before are left out, since a hundred backups
/// make no hundred steps in so little room.
pub fn path(corners: &[(f64, f64)], width: f64, height: f64, margin: f64) -> String {
    let place = |(x, y): &(f64, f64)| {
        ((x * width).round() as i64, ((1.0 - y) * (height - 2.0 * margin) + margin).round() as i64)
    };
    let mut points: Vec<(i64, i64)> = corners.iter().map(place).collect();
    points.dedup();
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x} {y}")).collect();
    format!("M{}", points.join("L"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_within_its_frame() {
        let corners = [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)];
        assert_eq!(path(&corners, 56.0, 14.0, 1.0), "M0 13L0 7L28 7L28 1L56 1");
    }

    #[test]
    fn a_thousand_steps_are_not_drawn_each() {
        let corners: Vec<(f64, f64)> = (0..=1_000).map(|n| (f64::from(n) / 1_000.0, f64::from(n) / 1_000.0)).collect();
        assert!(path(&corners, 56.0, 14.0, 1.0).split('L').count() < 100);
    }
}
