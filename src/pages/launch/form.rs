//! PURE. What a launch form holds, its defaults, why it cannot be sent yet, and what it will make.

use crate::backup::kind::{ImageKind, Source, behind};
use crate::backup::{launch_fit, naming};
use crate::model::order;
use crate::model::{
    Blocked, ComputeLimits, Flavor, FlavorId, FloatingIp, FloatingIpId, Image, Keypair, Message, Network, NetworkId,
    SecurityGroup, SecurityGroupId, Server, VolumeLimits,
};
use crate::openstack::names;
use crate::operation::{BootVolume, FloatingIpChoice, LaunchSpec, Networks};

/// The values of the key pair's field that are not names of key pairs, which have no `+`.
pub const NEW_KEY: &str = "+new";
pub const IMPORT_KEY: &str = "+import";

/// What the person chose for the floating IP. Its text is the field's value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Floating {
    #[default]
    Automatic,
    None,
    New(NetworkId),
    Use(FloatingIpId),
}

impl Floating {
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("new", id)) => Self::New(id.into()),
            Some(("use", id)) => Self::Use(id.into()),
            _ if text == "none" => Self::None,
            _ => Self::Automatic,
        }
    }
    pub fn text(&self) -> String {
        match self {
            Self::Automatic => "auto".to_owned(),
            Self::None => "none".to_owned(),
            Self::New(id) => format!("new:{id}"),
            Self::Use(id) => format!("use:{id}"),
        }
    }
}

/// The form as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed {
    pub name: String,
    pub flavor: FlavorId,
    pub networks: Vec<NetworkId>,
    pub groups: Vec<SecurityGroupId>,
    /// A name, empty for none, or [`NEW_KEY`] or [`IMPORT_KEY`].
    pub key: String,
    pub floating: Floating,
    /// The image into a new volume; the size is `None` while it is no number.
    pub volume: Option<(Option<u32>, bool)>,
    pub user_data: String,
}

/// What the cloud offers; `None` while it has not said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offer<'a> {
    pub flavors: Option<&'a [Flavor]>,
    pub networks: Option<&'a [Network]>,
    pub groups: Option<&'a [SecurityGroup]>,
    pub keys: Option<&'a [Keypair]>,
    pub floating_ips: Option<&'a [FloatingIp]>,
    pub servers: Option<&'a [Server]>,
    pub compute: Option<&'a ComputeLimits>,
    pub volumes: Option<&'a VolumeLimits>,
}

impl<'a> Offer<'a> {
    /// Networks that a server can be attached to (nova/network/neutron.py: external ones only if shared).
    pub fn private(&self) -> impl Iterator<Item = &'a Network> {
        let usable = |network: &&Network| (!network.external || network.shared) && !network.subnets.is_empty();
        self.networks.unwrap_or_default().iter().filter(usable)
    }
    pub fn pools(&self) -> impl Iterator<Item = &'a Network> {
        self.networks.unwrap_or_default().iter().filter(|network| network.external)
    }
    pub fn free_ips(&self) -> impl Iterator<Item = &'a FloatingIp> {
        self.floating_ips.unwrap_or_default().iter().filter(|ip| ip.port_id.is_none())
    }
    pub fn source(&self, image: &Image) -> Option<&'a Server> {
        let source = Source::of(image)?.server;
        self.servers.unwrap_or_default().iter().find(|server| server.id == source)
    }
}

/// Whether the flavor can take the image, and the quota the flavor.
///
/// # Errors
/// The reason that stands on the disabled choice.
pub fn flavor_fits(image: &Image, flavor: &Flavor, offer: Offer<'_>, volume: Option<u64>) -> Result<(), Blocked> {
    launch_fit::fits(image, flavor, volume)?;
    offer.compute.map_or(Ok(()), |limits| launch_fit::has_room(limits, flavor, 1))
}

/// The least GiB that a new boot volume of this image needs.
pub fn least_volume(image: &Image) -> u64 {
    let unpacked = image.size.unwrap_or(0).max(image.virtual_size.unwrap_or(0));
    image.min_disk.max(unpacked.div_ceil(1 << 30)).max(1)
}

