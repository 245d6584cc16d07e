//! Carrete's own workflows in Mistral, and the trigger that runs them for a server.
//!
//! The workflow reads the policy from the server at every run (`workflows/*.yaml`), so a trigger says only when and for
//! which server: a change of what is kept changes no trigger.

use serde_json::{Value, json};
use time::Weekday;

use super::policy::{Every, MonthDay, Schedule};
use crate::model::{CronTrigger, ServerId, Workflow};

/// What runs.
pub const BACKUP: &str = "carrete_backup_v1";
/// Which backups go: `BACKUP` asks it.
pub const RETENTION: &str = "carrete_retention_v1";
/// Every version of `BACKUP` begins with it.
const FAMILY: &str = "carrete_backup_v";
/// Every trigger of Carrete's begins with it.
const TRIGGER: &str = "carrete-";

/// A workflow that Carrete installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    pub name: &'static str,
    pub yaml: &'static str,
}

/// In the order in which they are installed: what asks comes after what is asked.
pub const ALL: [Definition; 2] = [
    Definition { name: RETENTION, yaml: include_str!("../../workflows/carrete_retention_v1.yaml") },
    Definition { name: BACKUP, yaml: include_str!("../../workflows/carrete_backup_v1.yaml") },
];

/// How a workflow in the cloud compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    Missing,
    Same,
    /// Older, or changed by somebody.
    Outdated,
    /// A newer page has installed it: it is left alone.
    Newer,
}

/// What to do with one definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    Create(Definition),
    Update(Definition),
}

impl Definition {
    /// Mistral keeps the text as it was sent, comments included. Workflows that somebody else shares (`public`) are not ours,
    /// whatever their name.
    pub fn installed(&self, workflows: &[Workflow]) -> Installed {
        let Some(found) = workflows.iter().find(|found| found.name == self.name && found.scope != "public") else {
            return Installed::Missing;
        };
        if found.definition.trim() == self.yaml.trim() {
            return Installed::Same;
        }
        if revision(&found.tags) > self.revision() { Installed::Newer } else { Installed::Outdated }
    }

    /// The number that grows with every change of the text: tag `revision-N`.
    pub fn revision(&self) -> u32 {
        let tags = self.yaml.lines().find_map(|line| line.trim().strip_prefix("tags: [")?.strip_suffix(']'));
        let tags: Vec<String> = tags.unwrap_or_default().split(", ").map(str::to_owned).collect();
        revision(&tags)
    }
}

/// What is still to be installed, in order; nothing when all is there.
pub fn install(workflows: &[Workflow]) -> Vec<Install> {
    let step = |definition: Definition| match definition.installed(workflows) {
        Installed::Missing => Some(Install::Create(definition)),
        Installed::Outdated => Some(Install::Update(definition)),
        Installed::Same | Installed::Newer => None,
    };
    ALL.into_iter().filter_map(step).collect()
}

/// Whether some are there, and not all as they should be. Where there are none, the first schedule installs them.
pub fn is_outdated(workflows: &[Workflow]) -> bool {
    let is_there = |definition: &Definition| definition.installed(workflows) != Installed::Missing;
    ALL.iter().any(is_there) && !install(workflows).is_empty()
}

fn revision(tags: &[String]) -> u32 {
    tags.iter().find_map(|tag| tag.strip_prefix("revision-")?.parse().ok()).unwrap_or(0)
}

/// A cron trigger as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Says the server and the times, so the same schedule made twice is the same trigger, and a changed one another.
    pub name: String,
    pub workflow: &'static str,
    pub pattern: String,
    pub input: Value,
}

impl Trigger {
    pub fn new(server: &ServerId, region: &str, schedule: &Schedule) -> Self {
        let schedule = Schedule { paused: false, ..*schedule };
        let time = format!("{:02}{:02}", schedule.at / 60, schedule.at % 60);
        Self {
            name: format!("{TRIGGER}{server}-{}-{time}", schedule.every),
            workflow: BACKUP,
            pattern: pattern(&schedule),
            input: input(server, region),
        }
    }

