//! Schedules: in the cloud where it has a scheduler, and elsewhere where it has none.

mod card;
mod elsewhere;
mod in_cloud;
mod person;

use leptos::prelude::*;

use self::elsewhere::Elsewhere;
use self::in_cloud::InCloud;
use crate::backup::policy::{self, Schedule};
use crate::i18n::t;
use crate::model::{Server, ServerId};
use crate::pages::instances::{Inventory, first_error, freshness};
use crate::ui::shell::PageTitle;

/// An instance whose policy says when its backups are due.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduled {
    pub id: ServerId,
    pub name: String,
    pub schedule: Schedule,
}

/// By name, with those that are paused.
pub fn planned(servers: &[Server]) -> Vec<Scheduled> {
    let of = |server: &Server| {
        let schedule = policy::of_server(server)?.ok()?.schedule?;
        Some(Scheduled { id: server.id.clone(), name: server.name.clone(), schedule })
    };
    let mut all: Vec<Scheduled> = servers.iter().filter_map(of).collect();
    all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    all
}

/// Those that are not paused.
pub fn scheduled(planned: &[Scheduled]) -> Vec<Scheduled> {
    planned.iter().filter(|one| !one.schedule.paused).cloned().collect()
}

#[component]
pub fn Schedules() -> impl IntoView {
    let inventory = Inventory::ask();
    let all = Memo::new(move |_| inventory.servers.data.with(|servers| servers.as_ref().map(|all| planned(all))));
    let due = Memo::new(move |_| all.with(|all| all.as_ref().map(|all| scheduled(all))));
    let failed = Signal::derive(move || inventory.servers.error.with(Option::is_some));
    view! {
        <PageTitle title=t("nav.schedules") below=move || freshness(inventory.servers) />
        {move || first_error(inventory.servers)}
        <InCloud inventory=inventory planned=all />
        <Elsewhere scheduled=due failed=failed />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(id: &str, policy: &str) -> Server {
        let metadata = [("carrete_policy".to_owned(), policy.to_owned())].into();
        Server { id: id.into(), name: format!("web {id}"), metadata, ..Server::default() }
    }

    #[test]
    fn only_what_is_due_by_itself_is_scheduled() {
        let servers = [
            server("2", "daily=7; at=03:00Z"),
            server("1", "last=3; every=6h at=01:30Z"),
            server("3", "daily=7"),
            server("4", "daily=7; at=03:00Z paused"),
            server("5", "daily=x; at=03:00Z"),
            Server::default(),
        ];
        let names = |all: &[Scheduled]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let all = planned(&servers);
        assert_eq!(names(&all), ["web 1", "web 2", "web 4"], "a paused one stays on the page");
        assert_eq!(names(&scheduled(&all)), ["web 1", "web 2"]);
    }
}
