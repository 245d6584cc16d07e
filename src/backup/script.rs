//! Schedules outside the cloud: where it has no scheduler of its own, a script with the `openstack` command makes the
//! backups and obeys the same policies. This module writes everything that such a schedule needs, complete and
//! copyable: the script, the application credential, and a crontab line, a systemd timer, a CI job or a CronJob.
//!
//! - No secret is ever in a text: the credential goes from Keystone's answer straight into a file that only its owner
//!   reads, or into the secret store of the platform.
//! - Every value that comes from the cloud is hostile: [`quote`] makes it harmless for each syntax.
//! - All times are UTC, and said so where the syntax can say it.
//! - The script itself asks whether a backup is due (`--due`), so that a run which comes late, twice, or by a clock in
//!   another zone does no harm, and pages, Mistral and scripts can be mixed.

pub mod ci;
pub mod credential;
pub mod kubernetes;
pub mod machine;
pub mod quote;
pub mod when;

use super::policy::Schedule;
use crate::model::{Message, Moment, ServerId};

/// The script: Python 3.8, standard library only.
pub const SCRIPT: &str = include_str!("../../schedule/carrete-backup.py");

/// What is to be scheduled, and where.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Id and name. None: every server whose policy has a schedule, looked for at each run.
    pub servers: &'a [(ServerId, String)],
    pub schedule: &'a Schedule,
    /// Keystone's address, as the sign-in used it.
    pub auth_url: &'a str,
    /// Empty when the cloud has one region without a name.
    pub region: &'a str,
    /// The project's name, for comments.
    pub project: &'a str,
    /// The roles in the project of who orders it: Keystone gives a credential no others.
    pub roles: &'a [String],
    /// A dead-man's switch: asked after each success, and with `/fail` after a failure. Empty: none.
    pub ping: &'a str,
    pub now: Moment,
    /// When the application credential ends.
    pub expires: Moment,
}

/// What runs the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlet {
    Cron,
    Systemd,
    Github,
    Gitlab,
    Kubernetes,
}

impl Outlet {
    pub const ALL: [Self; 5] = [Self::Cron, Self::Systemd, Self::Github, Self::Gitlab, Self::Kubernetes];

    /// Its name: `script.outlet.*`.
    pub fn message(self) -> Message {
        Message::new(match self {
            Self::Cron => "script.outlet.cron",
            Self::Systemd => "script.outlet.systemd",
            Self::Github => "script.outlet.github",
            Self::Gitlab => "script.outlet.gitlab",
            Self::Kubernetes => "script.outlet.kubernetes",
        })
    }
}

/// One step: a sentence that says what to do, and the text to do it with.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// `script.step.*`
    pub what: Message,
    /// Where the text belongs; `None` for commands to be run in a shell, and for what a web form asks.
    pub path: Option<&'static str>,
    pub text: String,
}

impl Piece {
    fn file(step: &str, path: &'static str, text: String) -> Self {
        let what = Message::new(step).text("path", path);
        Self { what, path: Some(path), text }
    }

    fn commands(step: &str, text: String) -> Self {
        Self { what: Message::new(step), path: None, text }
    }
}

/// All steps, in their order.
pub fn pieces(outlet: Outlet, order: Order<'_>) -> Vec<Piece> {
    match outlet {
        Outlet::Cron => machine::cron(order),
        Outlet::Systemd => machine::systemd(order),
        Outlet::Github => ci::github(order),
        Outlet::Gitlab => ci::gitlab(order),
        Outlet::Kubernetes => kubernetes::cron_job(order),
    }
}

/// The script's arguments for an order: whether it is due, and the servers. Not quoted.
fn arguments(order: Order<'_>) -> Vec<String> {
    let mut words = vec!["--due".to_owned()];
    words.extend(order.servers.iter().map(|(id, _)| quote::plain(id.as_str())));
    words
}

/// What the script finds in its environment, besides the credential. Not quoted.
fn environment(order: Order<'_>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("OS_AUTH_TYPE", "v3applicationcredential".to_owned()),
        ("OS_AUTH_URL", quote::plain(order.auth_url)),
        ("OS_IDENTITY_API_VERSION", "3".to_owned()),
        ("OS_INTERFACE", "public".to_owned()),
    ];
    if !order.region.is_empty() {
        variables.push(("OS_REGION_NAME", quote::plain(order.region)));
    }
    variables
}

/// Comment lines that say of what the text is: `# web1 (3b22…)`.
fn about(order: Order<'_>) -> String {
    let mut lines = format!("# Carrete: backups of project {}\n", quote::comment(order.project));
    for (id, name) in order.servers {
        lines.push_str(&format!("#   {} ({})\n", quote::comment(name), quote::comment(id.as_str())));
    }
    lines
}

#[cfg(test)]
mod tests;
