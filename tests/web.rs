//! Widgets in a browser.
