//! Widgets that know nothing of OpenStack.
