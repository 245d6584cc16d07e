//! Does what an operation asks for: one effect becomes calls, and what came of them one event.
//!
//! Generic over the transport, so that it can be tested natively. It decides nothing: that is the machines' part.

use futures::future::{join, join_all, join3, try_join, try_join3};

use crate::backup::metadata;
use crate::model::{Image, Server, ServerId};
use crate::openstack::compute::{self, BootFrom, LaunchRequest, Networks};
use crate::openstack::image::{DeleteImage, ImageChange, ListImages, PatchImage, ShowImage};
use crate::openstack::sentence::{Context, Doing};
use crate::openstack::transport::Transport;
use crate::openstack::{ApiError, Client, block_storage, network, sentence};
use crate::operation::{
    ActionEvent, ActionFacts, Effect, EffectError, ErrorClass, Event, Facts, LaunchSpec, Look, Seen, Stock, launch,
};

/// Carries out one effect. `user_data` goes into a launch: it is no part of the journal.
pub async fn perform<T: Transport + 'static>(cloud: &Client<T>, effect: Effect, user_data: Option<String>) -> Event {
    let doing = doing(&effect);
    attempt(cloud, effect, user_data).await.unwrap_or_else(|error| Event::Failed(effect_error(cloud, &error, doing)))
}

async fn attempt<T: Transport + 'static>(
    cloud: &Client<T>,
    effect: Effect,
    user_data: Option<String>,
) -> Result<Event, ApiError> {
    Ok(match effect {
        Effect::CreateImage { server, name, metadata } => {
            let accepted = cloud.call(&compute::CreateImage { server, name, metadata }).await?;
            Event::Accepted { image: accepted.image, request_id: accepted.request_id }
        }
        Effect::CreateBackup { server, name, backup_type, rotation, metadata } => {
            let call = compute::CreateBackup { server, name, backup_type, rotation, metadata };
            let accepted = cloud.call(&call).await?;
            Event::Accepted { image: accepted.image, request_id: accepted.request_id }
        }
        Effect::FindImagesByNonce { nonce } => Event::Images {
            images: with_hidden(cloud, ListImages::by_property(metadata::OP, &nonce)).await?,
            action: None,
        },
        Effect::Look(look) => Event::Looked(facts(cloud, look).await?),
        Effect::SealImage { image } => {
            let changes = vec![ImageChange::SetProperty(metadata::IMAGE.to_owned(), image.to_string())];
            cloud.call(&PatchImage { image, changes }).await?;
            Event::Sealed
        }
        Effect::ListImages { server, action } => {
            // The action first: its end must not be newer than the list.
            let action = match action {
                Some(request) => action_facts(cloud, compute::ShowAction { server: server.clone(), request }).await?,
                None => None,
            };
            let of_server = ListImages::default().with(metadata::INSTANCE_UUID, server.as_str());
            Event::Images { images: cloud.all(of_server, |_| ()).await?, action }
        }
        Effect::TakeStock { server, agreed, whole } => {
            let list = ListImages::default();
            let list = if whole { list } else { list.with(metadata::INSTANCE_UUID, server.as_str()) };
            let snapshots = async {
                match cloud.all(block_storage::ListSnapshots::default(), |_| ()).await {
                    // A cloud without volumes has no volume snapshots either.
                    Err(ApiError::NoEndpoint { .. }) => Ok(Vec::new()),
                    found => found,
                }
            };
            let (mut images, snapshots, server) =
                try_join3(with_hidden(cloud, list), snapshots, show_server(cloud, server)).await?;
            // What a list leaves out is not gone for that.
            let mut gone = Vec::new();
            for id in agreed {
                if images.iter().all(|image| image.id != id) {
                    match cloud.call(&ShowImage(id.clone())).await {
                        Ok(image) => images.push(image),
                        Err(error) if error.is_not_found() => gone.push(id),
                        Err(error) => return Err(error),
                    }
                }
            }
            Event::Stock(Box::new(Stock { images, snapshots, server, gone }))
        }
        Effect::FindDebris { server, name } => {
            // The snapshots first: what was made after them cannot be missing among the images.
            let mut snapshots = cloud.all(block_storage::ListSnapshots::default(), |_| ()).await?;
            snapshots.retain(|snapshot| snapshot.name == name);
            let images = with_hidden(cloud, ListImages::default());
            let (images, server) = try_join(images, show_server(cloud, server)).await?;
            let volumes = server.into_iter().flat_map(|server| server.volumes).map(|volume| volume.id).collect();
            Event::Debris { snapshots, images, volumes }
        }
        Effect::CreateServer { spec, metadata } => {
            let request = launch_request(spec, metadata, user_data);
            let launched = cloud.call(&compute::CreateServer(request)).await?;
            Event::ServerAccepted { server: launched.id, request_id: None }
        }
        Effect::FindServerByNonce { name, nonce } => {
            let mut found: Vec<Server> = cloud.all(compute::ListServers::default(), |_| ()).await?;
            found.retain(|server| server.name == name && server.metadata.get(metadata::OP) == Some(&nonce));
            Event::Servers(found)
        }
        Effect::PortsOf { server } => Event::Ports(cloud.all(network::Ports::of_server(&server), |_| ()).await?),
        Effect::CreateFloatingIp { network: pool, port, fixed_ip, description } => {
            let call = network::CreateFloatingIp { pool, port: Some(port), fixed_ip: Some(fixed_ip), description };
            Event::FloatingIps(vec![cloud.call(&call).await?])
        }
        Effect::FindFloatingIpByNonce { description } => {
            let mut found = cloud.all(network::FloatingIps::default(), |_| ()).await?;
            found.retain(|ip| ip.description == description);
            Event::FloatingIps(found)
        }
        Effect::ShowFloatingIp { id } => {
            let found = network::FloatingIps::default().with("id", id.as_str());
            Event::FloatingIps(cloud.all(found, |_| ()).await?)
        }
        Effect::AssociateFloatingIp { id, port, fixed_ip } => {
            let call = network::AssociateFloatingIp { floating_ip: id, port: Some(port), fixed_ip: Some(fixed_ip) };
            Event::FloatingIps(vec![cloud.call(&call).await?])
        }
        Effect::DeleteImage { id } => {
            cloud.call(&DeleteImage(id)).await?;
            Event::Deleted
        }
        Effect::DeleteSnapshot { id } => {
            cloud.call(&block_storage::DeleteSnapshot(id)).await?;
            Event::Deleted
        }
        Effect::ShowSnapshot { id } => {
            Event::VolumeSnapshot(match cloud.call(&block_storage::ShowSnapshot(id)).await {
                Err(error) if !error.is_not_found() => return Err(error),
                found => seen(found)?,
            })
        }
    })
}