    /// The same under another name, to be made beside one that no longer works.
    pub fn beside(mut self, taken: &[CronTrigger]) -> Self {
        let is_taken = |name: &str| taken.iter().any(|other| other.name == name);
        let plain = self.name.clone();
        let mut number = 2;
        while is_taken(&self.name) {
            self.name = format!("{plain}-{number}");
            number += 1;
        }
        self
    }

    /// Whether a trigger in the cloud does just this.
    pub fn is(&self, other: &CronTrigger) -> bool {
        other.workflow_name == self.workflow
            && other.pattern == self.pattern
            && other.workflow_input == self.input
            && other.remaining_executions.is_none()
    }
}

/// For a run at its time. One Mistral may serve several regions, and would take any service's first endpoint; `region` is
/// empty where the cloud names none.
pub fn input(server: &ServerId, region: &str) -> Value {
    let mut input = json!({ "server": server.as_str() });
    if !region.is_empty() {
        input["region"] = region.into();
    }
    input
}

/// For a run by hand, also while the policy is paused.
pub fn input_by_hand(server: &ServerId, region: &str) -> Value {
    let mut input = input(server, region);
    input["manual"] = true.into();
    input
}

/// Cron's five fields, UTC, as Mistral reads them (croniter).
pub fn pattern(schedule: &Schedule) -> String {
    let (hour, minute) = (schedule.at / 60, schedule.at % 60);
    match schedule.every {
        Every::Hours(1) => format!("{minute} * * * *"),
        Every::Hours(hours) => {
            let hours = u16::from(hours.max(1));
            let all: Vec<String> = (hour % hours..24).step_by(hours.into()).map(|hour| hour.to_string()).collect();
            format!("{minute} {} * * *", all.join(","))
        }
        Every::Day => format!("{minute} {hour} * * *"),
        Every::Week(day) => format!("{minute} {hour} * * {}", day.number_days_from_sunday()),
        Every::Month(MonthDay::Day(day)) => format!("{minute} {hour} {day} * *"),
        Every::Month(MonthDay::Last) => format!("{minute} {hour} L * *"),
    }
}

/// The schedule of a pattern that `pattern` has written; `None` for any other.
pub fn schedule_of(text: &str) -> Option<Schedule> {
    let mut fields = text.split(' ');
    let mut next = || fields.next();
    let (minute, hours, day, month, weekday) = (next()?, next()?, next()?, next()?, next()?);
    let minute: u16 = minute.parse().ok()?;
    let first = hours.split(',').next()?;
    let (hour, every_hour) = if first == "*" { (0, true) } else { (first.parse::<u16>().ok()?, false) };
    let count = hours.split(',').count();
    let every = match (day, month, weekday) {
        ("*", "*", "*") if every_hour => Every::Hours(1),
        ("*", "*", "*") if count > 1 => Every::Hours(u8::try_from(24 / count).ok()?),
        ("*", "*", "*") => Every::Day,
        ("*", "*", day) => Every::Week(weekday_of(day)?),
        ("L", "*", "*") => Every::Month(MonthDay::Last),
        (day, "*", "*") => Every::Month(MonthDay::Day(day.parse().ok()?)),
        _ => return None,
    };
    let schedule = Schedule { every, at: hour.checked_mul(60)?.checked_add(minute)?, paused: false };
    (schedule.at < 24 * 60 && pattern(&schedule) == text).then_some(schedule)
}

fn weekday_of(digit: &str) -> Option<Weekday> {
    let day: u8 = digit.parse().ok()?;
    (day < 7).then(|| Weekday::Sunday.nth_next(day))
}

/// The server that a trigger of Carrete's, of whatever version, backs up; `None` for everybody else's triggers.
pub fn server_of(trigger: &CronTrigger) -> Option<ServerId> {
    let is_ours = trigger.name.starts_with(TRIGGER) && is_backup(&trigger.workflow_name);
    let server = trigger.workflow_input.get("server").and_then(Value::as_str)?;
    is_ours.then(|| server.into())
}

/// Whether a workflow makes backups for Carrete, in whatever version.
pub fn is_backup(workflow: &str) -> bool {
    workflow.strip_prefix(FAMILY).is_some_and(|version| version.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests;
