//! How much the backups of one server take, over time: from the dates and sizes of those that are still there. What was
//! deleted has left no trace, so this is no record of the past: it says of what age the space is that is taken today.

use std::collections::HashSet;

use crate::backup::index::Index;
use crate::backup::kind;
use crate::model::{Image, ImageId, Moment, ProjectId, ServerId, VolumeSnapshot};

/// One snapshot or backup, and what it added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub image: ImageId,
    pub name: String,
    pub at: Moment,
    /// An upper bound: see [`Known::bytes`](crate::backup::index::Known::bytes).
    pub bytes: u64,
    /// Of this one and all before it.
    pub total: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Oldest first. What has no date comes before all of them, as part of the first total.
    pub steps: Vec<Step>,
}

impl Growth {
    pub fn of(index: &Index<'_>, server: &ServerId) -> Self {
        let mut steps = Vec::new();
        let mut total = 0u64;
        let mine: Vec<_> = index.of_server(server).filter(|known| known.ours && known.bytes > 0).collect();
        // Newest first, those without a date last: so from the end, the order of time.
        for known in mine.into_iter().rev() {
            total = total.saturating_add(known.bytes);
            if let Some(at) = known.image.created_at {
                let (image, name) = (known.image.id.clone(), known.image.name.clone());
                steps.push(Step { image, name, at, bytes: known.bytes, total });
            }
        }
        Self { steps }
    }

    /// The same where nothing else of the project is wanted. `images`: at least those of the server.
    pub fn of_one<'a>(
        images: impl Iterator<Item = &'a Image>,
        snapshots: &[VolumeSnapshot],
        server: &ServerId,
        project: &ProjectId,
    ) -> Self {
        let images: Vec<&Image> = images.collect();
        // An index of all volume snapshots would cost more than all the rest, for every row of a table.
        let needed: HashSet<&str> =
            images.iter().flat_map(|it| kind::behind(it)).map(|it| it.snapshot_id.as_str()).collect();
        let snapshots: Vec<VolumeSnapshot> = match needed.is_empty() {
            true => Vec::new(),
            false => snapshots.iter().filter(|snapshot| needed.contains(snapshot.id.as_str())).cloned().collect(),
        };
        Self::of(&Index::over(&mut images.into_iter(), &snapshots, &[], project), server)
    }

    /// Bytes.
    pub fn total(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.total)
    }

    /// The corners of a staircase from the first backup to `now`, each from 0 to 1: of the time, and of the total. Empty
    /// where there is nothing to draw.
    pub fn staircase(&self, now: Moment) -> Vec<(f64, f64)> {
        let (Some(first), Some(last)) = (self.steps.first(), self.steps.last()) else { return Vec::new() };
        // A clock that is behind must not draw beyond the edge.
        let span = (now.max(last.at).0 - first.at.0).max(1) as f64;
        let mut corners = Vec::with_capacity(self.steps.len() * 2 + 1);
        let mut height = 0.0;
        for step in &self.steps {
            let x = (step.at.0 - first.at.0) as f64 / span;
            corners.push((x, height));
            height = step.total as f64 / last.total as f64;
            corners.push((x, height));
        }
        corners.push((1.0, 1.0));
        corners
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{PROJECT, backup, volume_image};
    use crate::model::{Image, VolumeSnapshot, VolumeStatus};

    const GIB: u64 = 1 << 30;

    fn growth(images: &[Image], snapshots: &[VolumeSnapshot]) -> Growth {
        Growth::of(&Index::of(images, snapshots, &[], &PROJECT.into()), &"s".into())
    }

    #[test]
    fn adds_up_in_the_order_of_time() {
        let mut undated = backup("u", 0, "s", "daily");
        undated.created_at = None;
        let mut foreign = backup("f", 5, "s", "daily");
        foreign.owner = "p2".into();
        let mut queued = backup("q", 40, "s", "daily");
        queued.size = None;
        let images = [
            backup("b", 30, "s", "daily"),
            backup("a", 10, "s", "weekly"),
            undated,
            backup("x", 20, "another", "daily"),
            foreign,
            queued,
        ];
        let growth = growth(&images, &[]);
        let seen: Vec<_> = growth.steps.iter().map(|step| (step.image.as_str(), step.total / GIB)).collect();
        assert_eq!(seen, [("a", 2), ("b", 3)]);
        assert_eq!(growth.total(), 3 * GIB);
    }

    #[test]
    fn volume_snapshots_count_with_their_size() {
        let image = volume_image("v", 10, &["d"]).with("image_type", "snapshot").with("instance_uuid", "s");
        let snapshot =
            VolumeSnapshot { id: "d".into(), size: 7, status: VolumeStatus::Available, ..VolumeSnapshot::default() };
        assert_eq!(growth(&[image], &[snapshot]).total(), 7 * GIB);
    }

    #[test]
    fn one_server_alone_is_told_the_same() {
        let mine = |id: &str, at, disk: &str| {
            volume_image(id, at, &[disk]).with("image_type", "snapshot").with("instance_uuid", "s")
        };
        let images = [mine("v", 10, "d"), backup("b", 20, "s", "daily"), mine("w", 30, "e"), mine("x", 40, "gone")];
        let disk = |id: &str, size| VolumeSnapshot {
            id: id.into(),
            size,
            status: VolumeStatus::Available,
            ..VolumeSnapshot::default()
        };
        let snapshots = [disk("other", 50), disk("e", 3), disk("d", 7)];
        let one = Growth::of_one(images.iter().rev(), &snapshots, &"s".into(), &PROJECT.into());
        assert_eq!(one, growth(&images, &snapshots));
        assert_eq!(one.total(), 11 * GIB);
        assert_eq!(Growth::of_one([].into_iter(), &snapshots, &"s".into(), &PROJECT.into()), Growth::default());
    }

    #[test]
    fn the_staircase_ends_at_the_top_right() {
        let images = [backup("a", 0, "s", "daily"), backup("b", 50, "s", "daily")];
        let all = growth(&images, &[]);
        assert_eq!(all.staircase(Moment(100)), [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]);
        // A cloud whose clock is ahead.
        assert_eq!(all.staircase(Moment(-5)).last(), Some(&(1.0, 1.0)));
        assert!(all.staircase(Moment(-5)).iter().all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)));
        assert_eq!(growth(&images[..1], &[]).staircase(Moment(0)), [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]);
        assert!(Growth::default().staircase(Moment(9)).is_empty());
    }
}
