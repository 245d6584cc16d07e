//! One file (or folder) per screen; thin: query, columns, actions, view. Rules live in the pure rings.

pub mod images;
pub mod instances;
pub mod launch;
pub mod leftovers;
pub mod not_found;
pub mod operation_card;
pub mod operations;
pub mod protection;
pub mod reauth;
pub mod schedules;
pub mod settings;
pub mod show;
pub mod sign_in;
