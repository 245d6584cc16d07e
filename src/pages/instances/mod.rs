//! The instances of the project, live, with what protects them.

pub mod backup_dialog;
pub mod backup_preview;
mod detail;
pub mod dialogs;
mod list;
mod policy_dialog;
pub mod policy_form;
mod policy_outlook;
mod protection;
pub mod quota;
pub mod reels;
mod snapshot_dialog;
pub mod stock;

use std::sync::Arc;

pub use detail::Instance;
use dialogs::{Dialogs, ServerAction, ServerDialogs};
use icondata_lu as lu;
use leptos::prelude::*;
use list::{Listing, Relating};

use super::show::{age, error_notice, error_words, named, read_only, server_status};
use crate::backup::lineage::{self, Kept, Lineage};
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Image, ImageId, Message, Moment, RootDisk, Server, ServerId, VolumeAttachment};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::route::{KindTab, Route};
use crate::state::navigation::use_navigation;
use crate::state::polling::use_now;
use crate::state::queries::{Query, Remote, use_queries};
use crate::state::session::use_session;
use crate::state::slices::in_slices;
use crate::ui::button::{Button, Kind};
use crate::ui::empty::Empty;
use crate::ui::live::part;
use crate::ui::menu::MenuItem;
use crate::ui::search::Search;
use crate::ui::shell::PageTitle;
use crate::ui::stale::Stale;
use crate::ui::table::{Column, Sort, Table};

/// What the screens of instances ask for.
#[derive(Clone, Copy)]
pub struct Inventory {
    pub servers: Remote<Vec<Server>>,
    pub images: Remote<Vec<Image>>,
    /// What every server has behind it.
    pub lineage: ReadSignal<Arc<Lineage>>,
}

impl Inventory {
    pub fn ask() -> Self {
        let queries = use_queries();
        let (servers, images) = (queries.query(|| Some(Query::Servers)), queries.query(|| Some(Query::Images)));
        let lineage = in_slices(move || Relating::new(images.get().unwrap_or_default()));
        Self { servers, images, lineage }
    }

    /// Tracked.
    pub fn server(self, id: &ServerId) -> Option<Server> {
        self.servers.data.with(|all| all.as_ref()?.iter().find(|server| server.id == *id).cloned())
    }

    /// Tracked.
    pub fn image(self, id: &ImageId) -> Option<Image> {
        self.images.data.with(|all| all.as_ref()?.iter().find(|image| image.id == *id).cloned())
    }

    /// Whether the server's root disk is a volume; asks for its attachments only where nothing else tells.
    pub fn volume_backed(self, id: ServerId) -> Backing {
        let server = Memo::new(move |_| self.server(&id));
        let image = Memo::new(move |_| self.image(&server.get()?.image?));
        let unclear = Memo::new(move |_| {
            let server = server.get()?;
            let asks = server.root_disk() == RootDisk::AskAttachments
                && lineage::volume_backed(&server, image.get().as_ref(), None).is_none();
            asks.then_some(Query::Attachments(server.id))
        });
        let attachments: Remote<Vec<VolumeAttachment>> = use_queries().query(move || unclear.get());
        let known = Memo::new(move |_| {
            let attachments = attachments.get();
            lineage::volume_backed(&server.get()?, image.get().as_ref(), attachments.as_deref().map(Vec::as_slice))
        });
        Backing { known, attachments }
    }
}

/// Whether a root disk is a volume, or why nobody can tell.
#[derive(Clone, Copy)]
pub struct Backing {
    /// `None` while it is not known.
    pub known: Memo<Option<bool>>,
    attachments: Remote<Vec<VolumeAttachment>>,
}

impl Backing {
    /// Why it is not known. Tracked.
    pub fn error(self) -> Option<ApiError> {
        self.attachments.error.get().filter(|_| self.known.with(Option::is_none))
    }

    /// The same as a notice, with another try. Tracked.
    pub fn notice(self) -> Option<AnyView> {
        self.error().and_then(|_| first_error(self.attachments))
    }
}

