//! What is worked out of a long list, in slices between which the browser draws and hears.
//!
//! Ten thousand images are looked through in a tenth of a second; in one piece that would be a pause that is felt.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;

/// How many elements a slice takes: some milliseconds.
pub const SLICE: usize = 400;

/// Work on a list, from its beginning to its end.
pub trait Work: 'static {
    type Done: Send + Sync + 'static;
    /// The next `SLICE` elements, or fewer. Whether more are left.
    fn step(&mut self) -> bool;
    fn done(self) -> Self::Done;
}

/// The result for what `begin` was last made of; the one before until then, and at first the default. `begin` is tracked.
///
/// What fits into a slice is there at once.
pub fn in_slices<W: Work>(begin: impl Fn() -> W + 'static) -> ReadSignal<Arc<W::Done>>
where
    W::Done: Default,
{
    let (result, set) = signal(Arc::new(W::Done::default()));
    // Counts the beginnings: work on what is not true any more ends.
    let newest = StoredValue::new(0_u64);
    let effect = RenderEffect::new(move |count: Option<u64>| {
        let mine = count.unwrap_or(0) + 1;
        newest.set_value(mine);
        let mut work = begin();
        if !work.step() {
            set.set(Arc::new(work.done()));
        } else {
            spawn_local(async move {
                loop {
                    clock::sleep(0).await;
                    if newest.try_get_value() != Some(mine) {
                        return;
                    }
                    if !work.step() {
                        break;
                    }
                }
                // The views' own work on the result is a slice of its own.
                clock::sleep(0).await;
                if newest.try_get_value() == Some(mine) {
                    set.try_set(Arc::new(work.done()));
                }
            });
        }
        mine
    });
    on_cleanup(move || drop(effect));
    result
}
