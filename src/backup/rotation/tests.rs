use super::*;
use crate::backup::samples::{PROJECT, backup, server};
use crate::model::ServerStatus;
use crate::model::json;
use proptest::prelude::*;

fn ask<'a>(images: &'a [Image], server: &'a ServerId, project: &'a ProjectId, rotation: u32) -> Question<'a> {
    Question { images, servers: &[], server, backup_type: "daily", rotation, project }
}

fn daily(count: i64) -> Vec<Image> {
    (1..=count).map(|n| backup(&format!("b{n}"), n * 100, "s", "daily")).collect()
}

fn gone(plan: &RotationPlan) -> Vec<&str> {
    plan.deleted().map(|f| f.image.as_str()).collect()
}

#[test]
fn deletes_the_oldest_past_the_rotation() {
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let images = daily(3);
    assert!(gone(&plan(ask(&images, &s, &p, 4))).is_empty());
    assert_eq!(gone(&plan(ask(&images, &s, &p, 3))), ["b1"]);
    assert_eq!(gone(&plan(ask(&images, &s, &p, 1))), ["b3", "b2", "b1"]);
    let zero = plan(ask(&images, &s, &p, 0));
    assert_eq!((gone(&zero).len(), zero.new_slot), (3, NewSlot::DeletedAtOnce));
    assert_eq!(plan(ask(&images, &s, &p, 3)).message().key, "rotation.plan.single");
    assert_eq!(plan(ask(&images, &s, &p, 2)).message().key, "rotation.plan.several");
}

#[test]
fn a_protected_backup_is_counted_but_not_made_up_for() {
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let mut images = daily(3);
    images[0].protected = true;
    let plan = plan(ask(&images, &s, &p, 3));
    assert!(gone(&plan).is_empty());
    assert!(matches!(&plan.frames[2].fate, Fate::WouldFail { reason } if reason.key == "rotation.fails.protected"));
}

/// A backup that hangs or has failed takes no place of a good one.
#[test]
fn unusable_backups_stay_on_top_of_the_rotation() {
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let mut images = daily(5);
    images[1].status = ImageStatus::Queued;
    images[3].status = ImageStatus::Deactivated;
    // b5, b4 deactivated, b3, b2 queued, b1: of three kept, the new one, b5 and b3 are usable.
    let three = plan(ask(&images, &s, &p, 3));
    assert_eq!((three.rotation, gone(&three)), (4, vec!["b2", "b1"]));
    let Fate::OnTop { reason } = &three.frames[1].fate else { panic!() };
    assert_eq!(*reason, Message::new("rotation.kept.unusable").count("rotation", 3).count("sent", 4));
    assert_eq!(
        *three.frames[2].fate.reason(),
        Message::new("rotation.kept.window").count("rotation", 3).count("place", 3)
    );
    let all = plan(ask(&images, &s, &p, 4));
    assert_eq!((all.rotation, gone(&all).len()), (6, 0));
    // None is kept but the new one: there is nothing to make room for.
    let one = plan(ask(&images, &s, &p, 1));
    assert_eq!((one.rotation, gone(&one).len()), (1, 5));
    assert_eq!(plan(ask(&images, &s, &p, 0)).rotation, 0);
    let json = json::write(&three);
    assert_eq!(json::read::<RotationPlan>(&json).unwrap(), three);
}

#[test]
fn hidden_other_types_and_other_servers_are_not_counted() {
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let mut images = daily(3);
    images[1].os_hidden = true;
    images.push(backup("w", 1, "s", "weekly"));
    images.push(backup("D", 1, "s", "Daily"));
    images.push(backup("o", 1, "other", "daily"));
    images.push(backup("snap", 1, "s", "daily").with("image_type", "snapshot"));
    images[0].status = ImageStatus::Queued;
    let mut killed = backup("k", 1, "s", "daily");
    killed.status = ImageStatus::Killed;
    images.push(killed);
    let mut foreign = backup("f", 2, "s", "daily");
    foreign.owner = "p2".into();
    let mut community = foreign.clone();
    community.id = "c".into();
    community.visibility = Visibility::Community;
    images.extend([foreign, community]);
    let plan = plan(ask(&images, &s, &p, 2));
    assert_eq!(plan.frames.iter().map(|f| f.image.as_str()).collect::<Vec<_>>(), ["b3", "b1", "f"]);
    assert_eq!(gone(&plan), ["b1"]);
    assert!(matches!(plan.frames[2].fate, Fate::WouldFail { .. }));
}

#[test]
fn ties_go_by_id_and_a_booted_image_carries_a_warning() {
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let images = [backup("a", 100, "s", "daily"), backup("b", 100, "s", "daily")];
    let mut user = server("u", ServerStatus::Active);
    user.image = Some("a".into());
    let question = Question { servers: &[user], ..ask(&images, &s, &p, 2) };
    let plan = plan(question);
    assert_eq!(gone(&plan), ["a"]);
    assert_eq!(plan.frames[1].fate.reason().key, "rotation.deleted.maybe_in_use");
}