#[component]
pub fn Instances() -> impl IntoView {
    let navigation = use_navigation();
    let inventory = Inventory::ask();
    let dialogs = Dialogs::default();
    let now = use_now();
    let search = RwSignal::new(match navigation.route.get_untracked() {
        Route::Instances { search } => search,
        _ => String::new(),
    });
    Effect::new(move |before: Option<()>| {
        let search = search.get();
        if before.is_some() {
            navigation.replace(Route::Instances { search });
        }
    });
    let listed = in_slices(move || Listing::new(inventory.servers.get().unwrap_or_default(), inventory.lineage.get()));
    let rows = Memo::new(move |_| listed.with(|listed| search.with(|text| Arc::new(list::matching(listed, text)))));
    let cell = move |(key, column): (String, &'static str)| {
        let Some(server) = inventory.server(&key.into()) else { return ().into_any() };
        match column {
            "name" => view! { <span class="c-strong">{named(&server.name)}</span> }.into_any(),
            "status" => server_status(&server),
            "image" => image_cell(inventory, &server),
            "address" => addresses(&server),
            "age" => view! { {move || age(server.created, now.get())} }.into_any(),
            "backups" => {
                // Whether the images are known at all is no part of the row.
                let known = Memo::new(move |_| {
                    inventory.images.data.with(Option::is_some) && inventory.lineage.with(|lineage| lineage.is_whole())
                });
                let failed = Memo::new(move |_| inventory.images.error.with(Option::is_some));
                let (id, mine) = (server.id.clone(), inventory.lineage.with(|lineage| lineage.kept(&server.id)));
                part(move || match (known.get(), failed.get()) {
                    (true, _) => kept_cell(inventory, id.clone(), mine.clone()),
                    (false, true) => view! { <span class="c-muted">{t("common.unknown")}</span> }.into_any(),
                    (false, false) => view! { <span class="c-muted">"…"</span> }.into_any(),
                })
                .into_any()
            }
            _ => ().into_any(),
        }
    };
    let actions = move |key: String| {
        let id = ServerId::from(key);
        let Some(server) = inventory.server(&id) else { return Vec::new() };
        let blocked = read_only().map_or_else(|| can_snapshot(&server), Err).err().map(|why| tr(&why.message()));
        let (snapshot, backup, policy, open) = (id.clone(), id.clone(), id.clone(), id);
        vec![
            MenuItem::new(t("instances.snapshot"), move |_| dialogs.open(ServerAction::Snapshot, &snapshot))
                .glyph(lu::LuCamera)
                .disabled_reason(blocked.clone()),
            MenuItem::new(t("instances.backup"), move |_| dialogs.open(ServerAction::Backup, &backup))
                .glyph(lu::LuFilm)
                .disabled_reason(blocked),
            MenuItem::new(t("instances.policy"), move |_| dialogs.open(ServerAction::Policy, &policy))
                .glyph(lu::LuShieldCheck),
            MenuItem::new(t("instances.open"), move |_| navigation.go(&Route::Instance(open.clone())))
                .glyph(lu::LuInfo),
        ]
    };
    let empty = move || {
        let text = search.get();
        if text.trim().is_empty() {
            nothing_yet()
        } else {
            let clear = move || {
                view! { <Button on_press=move |_| search.set(String::new())>{t("instances.clear_search")}</Button> }
            };
            let said = tr(&Message::new("instances.no_match_text").text("text", text));
            view! { <Empty glyph=lu::LuSearchX title=t("instances.no_match_title") text=said action=clear /> }
                .into_any()
        }
    };
    let columns = vec![
        Column::new("name", t("common.name")).width("15%"),
        Column::new("status", t("common.status")).width("11%"),
        Column::new("backups", t("instances.backups")).width("22%"),
        Column::new("address", t("instances.address")).width("14%"),
        Column::new("image", t("instances.image")),
        // «hace 23 minutos» has to fit.
        Column::new("age", t("common.age")).minor().width("9rem"),
    ];
    let sort = RwSignal::new(Sort::ascending("name"));
    // What has come may still be on its way through the slices.
    let loading = Signal::derive(move || {
        let some = inventory.servers.data.with(|all| all.as_ref().is_some_and(|all| !all.is_empty()));
        inventory.servers.is_loading() || (some && listed.with(|listed| listed.is_empty()))
    });
    let fresh = move || freshness(inventory.servers);
    let launch = || {
        let href = Route::Launch { image: None }.to_string();
        view! { <a class="btn btn-primary c-btn" href=href>{t("instances.launch")}</a> }
    };
    view! {
        <PageTitle title=t("instances.title") below=fresh actions=launch />
        <super::operations::Recent />
        <div class="c-bar">
            <Search label=t("instances.search") value=search />
            <span class="c-muted">
                {move || {
                    let known = inventory.servers.data.with(Option::is_some);
                    known.then(|| tr(&Message::new("instances.count").count("n", rows.with(|rows| rows.len()) as u64)))
                }}
            </span>
        </div>
        {move || first_error(inventory.servers)}
        {move || first_error(inventory.images)}
        <Show when=move || inventory.servers.data.with(Option::is_some) || inventory.servers.error.with(Option::is_none)>
            <Table
                label=t("instances.title")
                columns=columns.clone()
                rows=rows
                cell=cell
                sort=sort
                actions=actions
                loading=loading
                empty=empty
            />
        </Show>
        <ServerDialogs dialogs=dialogs inventory=inventory />
    }
    .into_any()
}

