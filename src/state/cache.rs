//! What is known of one query, and whether it has to be asked (again). Pure: the time is an argument, asking is up to
//! the caller.
//!
//! An answer is shared by all who watch it, kept when a newer attempt fails, and forgotten some minutes after the last
//! watcher has left.

use std::any::Any;
use std::sync::Arc;

use crate::openstack::ApiError;

/// Milliseconds for which an answer is good enough for a view that opens. What is on the screen is asked for more often:
/// `polling` decides.
pub const FRESH: f64 = 60_000.0;
/// Milliseconds for which an answer is kept that nobody watches.
pub const KEPT: f64 = 300_000.0;

/// An answer of any type.
pub type Data = Arc<dyn Any + Send + Sync>;

/// One query. The moments are milliseconds since 1970.
#[derive(Clone)]
pub struct Entry {
    /// The last good answer, or the first pages of the first one.
    data: Option<Data>,
    /// When it came; `None` while there is none, or only a part.
    at: Option<f64>,
    /// When the newest attempt began, and when the one did that brought `data`: what it says was true after that.
    begun: f64,
    since: Option<f64>,
    /// When the newest attempt ended.
    tried: Option<f64>,
    /// Why it failed, if it did, and how many have failed since the last good one.
    error: Option<ApiError>,
    failures: u32,
    /// An attempt is under way.
    running: bool,
    /// Something has changed in the cloud since the newest attempt began: what it brings may be older.
    stale: bool,
    /// The answer was amended while the attempt was under way, which may not know of it.
    overtaken: bool,
    watchers: u32,
    /// When the last watcher left; until there was one, when it was made.
    left: f64,
}

impl Entry {
    /// Whoever made it is about to watch it, but others may be made before that.
    pub fn new(now: f64) -> Self {
        Self {
            data: None,
            at: None,
            begun: 0.0,
            since: None,
            tried: None,
            error: None,
            failures: 0,
            running: false,
            stale: false,
            overtaken: false,
            watchers: 0,
            left: now,
        }
    }

    pub fn data(&self) -> Option<&Data> {
        self.data.as_ref()
    }
    pub fn at(&self) -> Option<f64> {
        self.at
    }
    /// When the attempt began that brought the last good answer; `None` while there is none, or only a part.
    pub fn since(&self) -> Option<f64> {
        self.since
    }
    pub fn error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// Milliseconds since the newest attempt, and how many have failed in a row. `None` if there was none, or while one
    /// is under way: a slow answer is waited for, not asked for again.
    pub fn tried(&self, now: f64) -> Option<(f64, u32)> {
        self.tried.filter(|_| !self.running).map(|tried| (now - tried, self.failures))
    }

    /// Somebody shows it from now on. Whether it has to be asked: then the attempt has begun.
    #[must_use]
    pub fn watch(&mut self, now: f64) -> bool {
        self.watchers += 1;
        let good = !self.stale && self.at.is_some_and(|at| now - at < FRESH);
        // What has just failed is not asked again for every view that opens.
        let failed = self.error.is_some() && self.tried.is_some_and(|tried| now - tried < 1000.0);
        !good && !failed && self.begin(now)
    }

    pub fn leave(&mut self, now: f64) {
        self.watchers = self.watchers.saturating_sub(1);
        self.left = now;
    }

    /// What is known may not be true any more. Whether it has to be asked: at once if somebody watches, or else when the
    /// next one comes; and after the attempt that is under way, which may have been answered too early.
    #[must_use]
    pub fn refresh(&mut self, now: f64) -> bool {
        self.stale = true;
        self.watchers > 0 && self.begin(now)
    }

    /// What the cloud said of a part of the answer, when it was asked to change it: shown at once. An attempt that is under
    /// way may be older than that, so it brings nothing, and there is another one after it. Of the first pages nothing is
    /// amended: the whole list comes anyway.
    pub fn amend(&mut self, data: Data) {
        if self.at.is_some() {
            self.data = Some(data);
            self.overtaken = self.running;
            self.stale |= self.running;
        }
    }

    fn begin(&mut self, now: f64) -> bool {
        let begins = !self.running;
        self.running = true;
        if begins {
            self.stale = false;
            self.begun = now;
        }
        begins
    }

