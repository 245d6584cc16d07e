//! Which image each run made, found in one go over all images: there may be a hundred runs, and tens of thousands of images.

use super::Facts;
use crate::backup::index::ids::ById;
use crate::backup::metadata;
use crate::backup::policy::BACKUP_TYPE;
use crate::backup::workflow::server_of;
use crate::model::image::Mark;
use crate::model::{CronTrigger, Execution, Image, ImageId, Moment};

/// What the runs may have made.
pub struct Made<'a> {
    now: Moment,
    /// Images that a run names in its output.
    said: ById<&'a str, Option<&'a Image>>,
    /// By the run: the oldest image with its nonce, as the others can only be heirs.
    by_run: ById<&'a str, Option<&'a Image>>,
    /// By the server: backups of Carrete's set that bear no seal of their own.
    unsealed: ById<&'a str, Vec<&'a Image>>,
    /// By the server that a trigger is for: when its newest backup by the policy was begun that no known run by hand made.
    newest: ById<String, Option<Moment>>,
    by_hand: ById<&'a str, ()>,
}

impl<'a> Made<'a> {
    pub fn of(facts: Facts<'a>) -> Self {
        let mut made = Self {
            now: facts.now,
            said: ById::default(),
            by_run: ById::default(),
            unsealed: ById::default(),
            newest: ById::default(),
            by_hand: ById::default(),
        };
        made.newest.extend(facts.triggers.iter().filter_map(server_of).map(|server| (server.to_string(), None)));
        for execution in facts.executions {
            made.said.extend(said(execution).map(|id| (id, None)));
            made.by_run.insert(execution.id.as_str(), None);
            made.unsealed.extend(server(execution).map(|server| (server, Vec::new())));
            if execution.trigger().is_none() {
                made.by_hand.insert(execution.id.as_str(), ());
            }
        }
        if !facts.executions.is_empty() || !made.newest.is_empty() {
            facts.images.iter().copied().flatten().for_each(|image| made.see(image));
        }
        made
    }

    fn see(&mut self, image: &'a Image) {
        let mark = |mark| image.properties.mark(mark);
        if !self.said.is_empty()
            && let Some(said) = self.said.get_mut(image.id.as_str())
        {
            said.get_or_insert(image);
        }
        if let Some(op) = mark(Mark::CarreteOp)
            && let Some(known) = self.by_run.get_mut(op)
            && metadata::is_of(image, op)
            && known.is_none_or(|known| order(image) < order(known))
        {
            *known = Some(image);
        }
        let Some(server) = mark(Mark::InstanceUuid).filter(|_| mark(Mark::BackupType) == Some(BACKUP_TYPE)) else {
            return;
        };
        if mark(Mark::CarreteImage) != Some(image.id.as_str())
            && let Some(unsealed) = self.unsealed.get_mut(server)
        {
            unsealed.push(image);
        }
        if let Some(newest) = self.newest.get_mut(server)
            && !mark(Mark::CarreteOp).is_some_and(|op| self.by_hand.contains_key(op))
        {
            *newest = (*newest).max(image.created_at);
        }
    }

    /// When the newest backup was begun that a trigger may have made.
    pub fn newest(&self, trigger: &CronTrigger) -> Option<Moment> {
        self.newest.get(server_of(trigger)?.as_str()).copied().flatten()
    }

    /// By the run's own word (`output.image`, only in the details), by the nonce that it writes, or, before that is written,
    /// by time: the first backup of the server since the run began that bears no seal of its own.
    pub fn by(&self, execution: &Execution) -> Option<ImageId> {
        let said = said(execution).and_then(|id| self.said.get(id).copied().flatten());
        let by_run = || self.by_run.get(execution.id.as_str()).copied().flatten();
        said.or_else(by_run).or_else(|| self.by_time(execution)).map(|image| image.id.clone())
    }

    fn by_time(&self, execution: &Execution) -> Option<&'a Image> {
        let unsealed = self.unsealed.get(server(execution)?)?;
        let from = execution.created_at?;
        let to = if execution.state.is_over() { execution.updated_at? } else { self.now };
        let within = |image: &&&Image| image.created_at.is_some_and(|at| from <= at && at <= to);
        unsealed.iter().filter(within).copied().min_by_key(|image| order(image))
    }
}