#[test]
fn verifies_what_happened() {
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let images = daily(3);
    let plan = plan(ask(&images, &s, &p, 3));
    let new = backup("new", 999, "s", "daily");
    let id = new.id.clone();
    let after = [images[1].clone(), images[2].clone(), new.clone()];
    assert!(verify(&plan, &after, &id).is_empty());
    let odd = [images[0].clone(), images[2].clone(), backup("x", 5, "s", "daily")];
    let keys: Vec<_> = verify(&plan, &odd, &id).iter().map(|d| d.message().key).collect();
    assert_eq!(
        keys,
        [
            "rotation.difference.new_gone",
            "rotation.difference.gone",
            "rotation.difference.still_there",
            "rotation.difference.unexpected"
        ]
    );
    let json = json::write(&plan);
    assert_eq!(json::read::<RotationPlan>(&json).unwrap(), plan);
}

/// Nova's function, line by line, on a copy of the images: list, sort, pop, delete, ignore failures.
fn rotate_like_nova(
    mut glance: Vec<Image>,
    server: &str,
    backup_type: &str,
    rotation: usize,
    project: &str,
) -> Vec<String> {
    let value = |i: &Image, k: &str| i.properties.get(k).map(|v| v.as_str().unwrap().to_owned());
    let mut images: Vec<Image> = Vec::new();
    for image in &glance {
        if image.os_hidden || ["killed", "deleted", "pending_delete"].contains(&image.status.word()) {
            continue;
        }
        if image.visibility.word() == "community" && image.owner.as_str() != project {
            continue;
        }
        if value(image, "image_type").as_deref() == Some("backup")
            && value(image, "backup_type").as_deref() == Some(backup_type)
            && value(image, "instance_uuid").as_deref() == Some(server)
        {
            images.push(image.clone());
        }
    }
    images.sort_by_key(|i| (i.created_at.map(|m| m.0), i.id.0.clone()));
    images.reverse();
    if images.len() > rotation {
        for _ in 0..images.len() - rotation {
            let last = images.pop().unwrap();
            if !last.protected && last.owner.as_str() == project {
                glance.retain(|i| i.id != last.id);
            }
        }
    }
    glance.into_iter().map(|i| i.id.0).collect()
}

fn any_image() -> impl Strategy<Value = Image> {
    let status = prop::sample::select(vec![
        "active",
        "queued",
        "saving",
        "killed",
        "deactivated",
        "pending_delete",
        "importing",
    ]);
    let pick = |of: &'static [&'static str]| prop::sample::select(of);
    (
        0i64..6,
        pick(&["s", "s", "s", "t"]),
        pick(&["daily", "daily", "daily", "weekly", ""]),
        pick(&["backup", "backup", "backup", "snapshot"]),
        status,
        (prop::bool::weighted(0.2), prop::bool::weighted(0.1), prop::bool::weighted(0.1)),
        pick(&["private", "private", "shared", "community", "public"]),
    )
        .prop_map(|(at, server, kind, image_type, status, (protected, hidden, foreign), visibility)| {
            let mut image = backup("", at, server, kind).with("image_type", image_type);
            image.status = status.into();
            image.protected = protected;
            image.os_hidden = hidden;
            image.visibility = visibility.into();
            if foreign {
                image.owner = "p2".into();
            }
            image
        })
}

proptest! {
    #[test]
    fn predicts_what_nova_does(mut images in prop::collection::vec(any_image(), 0..14), rotation in 0u32..6) {
        for (n, image) in images.iter_mut().enumerate() {
            image.id = format!("i{n:02}").into();
        }
        let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
        let plan = plan(ask(&images, &s, &p, rotation));
        let mut glance = images.clone();
        glance.push(backup("new", 100, "s", "daily"));
        let survivors = rotate_like_nova(glance, "s", "daily", plan.rotation as usize, PROJECT);
        for image in &images {
            let predicted = plan.frames.iter().any(|f| f.image == image.id && matches!(f.fate, Fate::Deleted { .. }));
            prop_assert_eq!(predicted, !survivors.contains(&image.id.0), "{}", image.id);
        }
        prop_assert_eq!(plan.new_slot == NewSlot::Kept, survivors.contains(&"new".to_owned()));
        // Never less than the promise as long as there is enough, and never more, but for what could not be deleted.
        let stuck = plan.frames.iter().filter(|f| matches!(f.fate, Fate::WouldFail { .. })).count();
        let usable: Vec<&Image> = images
            .iter()
            .filter(|i| i.status == ImageStatus::Active && plan.frames.iter().any(|f| f.image == i.id))
            .collect();
        let stay = usable.iter().filter(|i| survivors.contains(&i.id.0)).count() + usize::from(rotation > 0);
        prop_assert!(stay >= (usable.len() + 1).min(rotation as usize));
        prop_assert!(stay <= rotation as usize || stuck > 0);
        let after: Vec<Image> = images.iter().cloned().chain([backup("new", 100, "s", "daily")]).filter(|i| survivors.contains(&i.id.0)).collect();
        // `verify` agrees with what Nova did.
        prop_assert_eq!(verify(&plan, &after, &"new".into()), vec![]);
    }
}

#[test]
fn the_usual_rotation_never_shrinks_to_what_is_there() {
    assert_eq!([0, 2, 7, 8, 30].map(usual), [7, 7, 7, 8, 30]);
    assert_eq!(usual(usize::MAX), MOST);
    // The first clicks on a new type: nothing goes before the eighth.
    let (s, p) = (ServerId::from("s"), ProjectId::from(PROJECT));
    for there in 0..7 {
        let images: Vec<Image> = (0..there).map(|n| backup(&format!("b{n}"), n, "s", "daily")).collect();
        let plan = plan(ask(&images, &s, &p, usual(images.len())));
        assert_eq!(plan.deleted().count(), 0, "{there}");
    }
}