/// The line below a title: how old what is shown is, and why it could not be refreshed.
pub fn freshness<T: Send + Sync + 'static>(remote: Remote<T>) -> AnyView {
    let failed = move || remote.error.get().filter(|_| remote.data.with(Option::is_some));
    stale(Signal::derive(move || remote.at.get()), Signal::derive(failed), Callback::new(move |()| remote.refresh()))
}

/// The same of several lists together. Without data there is nothing that could be old: then the error has a place of its
/// own.
pub fn stale(at: Signal<Option<Moment>>, error: Signal<Option<ApiError>>, on_retry: Callback<()>) -> AnyView {
    let now = use_now();
    let reason =
        move || error.get().filter(|_| at.with(Option::is_some)).map(|why| error_words(&why, Doing::Reading).0);
    view! {
        <Stale
            fetched_at=Signal::derive(move || at.get().map(|at| at.0))
            now=Signal::derive(move || now.get().0)
            error=Signal::derive(reason)
            on_retry=on_retry
        />
    }
    .into_any()
}

/// In place of the first answer, when there is none.
pub fn first_error<T: Send + Sync + 'static>(remote: Remote<T>) -> Option<AnyView> {
    let error = remote.error.get().filter(|_| remote.data.with(Option::is_none))?;
    Some(
        view! {
            {error_notice(&error, Doing::Reading)}
            <div class="c-actions">
                <Button on_press=move |_| remote.refresh()>{t("common.retry")}</Button>
            </div>
        }
        .into_any(),
    )
}

fn nothing_yet() -> AnyView {
    let project = use_session().who.with(|who| who.as_ref().map(|who| who.project.name.clone())).unwrap_or_default();
    let text = tr(&Message::new("instances.empty_text").text("project", project));
    let action = || {
        let href = Route::images(KindTab::All).to_string();
        view! { <a class="btn btn-primary c-btn" href=href>{t("instances.launch")}</a> }
    };
    view! { <Empty glyph=lu::LuServer title=t("instances.empty_title") text=text action=action /> }.into_any()
}

pub fn flavor_name(server: &Server) -> String {
    let flavor = &server.flavor;
    flavor
        .original_name
        .clone()
        .or_else(|| flavor.id.as_ref().map(ToString::to_string))
        .unwrap_or_else(|| "–".to_owned())
}

/// The address to log in at, and the key that opens it.
fn addresses(server: &Server) -> AnyView {
    let all: Vec<_> = server.addresses.values().flatten().collect();
    let shown = server.best_address().map(|address| address.addr.clone()).unwrap_or_else(|| "–".to_owned());
    let more = all.len().saturating_sub(1);
    let key = server.key_name.clone();
    view! {
        <span class="c-two">
            <span class="c-mono">{shown}{(more > 0).then(|| format!(" +{more}"))}</span>
            {key.map(|key| view! { <span class="c-two-minor" title=t("instances.key")>{key}</span> })}
        </span>
    }
    .into_any()
}