/// The server that a run is for.
pub fn server(execution: &Execution) -> Option<&str> {
    execution.input.get("server").and_then(serde_json::Value::as_str)
}

fn said(execution: &Execution) -> Option<&str> {
    execution.output.get("image").and_then(serde_json::Value::as_str)
}

fn order(image: &Image) -> (Option<Moment>, &str) {
    (image.created_at, image.id.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::backup::samples::image;
    use crate::model::json::FromJson;

    /// The same, one image after the other for every run.
    fn searched(execution: &Execution, images: &[Image], now: Moment) -> Option<ImageId> {
        if let Some(image) = said(execution).and_then(|id| images.iter().find(|image| image.id.as_str() == id)) {
            return Some(image.id.clone());
        }
        if let Some(image) = metadata::made_by(execution.id.as_str(), images) {
            return Some(image.id.clone());
        }
        let from = execution.created_at?;
        let to = if execution.state.is_over() { execution.updated_at? } else { now };
        let is_sealed = |image: &Image| image.property(metadata::IMAGE) == Some(image.id.as_str());
        images
            .iter()
            .filter(|image| image.property(metadata::INSTANCE_UUID) == server(execution) && !is_sealed(image))
            .filter(|image| image.property(metadata::BACKUP_TYPE) == Some(BACKUP_TYPE))
            .filter(|image| image.created_at.is_some_and(|at| from <= at && at <= to))
            .min_by(|a, b| order(a).cmp(&order(b)))
            .map(|image| image.id.clone())
    }

    fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
        proptest::option::of(proptest::sample::select(words))
    }

    fn images() -> impl Strategy<Value = Vec<Image>> {
        let marks = (
            one_of(&["run-1", "run-2", "x"]),
            one_of(&["i0", "i1", "i2", ""]),
            one_of(&["s", "t"]),
            one_of(&["carrete", "daily"]),
        );
        let all = proptest::collection::vec((0..60i64, marks), 0..9);
        all.prop_map(|all| {
            let image = |(n, (created, (op, seal, server, set))): (usize, (i64, (_, _, _, _)))| {
                let marks: [(&str, Option<&str>); 4] =
                    [("carrete_op", op), ("carrete_image", seal), ("instance_uuid", server), ("backup_type", set)];
                let new = image(&format!("i{n}"), created);
                marks.into_iter().fold(new, |image, (key, value)| match value {
                    Some(value) => image.with(key, value),
                    None => image,
                })
            };
            all.into_iter().enumerate().map(image).collect()
        })
    }

    fn runs() -> impl Strategy<Value = Vec<Execution>> {
        let run = (one_of(&["s", "t"]), one_of(&["i0", "i3", "gone"]), 0..60i64, 0..30i64, any::<bool>());
        let run = run.prop_map(|(server, said, from, seconds, over)| {
            let state = if over { "SUCCESS" } else { "RUNNING" };
            let (from, to) = (Moment(from).rfc3339(), Moment(from + seconds).rfc3339());
            json!({
                "input": {"server": server}, "output": {"image": said}, "state": state,
                "created_at": from, "updated_at": to,
            })
        });
        proptest::collection::vec(run, 0..4).prop_map(|mut all| {
            for (n, run) in all.iter_mut().enumerate() {
                run["id"] = format!("run-{n}").into();
            }
            all.iter().filter_map(Execution::from_json).collect()
        })
    }

    proptest! {
        #[test]
        fn finds_what_a_search_finds(images in images(), runs in runs(), cut in 0..9usize, now in 0..60i64) {
            let now = Moment(now);
            let (shown, hidden) = images.split_at(cut.min(images.len()));
            let lists = [shown, hidden];
            let made = Made::of(Facts { triggers: &[], executions: &runs, images: &lists, now });
            for run in &runs {
                // A run without a server is nobody's.
                if server(run).is_some() {
                    prop_assert_eq!(made.by(run), searched(run, &images, now));
                }
            }
        }
    }
}
