//! PURE. Long work as state machines.