/// Everything that was asked for, side by side.
async fn facts<T: Transport + 'static>(cloud: &Client<T>, look: Look) -> Result<Facts, ApiError> {
    let Look { server, image, snapshots, action } = look;
    let show_action = match (&server, action) {
        (Some(server), Some(request)) => Some(compute::ShowAction { server: server.clone(), request }),
        _ => None,
    };
    let server = async {
        match server {
            Some(id) => Some(cloud.call(&compute::ShowServer(id)).await),
            None => None,
        }
    };
    let image = async {
        match image {
            Some(id) => Some(cloud.call(&ShowImage(id)).await),
            None => None,
        }
    };
    let snapshots = join_all(snapshots.into_iter().map(|id| async move {
        let found = cloud.call(&block_storage::ShowSnapshot(id.clone())).await;
        (id, found)
    }));
    let action = async {
        match show_action {
            Some(call) => action_facts(cloud, call).await,
            None => Ok(None),
        }
    };
    let ((server, image), snapshots, action) = join3(join(server, image), snapshots, action).await;
    let mut sight = Sight::default();
    let server = server.map(|found| sight.of(found.map(Box::new))).transpose()?;
    let image = image.map(|found| sight.of(found.map(Box::new))).transpose()?;
    let snapshots = snapshots.into_iter().map(|(id, found)| sight.of(found).map(|seen| (id, seen)));
    let snapshots = snapshots.collect::<Result<_, _>>()?;
    let error = match sight {
        // Nothing at all was seen: that is told, and asked again at a calmer pace.
        Sight { anything: false, error: Some(error) } => return Err(error),
        Sight { error, .. } => error.map(|error| effect_error(cloud, &error, Doing::Reading)),
    };
    Ok(Facts { server, image, snapshots, action: action?, error })
}

/// Of several looks at once: whether anything could be seen, and the first error.
#[derive(Default)]
struct Sight {
    anything: bool,
    error: Option<ApiError>,
}

impl Sight {
    fn of<R>(&mut self, outcome: Result<R, ApiError>) -> Result<Seen<R>, ApiError> {
        let (seen, error) = match outcome {
            Err(error) if !error.is_not_found() && error != ApiError::SessionEnded => (Seen::Unclear, Some(error)),
            outcome => (seen(outcome)?, None),
        };
        self.anything |= error.is_none();
        self.error = self.error.take().or(error);
        Ok(seen)
    }
}

