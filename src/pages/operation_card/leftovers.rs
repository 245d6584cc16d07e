//! What a piece of work left in the cloud and nobody needs: listed, and deleted when its owner says so.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::backup::deletion::DeletionStep;
use crate::i18n::{t, tr};
use crate::model::{Image, SnapshotId};
use crate::openstack::image::ListImages;
use crate::openstack::sentence::Doing;
use crate::openstack::{ApiError, compute, network};
use crate::operation::{Deletion, Kind, Leftover, OperationId};
use crate::pages::show::error_notice;
use crate::state::operations::{Operations, use_operations};
use crate::state::perform::with_hidden;
use crate::state::queries::{Query, use_queries};
use crate::state::session::{Session, use_session};
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind as ButtonKind};
use crate::ui::confirm::Confirm;
use crate::ui::notice::Notice;

#[component]
pub fn Leftovers(
    id: OperationId,
    leftovers: Vec<Leftover>,
    /// Nothing but the leftovers is worth keeping on the page.
    dismiss: bool,
) -> impl IntoView {
    let session = use_session();
    let operations = use_operations();
    let queries = use_queries();
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let gone = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let names: Vec<String> = leftovers.iter().map(|left| tr(&left.message())).collect();
    let items = names.clone();
    let go = move |_| {
        let (id, leftovers) = (id.clone(), leftovers.clone());
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = delete(session, operations, leftovers).await;
            for query in [Query::Servers, Query::FloatingIps] {
                queries.refresh(&query);
            }
            busy.try_set(false);
            asking.try_set(false);
            match outcome {
                Ok(()) if dismiss => operations.dismiss(&id),
                Ok(()) => _ = gone.try_set(true),
                Err(why) => _ = error.try_set(Some(why)),
            }
        });
    };
    let list = names.into_iter().map(|name| view! { <li>{name}</li> }).collect_view();
    view! {
        <section class="grid gap-2">
            <h3 class="font-medium">{t("operations.leftovers")}</h3>
            <ul class="c-list">{list}</ul>
            {move || {
                if gone.get() {
                    view! { <Notice tone=Tone::Ok title=t("operations.cleaned_up") /> }.into_any()
                } else {
                    view! {
                        <div class="c-actions">
                            <Button
                                kind=ButtonKind::Danger
                                glyph=lu::LuTrash2
                                busy=busy
                                disabled_reason=Signal::derive(read_only)
                                on_press=move |_| asking.set(true)
                            >
                                {t("operations.clean_up")}
                            </Button>
                        </div>
                    }
                        .into_any()
                }
            }}
            {move || error.get().map(|error| error_notice(&error, Doing::DeleteImage))}
        </section>
        <Confirm
            open=asking
            on_close=move |_| asking.set(false)
            title=t("operations.clean_up_title")
            text=t("operations.clean_up_text")
            items=Signal::stored(items)
            action=t("operations.clean_up")
            on_confirm=go
            busy=busy
        />
    }
    .into_any()
}

/// Images and volume snapshots go as an operation of their own; a server and a floating IP need one request each.
async fn delete(session: Session, operations: Operations, leftovers: Vec<Leftover>) -> Result<(), ApiError> {
    let cloud = session.cloud()?;
    for left in &leftovers {
        let outcome = match left {
            Leftover::Server { id, .. } => cloud.call(&compute::DeleteServer(id.clone())).await.map(drop),
            Leftover::FloatingIp { id, .. } => cloud.call(&network::DeleteFloatingIp(id.clone())).await,
            Leftover::Image { .. } | Leftover::VolumeSnapshot { .. } => Ok(()),
        };
        match outcome {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    // Since it was found, an image may have come to need a volume snapshot.
    let images = if leftovers.iter().any(|left| matches!(left, Leftover::VolumeSnapshot { .. })) {
        with_hidden(&cloud, ListImages::default()).await?
    } else {
        Vec::new()
    };
    let steps = steps(&leftovers, &images);
    if !steps.is_empty() {
        operations.start(Kind::DeleteImages(Deletion::new(steps)), None).await?;
    }
    Ok(())
}

/// The images first: a volume snapshot may only go once those that need it are gone. `all`: what there is now; a snapshot
/// that another image of these needs stays.
fn steps(leftovers: &[Leftover], all: &[Image]) -> Vec<DeletionStep> {
    let images = leftovers.iter().filter_map(|left| match left {
        Leftover::Image { id, name } => Some(DeletionStep::Image { id: id.clone(), name: name.clone() }),
        _ => None,
    });
    let images: Vec<DeletionStep> = images.collect();
    let after: Vec<_> = images
        .iter()
        .filter_map(|step| match step {
            DeletionStep::Image { id, .. } => Some(id.clone()),
            DeletionStep::Snapshot { .. } => None,
        })
        .collect();
    let needed = |id: &SnapshotId| {
        let others = all.iter().filter(|image| !after.contains(&image.id));
        others.filter_map(|image| image.properties.behind()).flatten().any(|it| it.snapshot_id == *id)
    };
    let snapshots = leftovers.iter().filter_map(|left| match left {
        Leftover::VolumeSnapshot { id, name } if !needed(id) => {
            Some(DeletionStep::Snapshot { id: id.clone(), name: name.clone(), after: after.clone() })
        }
        _ => None,
    });
    let snapshots: Vec<DeletionStep> = snapshots.collect();
    images.into_iter().chain(snapshots).collect()
}

pub fn read_only() -> Option<String> {
    crate::pages::show::read_only().map(|blocked| tr(&blocked.message()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::volume_image;

    #[test]
    fn snapshots_go_after_the_images_that_need_them() {
        let left = [
            Leftover::VolumeSnapshot { id: "s".into(), name: "a".into() },
            Leftover::VolumeSnapshot { id: "t".into(), name: "needed by now".into() },
            Leftover::Server { id: "w".into(), name: "w".into() },
            Leftover::Image { id: "i".into(), name: "a".into() },
        ];
        assert_eq!(
            steps(&left, &[volume_image("i", 1, &["s"]), volume_image("other", 1, &["t"])]),
            [
                DeletionStep::Image { id: "i".into(), name: "a".into() },
                DeletionStep::Snapshot { id: "s".into(), name: "a".into(), after: vec!["i".into()] },
            ]
        );
    }
}