/// What it was made from, and how large it is.
fn image_cell(inventory: Inventory, server: &Server) -> AnyView {
    let id = server.image.clone();
    let name = match &id {
        None => t("instances.boot_volume"),
        Some(id) => match inventory.lineage.with(|lineage| lineage.image(id).map(|image| named(&image.name))) {
            Some(name) => name,
            None => return image_cell_of_unknown(inventory, server, id.clone()),
        },
    };
    image_lines(move || name.clone(), inventory, server)
}

/// The image is not in the list: while that is still coming nobody knows, and then it has been deleted.
fn image_cell_of_unknown(inventory: Inventory, server: &Server, id: ImageId) -> AnyView {
    let whole = Memo::new(move |_| {
        inventory.images.at.with(Option::is_some) && inventory.lineage.with(|lineage| lineage.is_whole())
    });
    let failed = Memo::new(move |_| inventory.images.error.with(Option::is_some));
    let name = move || match (whole.get(), failed.get()) {
        (true, _) => deleted_image(&id),
        (false, true) => t("common.unknown"),
        (false, false) => "…".to_owned(),
    };
    image_lines(name, inventory, server)
}

/// What there is to say of an image that no list has any more.
pub fn deleted_image(id: &ImageId) -> String {
    let short: String = id.as_str().chars().take(8).collect();
    tr(&Message::new("instances.deleted_image").text("id", short))
}

fn image_lines(name: impl Fn() -> String + Send + Sync + 'static, inventory: Inventory, server: &Server) -> AnyView {
    let backed = inventory.volume_backed(server.id.clone());
    let flavor = flavor_name(server);
    let below = move || {
        let disk = match (backed.known.get(), backed.error()) {
            (Some(true), _) => t("instances.volume_disk"),
            (Some(false), _) => t("instances.image_disk"),
            (None, Some(_)) => t("common.unknown"),
            (None, None) => "…".to_owned(),
        };
        format!("{flavor} · {disk}")
    };
    view! {
        <span class="c-two">
            <span>{name}</span>
            <span class="c-two-minor">{below}</span>
        </span>
    }
    .into_any()
}

/// The reel in small, the count, and the age of the newest.
fn kept_cell(inventory: Inventory, server: ServerId, kept: Kept) -> AnyView {
    let total = kept.snapshots + kept.backups;
    if total == 0 {
        return view! { <span class="c-muted">{t("instances.no_backups")}</span> }.into_any();
    }
    let now = use_now();
    let newest = kept.newest;
    let ago = move || {
        let at = newest?;
        Some(crate::browser::intl::ago(at.age(now.get())))
    };
    view! {
        <span class="c-kept">
            {reels::compact(inventory, server, 3)}
            <span class="c-two">
                <span>{total.to_string()}</span>
                <span class="c-two-minor"><span class="sr-only">{t("instances.newest")}" "</span>{ago}</span>
            </span>
        </span>
    }
    .into_any()
}

/// The two main buttons of one instance.
pub fn action_buttons(dialogs: Dialogs, inventory: Inventory, id: ServerId) -> AnyView {
    let reason = {
        let id = id.clone();
        Signal::derive(move || {
            let server = inventory.server(&id)?;
            read_only().map_or_else(|| can_snapshot(&server), Err).err().map(|why| tr(&why.message()))
        })
    };
    let (snapshot, backup, policy) = (id.clone(), id.clone(), id);
    view! {
        <Button glyph=lu::LuShieldCheck on_press=move |_| dialogs.open(ServerAction::Policy, &policy)>
            {t("instances.policy")}
        </Button>
        <Button glyph=lu::LuFilm disabled_reason=reason on_press=move |_| dialogs.open(ServerAction::Backup, &backup)>
            {t("instances.backup")}
        </Button>
        <Button
            kind=Kind::Primary
            glyph=lu::LuCamera
            disabled_reason=reason
            on_press=move |_| dialogs.open(ServerAction::Snapshot, &snapshot)
        >
            {t("instances.snapshot")}
        </Button>
    }
    .into_any()
}
