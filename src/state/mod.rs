//! The reactive glue. No markup.
