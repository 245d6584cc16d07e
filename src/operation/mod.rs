//! PURE. Long work as state machines: snapshot, backup, launch, deletion.
