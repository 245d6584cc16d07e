//! One file (or folder) per screen; thin: query, columns, actions, view. Rules live in the pure rings.

pub mod images;
pub mod not_found;
pub mod reauth;
pub mod show;
pub mod sign_in;
