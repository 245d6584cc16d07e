//! What the launch screen asks of the cloud.

use leptos::prelude::*;

use super::form::Offer;
use crate::backup::kind::ImageKind;
use crate::i18n::t;
use crate::model::{
    ComputeLimits, Flavor, FloatingIp, Image, ImageId, Keypair, Network, SecurityGroup, Server, VolumeLimits,
};
use crate::openstack::sentence::Doing;
use crate::pages::show::error_notice;
use crate::state::launch_draft::use_launch_draft;
use crate::state::queries::{Query, Remote, use_queries};
use crate::ui::button::Button;
use crate::ui::skeleton::Skeleton;

#[derive(Clone, Copy)]
pub struct Data {
    pub image: Remote<Image>,
    pub flavors: Remote<Vec<Flavor>>,
    pub networks: Remote<Vec<Network>>,
    pub groups: Remote<Vec<SecurityGroup>>,
    pub keys: Remote<Vec<Keypair>>,
    pub floating_ips: Remote<Vec<FloatingIp>>,
    pub servers: Remote<Vec<Server>>,
    pub compute: Remote<ComputeLimits>,
    /// Only asked for where volumes are made.
    pub volumes: Remote<VolumeLimits>,
}

impl Data {
    pub fn of(id: ImageId) -> Self {
        let queries = use_queries();
        let draft = use_launch_draft();
        let image = queries.query::<Image>(move || Some(Query::Image(id.clone())));
        let makes_volumes = move || {
            let by_itself =
                image.data.with(|image| image.as_ref().is_some_and(|it| ImageKind::of(it).is_volume_backed()));
            by_itself || draft.boot_volume.get()
        };
        Self {
            image,
            flavors: queries.query(|| Some(Query::Flavors)),
            networks: queries.query(|| Some(Query::Networks)),
            groups: queries.query(|| Some(Query::SecurityGroups)),
            keys: queries.query(|| Some(Query::Keypairs)),
            floating_ips: queries.query(|| Some(Query::FloatingIps)),
            servers: queries.query(|| Some(Query::Servers)),
            compute: queries.query(|| Some(Query::ComputeLimits)),
            volumes: queries.query(move || makes_volumes().then_some(Query::VolumeLimits)),
        }
    }

    /// Tracked.
    pub fn read<R>(&self, read: impl FnOnce(Offer<'_>) -> R) -> R {
        let flavors = self.flavors.get();
        let networks = self.networks.get();
        let groups = self.groups.get();
        let keys = self.keys.get();
        // The first pages do not tell which addresses are free.
        let floating_ips = self.floating_ips.get().filter(|_| is_whole(self.floating_ips));
        let servers = self.servers.get();
        let (compute, volumes) = (self.compute.get(), self.volumes.get());
        read(Offer {
            flavors: flavors.as_deref().map(Vec::as_slice),
            networks: networks.as_deref().map(Vec::as_slice),
            groups: groups.as_deref().map(Vec::as_slice),
            keys: keys.as_deref().map(Vec::as_slice),
            floating_ips: floating_ips.as_deref().map(Vec::as_slice),
            servers: servers.as_deref().map(Vec::as_slice),
            compute: compute.as_deref(),
            volumes: volumes.as_deref(),
        })
    }
}

/// All of the answer has come, or none will.
pub fn is_settled<T: Send + Sync + 'static>(remote: Remote<T>) -> bool {
    is_whole(remote) || remote.error.with(Option::is_some)
}

/// Not only the first pages.
pub fn is_whole<T: Send + Sync + 'static>(remote: Remote<T>) -> bool {
    remote.at.with(Option::is_some)
}

/// What stands in a field's place while there is nothing to choose from: grey rows, or why not and another try.
pub fn waiting<T: Send + Sync + 'static>(remote: Remote<T>) -> Option<AnyView> {
    if remote.data.with(Option::is_some) {
        return None;
    }
    Some(match remote.error.get() {
        None => view! { <Skeleton rows=1 /> }.into_any(),
        Some(error) => view! {
            <div class="grid gap-2">
                {error_notice(&error, Doing::Reading)}
                <div class="c-actions">
                    <Button small=true on_press=move |_| remote.refresh()>
                        {t("common.retry")}
                    </Button>
                </div>
            </div>
        }
        .into_any(),
    })
}