/// `web1` becomes `web1-2`, or the next number that is free.
pub fn default_name(image: &Image, offer: Offer<'_>) -> String {
    let base = offer.source(image).map_or(image.name.as_str(), |server| server.name.as_str());
    let taken = |name: &str| offer.servers.unwrap_or_default().iter().any(|server| server.name == name);
    let numbered = (2..1000).map(|n| format!("{}-{n}", naming::valid(base, naming::MAX - 4)));
    let mut numbered = numbered.filter(|name| !taken(name));
    numbered.next().unwrap_or_else(|| naming::valid(base, naming::MAX))
}

/// The source's flavor if it still is there and fits, else the smallest that fits.
pub fn default_flavor(image: &Image, offer: Offer<'_>) -> Option<FlavorId> {
    let flavors = offer.flavors?;
    let fitting = || flavors.iter().filter(|flavor| flavor_fits(image, flavor, offer, None).is_ok());
    let of_source = offer.source(image).and_then(|server| {
        fitting().find(|flavor| {
            server.flavor.id.as_ref() == Some(&flavor.id) || server.flavor.original_name.as_ref() == Some(&flavor.name)
        })
    });
    of_source.or_else(|| fitting().min_by_key(|flavor| (flavor.ram, flavor.vcpus, flavor.disk))).map(|it| it.id.clone())
}

/// The source's networks by name, else the only one.
pub fn default_networks(image: &Image, offer: Offer<'_>) -> Vec<NetworkId> {
    let ids = |names: &dyn Fn(&Network) -> bool| -> Vec<NetworkId> {
        offer.private().filter(|network| names(network)).map(|network| network.id.clone()).collect()
    };
    let of_source = offer.source(image).map(|server| ids(&|network| server.addresses.contains_key(&network.name)));
    match of_source {
        Some(found) if !found.is_empty() => found,
        _ => match ids(&|network| !network.external) {
            only if only.len() == 1 => only,
            _ => Vec::new(),
        },
    }
}

/// The source's groups by name, else `default`.
pub fn default_groups(image: &Image, offer: Offer<'_>) -> Vec<SecurityGroupId> {
    let named = |name: &str| {
        offer.groups.unwrap_or_default().iter().find(|group| group.name == name).map(|group| group.id.clone())
    };
    let of_source = offer.source(image).map(|server| {
        let mut found: Vec<_> = server.security_groups.iter().filter_map(|group| named(&group.name)).collect();
        order::sort(&mut found, Ord::cmp);
        found.dedup();
        found
    });
    match of_source {
        Some(found) if !found.is_empty() => found,
        _ => named("default").into_iter().collect(),
    }
}

/// The source's key pair if it is the user's own, else the only one, else none (empty).
pub fn default_key(image: &Image, offer: Offer<'_>) -> String {
    let keys = offer.keys.unwrap_or_default();
    let of_source = offer.source(image).and_then(|server| server.key_name.clone());
    match (of_source.filter(|name| keys.iter().any(|key| key.name == *name)), keys) {
        (Some(name), _) => name,
        (None, [only]) => only.name.clone(),
        _ => String::new(),
    }
}

/// What the choice comes to: automatic takes a free address, or else allocates one of the first pool.
///
/// # Errors
/// While nobody knows which addresses are free, or when the chosen one is free no more: nothing is allocated, and nothing
/// left out, that was not asked for.
pub fn floating_choice(choice: &Floating, offer: Offer<'_>) -> Result<FloatingIpChoice, Message> {
    let existing =
        |ip: &FloatingIp| FloatingIpChoice::Existing { id: ip.id.clone(), address: ip.floating_ip_address.clone() };
    let known = || offer.floating_ips.ok_or_else(|| Message::new("launch.need_floating"));
    match choice {
        Floating::None => Ok(FloatingIpChoice::None),
        Floating::New(network) => Ok(FloatingIpChoice::Allocate { network: network.clone() }),
        Floating::Use(id) => {
            known()?;
            let free = offer.free_ips().find(|ip| ip.id == *id);
            free.map(existing).ok_or_else(|| Message::new("launch.floating_taken"))
        }
        Floating::Automatic => {
            let Some(pool) = offer.pools().next() else { return Ok(FloatingIpChoice::None) };
            known()?;
            let of_pools = |ip: &&FloatingIp| offer.pools().any(|pool| pool.id == ip.floating_network_id);
            let allocate = || FloatingIpChoice::Allocate { network: pool.id.clone() };
            Ok(offer.free_ips().find(of_pools).map_or_else(allocate, existing))
        }
    }
}

