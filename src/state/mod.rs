//! The reactive glue between the pure rings and the views: who is signed in, what the cloud said last, what is running.
//! No markup.

pub mod adoption;
pub mod cache;
pub mod due;
pub mod handed_over;
pub mod launch_draft;
pub mod navigation;
pub mod operations;
pub mod perform;
pub mod polling;
pub mod queries;
pub mod scheduling;
pub mod session;
pub mod settings;
pub mod slices;