/// A 404 is a fact. Another error is none, but for the end of the session, which stops everything.
fn seen<R>(outcome: Result<R, ApiError>) -> Result<Seen<R>, ApiError> {
    match outcome {
        Ok(it) => Ok(Seen::Here(it)),
        Err(error) if error.is_not_found() => Ok(Seen::Gone),
        Err(ApiError::SessionEnded) => Err(ApiError::SessionEnded),
        Err(_) => Ok(Seen::Unclear),
    }
}

/// `None` while Nova has not written it yet, or does not show it.
async fn action_facts<T: Transport + 'static>(
    cloud: &Client<T>,
    call: compute::ShowAction,
) -> Result<Option<ActionFacts>, ApiError> {
    let action = match seen(cloud.call(&call).await)? {
        Seen::Here(action) => action,
        _ => return Ok(None),
    };
    let events = action.events.into_iter().map(|event| ActionEvent {
        finished: event.finish_time.is_some(),
        error: event.result.as_deref() == Some("Error"),
        event: event.event,
    });
    Ok(Some(ActionFacts { error: action.message.as_deref() == Some("Error"), events: events.collect() }))
}

/// `None` when it is gone.
async fn show_server<T: Transport + 'static>(cloud: &Client<T>, id: ServerId) -> Result<Option<Server>, ApiError> {
    match cloud.call(&compute::ShowServer(id)).await {
        Ok(server) => Ok(Some(server)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Glance leaves hidden images out unless asked for them alone.
pub async fn with_hidden<T: Transport + 'static>(cloud: &Client<T>, call: ListImages) -> Result<Vec<Image>, ApiError> {
    let hidden = call.clone().with("os_hidden", "true");
    let (mut shown, hidden) = try_join(cloud.all(call, |_| ()), cloud.all(hidden, |_| ())).await?;
    shown.extend(hidden);
    Ok(shown)
}

fn launch_request(
    spec: LaunchSpec,
    metadata: std::collections::BTreeMap<String, String>,
    user_data: Option<String>,
) -> LaunchRequest {
    LaunchRequest {
        name: spec.name,
        boot: match spec.boot_volume {
            None => BootFrom::Image(spec.image),
            Some(volume) => BootFrom::NewVolume {
                image: spec.image,
                size: u32::try_from(volume.size_gib).unwrap_or(u32::MAX),
                delete_on_termination: volume.delete_on_termination,
                volume_type: volume.volume_type,
            },
        },
        flavor: spec.flavor,
        networks: match spec.networks {
            launch::Networks::Auto => Networks::Auto,
            launch::Networks::None => Networks::None,
            launch::Networks::These(ids) => Networks::These(ids.into_iter().map(compute::Nic::Network).collect()),
        },
        security_groups: spec.security_groups,
        key_name: spec.key_name,
        user_data: user_data.filter(|_| spec.has_user_data),
        metadata,
        availability_zone: spec.availability_zone,
        ..LaunchRequest::default()
    }
}

fn doing(effect: &Effect) -> Doing {
    match effect {
        Effect::CreateImage { .. } | Effect::CreateBackup { .. } => Doing::Snapshot,
        Effect::CreateServer { .. } => Doing::Launch,
        Effect::DeleteImage { .. } | Effect::DeleteSnapshot { .. } => Doing::DeleteImage,
        Effect::CreateFloatingIp { .. } | Effect::AssociateFloatingIp { .. } => Doing::FloatingIp,
        _ => Doing::Reading,
    }
}

fn effect_error<T: Transport + 'static>(cloud: &Client<T>, error: &ApiError, doing: Doing) -> EffectError {
    let roles = cloud.token().map(|token| token.roles.clone()).unwrap_or_default();
    EffectError {
        class: class(error),
        message: sentence(error, Context::doing(doing).with_roles(&roles)),
        request_id: error.request_id().cloned(),
    }
}

/// What an error means for the thing that was asked for.
fn class(error: &ApiError) -> ErrorClass {
    match error {
        ApiError::SessionEnded | ApiError::Unauthorized(_) | ApiError::MoreFactors { .. } => ErrorClass::SessionEnded,
        ApiError::Forbidden(_) => ErrorClass::Forbidden,
        ApiError::NotFound(_) => ErrorClass::NotFound,
        ApiError::Conflict(_) => ErrorClass::Conflict,
        _ if error.is_uncertain() || error.is_passing() => ErrorClass::Unknown,
        _ => ErrorClass::Refused,
    }
}

#[cfg(test)]
mod tests;