/// What to launch.
///
/// # Errors
/// The first reason that it cannot be launched yet, for the button.
pub fn spec(typed: &Typed, image: &Image, offer: Offer<'_>) -> Result<LaunchSpec, Message> {
    crate::model::blocked::can_launch(image).map_err(|blocked| blocked.message())?;
    if typed.name.is_empty() {
        return Err(Message::new("launch.need_name"));
    }
    let name = names::name(&typed.name)?;
    let volume_backed = ImageKind::of(image).is_volume_backed();
    let volume = typed.volume.filter(|_| !volume_backed);
    let size = match volume {
        Some((None, _)) => return Err(Message::new("launch.need_size")),
        Some((Some(size), _)) => Some(u64::from(size)),
        None => None,
    };
    let loading = || Blocked::Loading.message();
    let flavors = offer.flavors.ok_or_else(loading)?;
    let flavor = flavors.iter().find(|flavor| flavor.id == typed.flavor);
    let flavor = flavor.ok_or_else(|| Message::new("launch.need_flavor"))?;
    flavor_fits(image, flavor, offer, size).map_err(|blocked| blocked.message())?;
    if let Some(limits) = offer.volumes.filter(|_| volume_backed || size.is_some()) {
        launch_fit::has_volume_room(limits, image, size).map_err(|blocked| blocked.message())?;
    }
    offer.networks.ok_or_else(loading)?;
    let networks: Vec<NetworkId> =
        offer.private().map(|network| network.id.clone()).filter(|id| typed.networks.contains(id)).collect();
    if networks.is_empty() {
        return Err(Message::new("launch.need_network"));
    }
    if typed.key.starts_with('+') {
        return Err(Message::new("launch.need_key"));
    }
    names::user_data(&typed.user_data)?;
    Ok(LaunchSpec {
        name,
        image: image.id.clone(),
        flavor: flavor.id.clone(),
        key_name: (!typed.key.is_empty()).then(|| typed.key.clone()),
        networks: Networks::These(networks),
        security_groups: typed.groups.clone(),
        availability_zone: None,
        boot_volume: volume.zip(size).map(|((_, delete_on_termination), size_gib)| BootVolume {
            size_gib,
            delete_on_termination,
            volume_type: None,
        }),
        config_drive: false,
        has_user_data: !typed.user_data.trim().is_empty(),
        floating_ip: floating_choice(&typed.floating, offer)?,
    })
}

/// Everything that a launch makes, one sentence each.
pub fn summary(spec: &LaunchSpec, image: &Image, offer: Offer<'_>) -> Vec<Message> {
    let flavor = offer.flavors.unwrap_or_default().iter().find(|flavor| flavor.id == spec.flavor);
    let flavor = flavor.map(|flavor| flavor.name.clone()).unwrap_or_default();
    let mut all = vec![Message::new("launch.summary_server").text("name", &spec.name).text("flavor", flavor)];
    let behind = behind(image);
    if let Some(volume) = &spec.boot_volume {
        all.push(Message::new("launch.summary_volume").count("size", volume.size_gib));
    } else if !behind.is_empty() {
        let size = behind.iter().fold(0u64, |sum, snapshot| sum.saturating_add(snapshot.size_gib));
        all.push(Message::new("launch.summary_volumes").count("n", behind.len() as u64).count("size", size));
    }
    if let Networks::These(ids) = &spec.networks {
        let names: Vec<&str> = offer.private().filter(|it| ids.contains(&it.id)).map(|it| it.name.as_str()).collect();
        all.push(Message::new("launch.summary_networks").text("names", names.join(", ")));
    }
    match &spec.floating_ip {
        FloatingIpChoice::None => {}
        FloatingIpChoice::Existing { address, .. } => {
            all.push(Message::new("launch.summary_floating_use").text("address", address));
        }
        FloatingIpChoice::Allocate { network } => {
            let pool = offer.pools().find(|pool| pool.id == *network).map(|pool| pool.name.clone()).unwrap_or_default();
            all.push(Message::new("launch.summary_floating_new").text("pool", pool));
        }
    }
    match &spec.key_name {
        Some(name) => all.push(Message::new("launch.summary_key").text("name", name)),
        None => all.push(Message::new("launch.summary_no_key")),
    }
    all
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