    /// The first pages, while nothing better is there. Whether anything changed.
    pub fn part(&mut self, data: Data) -> bool {
        let takes = self.at.is_none();
        if takes {
            self.data = Some(data);
        }
        takes
    }

    /// The end of an attempt. Whether the next one begins at once.
    #[must_use]
    pub fn finish(&mut self, outcome: Result<Data, ApiError>, now: f64) -> bool {
        self.running = false;
        self.tried = Some(now);
        let overtaken = std::mem::take(&mut self.overtaken);
        match outcome {
            Ok(_) if overtaken => (self.error, self.failures) = (None, 0),
            Ok(data) => {
                (self.data, self.at, self.error, self.failures) = (Some(data), Some(now), None, 0);
                self.since = Some(self.begun);
            }
            Err(error) => {
                (self.error, self.failures) = (Some(error), self.failures + 1);
                if self.at.is_none() {
                    // A part that will never be whole would look like all there is.
                    self.data = None;
                }
            }
        }
        self.stale && self.watchers > 0 && self.begin(now)
    }

    /// Nobody has watched it for long.
    pub fn is_forgotten(&self, now: f64) -> bool {
        self.watchers == 0 && !self.running && now - self.left > KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data(n: u32) -> Data {
        Arc::new(n)
    }

    fn shown(entry: &Entry) -> Option<u32> {
        entry.data().and_then(|data| data.downcast_ref().copied())
    }

    #[test]
    fn many_watchers_ask_once_and_a_later_one_takes_what_is_fresh() {
        let mut entry = Entry::new(0.0);
        assert!(entry.watch(0.0));
        assert!(!entry.watch(1.0), "it is being asked");
        assert_eq!(entry.tried(2.0), None);
        assert!(!entry.finish(Ok(data(1)), 10.0));
        assert_eq!((shown(&entry), entry.at(), entry.tried(25.0)), (Some(1), Some(10.0), Some((15.0, 0))));
        assert!(!entry.watch(FRESH));
        assert!(entry.watch(FRESH + 11.0));
    }

    #[test]
    fn a_failed_refresh_keeps_the_answer_and_its_age() {
        let mut entry = Entry::new(0.0);
        assert!(entry.watch(0.0) && !entry.finish(Ok(data(1)), 10.0));
        for n in 1..4 {
            let now = 20.0 * f64::from(n);
            assert!(entry.refresh(now) && !entry.finish(Err(ApiError::SessionEnded), now));
            assert_eq!((shown(&entry), entry.at(), entry.since()), (Some(1), Some(10.0), Some(0.0)));
            assert_eq!(entry.tried(20.0 * f64::from(n)), Some((0.0, n)));
            assert!(entry.error().is_some());
        }
        assert!(entry.refresh(80.0) && !entry.finish(Ok(data(2)), 90.0));
        assert_eq!((shown(&entry), entry.error(), entry.tried(90.0)), (Some(2), None, Some((0.0, 0))));
    }

    #[test]
    fn what_changed_during_an_attempt_is_asked_once_more_after_it() {
        let mut entry = Entry::new(0.0);
        assert!(entry.watch(0.0));
        assert!(!entry.refresh(0.5) && !entry.refresh(0.6));
        assert!(entry.finish(Ok(data(1)), 1.0), "the next attempt begins");
        assert_eq!((entry.tried(2.0), entry.since()), (None, Some(0.0)), "what came may be older than the change");
        assert!(!entry.finish(Ok(data(2)), 3.0));
        assert_eq!(entry.since(), Some(1.0));
    }

    #[test]
    fn nobody_asks_for_what_nobody_watches() {
        let mut entry = Entry::new(0.0);
        assert!(entry.watch(0.0) && !entry.finish(Ok(data(1)), 1.0));
        entry.leave(2.0);
        assert!(!entry.refresh(80.0));
        assert!(entry.watch(3.0), "it is out of date though young");
        entry.leave(4.0);
        assert!(!entry.refresh(80.0) && !entry.finish(Ok(data(2)), 5.0));
        assert!(entry.watch(6.0), "it changed while it was asked and nobody watched");
    }

    #[test]
    fn first_pages_are_shown_until_all_is_there_and_vanish_with_a_failure() {
        let mut entry = Entry::new(0.0);
        assert!(entry.watch(0.0) && entry.part(data(1)));
        assert_eq!((shown(&entry), entry.at()), (Some(1), None));
        assert!(!entry.finish(Err(ApiError::SessionEnded), 1.0));
        assert_eq!(shown(&entry), None);
        assert!(entry.refresh(80.0) && entry.part(data(2)) && !entry.finish(Ok(data(3)), 2.0));
        assert!(entry.refresh(80.0) && !entry.part(data(4)), "a refresh does not shrink the list to its first page");
        assert_eq!(shown(&entry), Some(3));
    }

    #[test]
    fn what_was_changed_is_shown_at_once_and_no_older_answer_takes_it_back() {
        let mut entry = Entry::new(0.0);
        entry.amend(data(9));
        assert_eq!(shown(&entry), None, "a part is not all there is");
        assert!(entry.watch(0.0) && !entry.finish(Ok(data(1)), 1.0));
        entry.amend(data(2));
        assert_eq!((shown(&entry), entry.at(), entry.since()), (Some(2), Some(1.0), Some(0.0)), "the rest is as old");
        assert!(entry.refresh(2.0) && !entry.finish(Ok(data(3)), 3.0));
        assert_eq!(shown(&entry), Some(3));

        assert!(entry.refresh(4.0));
        entry.amend(data(5));
        assert!(entry.finish(Ok(data(4)), 6.0), "another one follows");
        assert_eq!((shown(&entry), entry.since()), (Some(5), Some(2.0)));
        assert!(!entry.finish(Ok(data(6)), 7.0));
        assert_eq!((shown(&entry), entry.since()), (Some(6), Some(6.0)));
    }

    #[test]
    fn what_nobody_watches_yet_is_not_forgotten_at_once() {
        let now = 1.8e12;
        let mut entry = Entry::new(now);
        assert!(!entry.is_forgotten(now) && !entry.is_forgotten(now + 1.0));
        assert!(entry.is_forgotten(now + KEPT + 1.0));
        assert!(entry.watch(now + 2.0) && !entry.is_forgotten(now + KEPT + 1.0));
    }

    #[test]
    fn what_nobody_watches_is_forgotten_after_a_while() {
        let mut entry = Entry::new(0.0);
        assert!(entry.watch(0.0));
        entry.leave(1.0);
        assert!(!entry.is_forgotten(KEPT * 2.0), "it is being asked");
        assert!(!entry.finish(Ok(data(1)), 2.0));
        assert!(!entry.is_forgotten(KEPT) && entry.is_forgotten(KEPT + 2.0));
        assert!(!entry.watch(3.0) && !entry.is_forgotten(KEPT * 9.0));
    }

    proptest! {
        /// However views come and go, at most one attempt is under way, and after the last change somebody who watches
        /// gets an answer that is newer than it.
        #[test]
        fn never_two_attempts_and_never_an_old_answer(steps in prop::collection::vec(0..5_u8, 1..60)) {
            let (mut entry, mut under_way, mut watchers) = (Entry::new(0.0), None::<u32>, 0_u32);
            // The cloud's state counts its changes; an attempt brings what it was when it began.
            let (mut cloud, mut now) = (0_u32, 0.0);
            let end = |entry: &mut Entry, under_way: &mut Option<u32>, cloud: u32, good: bool, now: f64| {
                if let Some(state) = under_way.take() {
                    let outcome = if good { Ok(data(state)) } else { Err(ApiError::SessionEnded) };
                    if entry.finish(outcome, now) {
                        *under_way = Some(cloud);
                    }
                }
            };
            for step in steps {
                now += 2000.0;
                let begins = match step {
                    0 => { watchers += 1; entry.watch(now) }
                    1 => { if watchers > 0 { watchers -= 1; entry.leave(now); } false }
                    2 => { cloud += 1; entry.refresh(now) }
                    3 => { end(&mut entry, &mut under_way, cloud, true, now); false }
                    _ => { end(&mut entry, &mut under_way, cloud, false, now); false }
                };
                if begins {
                    prop_assert_eq!(under_way, None);
                    under_way = Some(cloud);
                }
            }
            if watchers == 0 && entry.watch(now) {
                under_way = Some(cloud);
            }
            while under_way.is_some() {
                end(&mut entry, &mut under_way, cloud, true, now);
            }
            // Unless the newest attempt failed: then the poll asks again, and the view says so.
            if entry.error().is_none() {
                prop_assert_eq!(shown(&entry), Some(cloud));
            }
        }
    }
}
