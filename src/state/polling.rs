//! How often the cloud is asked: fast for what is changing, slowly for what is not, never while nobody can see it.
//!
//! How fast is a pure function; the timer only refreshes what some view shows.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::queries::{Queries, Query};
use super::session::{Session, use_session};
use crate::browser::{clock, visibility};
use crate::model::{Execution, Image, Server};

const SECOND: f64 = 1000.0;

/// Milliseconds until a list is asked for again, counted from the last attempt's end.
///
/// After failures it waits 15, 30, then 60 seconds: the cloud's front door may be overloaded (contract H).
pub fn interval(changing: bool, calm_seconds: f64, failures: u32) -> f64 {
    match (failures, changing) {
        (0, true) => 2.5 * SECOND,
        (0, false) => calm_seconds * SECOND,
        (1, _) => 15.0 * SECOND,
        (2, _) => 30.0 * SECOND,
        _ => 60.0 * SECOND,
    }
}

/// Begins to poll; for as long as the page lives.
pub fn start(queries: Queries) {
    visibility::on_change(move |hidden| {
        if !hidden {
            refresh_due(queries);
        }
    });
    spawn_local(async move {
        loop {
            clock::sleep(500).await;
            if !visibility::is_hidden() {
                refresh_due(queries);
            }
        }
    });
}

fn refresh_due(queries: Queries) {
    let servers_change =
        queries.cached::<Vec<Server>>(&Query::Servers).is_some_and(|all| all.iter().any(Server::is_changing));
    let images_change =
        queries.cached::<Vec<Image>>(&Query::Images).is_some_and(|all| all.iter().any(Image::is_changing));
    let runs_change =
        queries.cached::<Vec<Execution>>(&Query::Runs).is_some_and(|all| all.iter().any(|run| !run.state.is_over()));
    for (query, changing, calm) in [
        (Query::Servers, servers_change, 15.0),
        (Query::Images, images_change || servers_change, 30.0),
        (Query::HiddenImages, false, 60.0),
        (Query::CommunityImages, false, 60.0),
        (Query::VolumeSnapshots, images_change, 60.0),
        (Query::Triggers, false, 30.0),
        (Query::Runs, runs_change, 30.0),
        (Query::FloatingIps, false, 60.0),
        (Query::VolumeLimits, false, 60.0),
        (Query::ImageUsage, false, 60.0),
        (Query::ComputeLimits, false, 60.0),
    ] {
        if let Some((age, failures)) = queries.tried(&query)
            && age > interval(changing, calm, failures)
        {
            queries.refresh(&query);
        }
    }
}

/// The cloud's time, by which everything in its lists is dated, for views that say how old something is: once a second is enough to read, and nothing moves while nobody
/// looks.
#[derive(Clone, Copy)]
pub struct Now(pub ReadSignal<crate::model::Moment>);

impl Now {
    pub fn provide(session: Session) -> Self {
        let (now, set) = signal(session.now());
        spawn_local(async move {
            loop {
                clock::sleep(1000).await;
                if !visibility::is_hidden() {
                    set.set(session.now());
                }
            }
        });
        let now = Self(now);
        provide_context(now);
        now
    }
}

pub fn use_now() -> ReadSignal<crate::model::Moment> {
    use_context::<Now>().unwrap_or_else(|| Now::provide(use_session())).0
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn what_changes_is_asked_for_often_and_a_failing_cloud_seldom() {
        assert_eq!(interval(true, 15.0, 0), 2500.0);
        assert_eq!(interval(false, 15.0, 0), 15_000.0);
        assert_eq!(interval(true, 15.0, 1), 15_000.0);
        assert_eq!(interval(true, 15.0, 2), 30_000.0);
        assert_eq!(interval(false, 15.0, 9), 60_000.0);
    }
}
