//! PURE. What the project exists for.
