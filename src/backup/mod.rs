//! PURE. What the project exists for: what an image *is* and where it came from, which backups stay and which go,
//! what a deletion takes with it, and how a strip of backups is drawn.
//!
//! - [`metadata`]: the keys that Carrete writes on images and servers, and those that Nova writes.
//! - [`kind`]: plain, snapshot or backup; of which server; which volume snapshots stand behind an image.
//! - [`rotation`]: what Nova's own rotation will delete, predicted exactly, and proven afterwards.
//! - [`deletion`]: the plan of a deletion: images, refusals, volume snapshots.
//! - [`naming`]: names that Nova accepts.
//! - [`launch_fit`]: which flavors and quotas can take an image.
//! - [`reel`]: the strip of frames that shows the backups of a server.

pub mod deletion;
pub mod kind;
pub mod launch_fit;
pub mod lineage;
pub mod metadata;
pub mod naming;
pub mod reel;
pub mod rotation;

#[cfg(test)]
pub(crate) mod samples;

pub use deletion::DeletionPlan;
pub use kind::{ImageKind, SnapshotBehind, Source, Trust};
pub use rotation::{Fate, Frame, RotationPlan};
