//! PURE. What the project exists for: what an image *is* and where it came from, which backups stay and which go,
//! what a deletion takes with it, and how a strip of backups is drawn.
//!
//! - [`metadata`]: the keys that Carrete writes on images and servers, and those that Nova writes.
//! - [`kind`]: plain, snapshot or backup; of which server; which volume snapshots stand behind an image.
//! - [`index`]: all of that for all images of a project, grouped once.
//! - [`rotation`]: what Nova's own rotation will delete, predicted exactly, and proven afterwards.
//! - [`run`]: one backup that Carrete rotates itself: what is made, kept and released.
//! - [`policy`]: what a server is promised: how many backups are kept per period, and when the next is due.
//! - [`retention`]: which backups a policy keeps and which it releases, each with its reasons.
//! - [`slots`]: the moments at which a schedule is due.
//! - [`simulation`]: what a policy would have kept in some months.
//! - [`health`]: how well each server is protected, compared with its policy.
//! - [`due`]: which servers are due now, and whether they may be run.
//! - [`trouble`]: why a backup is missing, as far as the schedules in the cloud tell.
//! - [`leftovers`]: what failed backups and gone servers left behind, and what it takes to clean it.
//! - [`script`]: schedules outside of the cloud: a script and what starts it; [`reminder`]: a calendar's entry.
//! - [`workflow`]: schedules in the cloud: Carrete's workflows and triggers; [`schedule_change`]: from the triggers that are there
//!   to those that are wanted; [`executions`]: what they have done, and whether they still can.
//! - [`pin`]: keeping one backup for good.
//! - [`deletion`]: the plan of a deletion: images, refusals, volume snapshots.
//! - [`naming`]: names that Nova accepts.
//! - [`launch_fit`]: which flavors and quotas can take an image.
//! - [`reel`]: the strip of frames that shows the backups of a server.

pub mod deletion;
pub mod due;
pub mod executions;
pub mod health;
pub mod index;
pub mod kind;
pub mod launch_fit;
pub mod leftovers;
pub mod lineage;
pub mod local_time;
pub mod metadata;
pub mod naming;
pub mod pin;
pub mod policy;
pub mod reel;
pub mod reminder;
pub mod retention;
pub mod rotation;
pub mod run;
pub mod schedule_change;
pub mod script;
pub mod simulation;
pub mod slots;
pub mod trouble;
pub mod workflow;

#[cfg(test)]
pub(crate) mod samples;

pub use deletion::DeletionPlan;
pub use kind::{ImageKind, SnapshotBehind, Source, Trust};
pub use policy::{Policy, PolicyError};
pub use rotation::{Fate, Frame, RotationPlan};
