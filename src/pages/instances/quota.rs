//! What the quotas of Glance and Cinder leave for a snapshot or a backup, told before the click.

use leptos::prelude::*;

use crate::backup::launch_fit::{has_image_room, has_snapshot_room};
use crate::i18n::{t, tr};
use crate::model::{ImageUsage, Message, Volume, VolumeId, VolumeLimits};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::pages::show::error_notice;
use crate::state::queries::{Query, Remote, use_queries};
use crate::ui::badge::Tone;
use crate::ui::live::part;
use crate::ui::notice::Notice;
use crate::ui::spinner::Spinner;

/// Why Glance takes no `count` more images, `uploads` when they have data. Where that cannot be told, the cloud is left to
/// say it.
pub fn image_quota(
    count: impl Fn() -> u64 + Send + Sync + 'static,
    uploads: impl Fn() -> bool + Send + Sync + 'static,
) -> Memo<Option<String>> {
    let usage: Remote<ImageUsage> = use_queries().query(|| Some(Query::ImageUsage));
    Memo::new(move |_| {
        let why = has_image_room(&*usage.get()?, count(), uploads()).err()?;
        Some(tr(&why.message()))
    })
}

pub fn image_quota_line(short: Memo<Option<String>>) -> AnyView {
    part(move || {
        short.get().map_or_else(|| ().into_any(), |short| view! { <Notice tone=Tone::Warn title=short /> }.into_any())
    })
    .into_any()
}

/// What snapshots of volumes take of Cinder's quota.
#[derive(Clone, Copy)]
pub struct VolumeQuota {
    limits: Remote<VolumeLimits>,
    volumes: Remote<Vec<Volume>>,
    /// The volumes of which a snapshot is made.
    wanted: Memo<Vec<VolumeId>>,
    /// GiB of each of them.
    sizes: Memo<Option<Vec<u64>>>,
    /// Why there is no room.
    short: Memo<Option<String>>,
}

/// Asks for limits and sizes only where there is a volume.
pub fn volume_quota(wanted: Memo<Vec<VolumeId>>) -> VolumeQuota {
    let queries = use_queries();
    let needed = Memo::new(move |_| wanted.with(|wanted| !wanted.is_empty()));
    let limits: Remote<VolumeLimits> = queries.query(move || needed.get().then_some(Query::VolumeLimits));
    let volumes: Remote<Vec<Volume>> = queries.query(move || needed.get().then_some(Query::Volumes));
    let sizes = Memo::new(move |_| {
        // The first pages do not tell all sizes.
        let volumes = volumes.get().filter(|_| volumes.at.with(Option::is_some))?;
        let size = |id: &VolumeId| volumes.iter().find(|volume| volume.id == *id).map_or(0, |volume| volume.size);
        Some(wanted.with(|wanted| wanted.iter().map(size).collect::<Vec<_>>()))
    });
    let short = Memo::new(move |_| {
        let why = has_snapshot_room(&*limits.get()?, &sizes.get()?).err()?;
        Some(tr(&why.message()))
    });
    VolumeQuota { limits, volumes, wanted, sizes, short }
}

impl VolumeQuota {
    /// Whether there is anything to count. Tracked.
    pub fn is_asked(self) -> bool {
        self.wanted.with(|wanted| !wanted.is_empty())
    }
    /// Why the snapshots cannot be asked for yet, or at all. Tracked.
    pub fn blocked(self) -> Option<String> {
        if self.is_loading() { Some(t("snapshot.checking_quota")) } else { self.short.get() }
    }
    fn is_loading(self) -> bool {
        let waits = (self.limits.data.with(Option::is_none) && self.limits.error.with(Option::is_none))
            || (self.sizes.with(Option::is_none) && self.volumes.error.with(Option::is_none));
        waits && self.is_asked()
    }
    /// Why the quota cannot be told. The cloud checks it all the same, so this is no reason to stop.
    fn error(self) -> Option<ApiError> {
        let of_limits = self.limits.error.get().filter(|_| self.limits.data.with(Option::is_none));
        of_limits.or_else(|| self.volumes.error.get().filter(|_| self.sizes.with(Option::is_none)))
    }
}

/// What there is to say of the quota.
#[derive(Clone, PartialEq)]
enum QuotaWords {
    Nothing,
    Short(String),
    Unknown(ApiError),
    Loading,
    Needs(String),
}

pub fn quota_line(quota: VolumeQuota) -> AnyView {
    let needs = move || {
        let (limits, sizes) = (quota.limits.get()?, quota.sizes.get()?);
        let gib: u64 = sizes.iter().sum();
        let message =
            Message::new(if limits.snapshots_left().is_some() { "snapshot.quota" } else { "snapshot.quota_free" })
                .count("needs", sizes.len() as u64)
                .count("gib", gib);
        Some(tr(&match limits.snapshots_left() {
            Some(left) => message.count("left", left),
            None => message,
        }))
    };
    // One Memo, as it reads what other Memos in it are made of (docs/decisions/010-effects.md).
    let words = Memo::new(move |_| match (quota.short.get(), quota.error()) {
        _ if !quota.is_asked() => QuotaWords::Nothing,
        (Some(short), _) => QuotaWords::Short(short),
        (None, Some(error)) => QuotaWords::Unknown(error),
        (None, None) if quota.is_loading() => QuotaWords::Loading,
        (None, None) => needs().map_or(QuotaWords::Nothing, QuotaWords::Needs),
    });
    part(move || match words.get() {
        QuotaWords::Nothing => ().into_any(),
        QuotaWords::Short(short) => view! { <Notice tone=Tone::Warn title=short /> }.into_any(),
        QuotaWords::Unknown(error) => error_notice(&error, Doing::Reading),
        QuotaWords::Loading => view! { <p class="c-muted"><Spinner />" "{t("snapshot.checking_quota")}</p> }.into_any(),
        QuotaWords::Needs(line) => view! { <p class="c-muted">{line}</p> }.into_any(),
    })
    .into_any()
}
