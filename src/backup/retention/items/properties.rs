//! Whatever images a cloud holds and whatever the policy is: only what is certainly and visibly a usable backup by the
//! policy of this very server is ever removed, never the newest, and just what the rules say. The images are records with
//! all their properties; what each of them is, the generator knows from making it, and the code finds out.

use super::*;
use crate::backup::metadata::{PIN, PIN_TYPE};
use crate::backup::retention::properties::{Dice, explained};
use crate::backup::retention::{Item, forget};
use crate::backup::samples::{PROJECT, image, server, volume_image};
use crate::model::{Moment, ServerStatus, SnapshotId, VolumeStatus};

const CASES: usize = 100_000;
/// As many records are made; each case takes some that lie together, and dates them afresh.
const RECORDS: usize = 4_000;
const DISKS: [&str; 5] = ["v0", "v1", "v2", "v3", "v4"];

/// What the generator knows of a record.
struct Made {
    /// The policy of server `s` may remove it, if it has a date, all of `disks` are available, and it is not on a shelf.
    may_go: bool,
    disks: Vec<usize>,
    /// It has the name of what a shelved server `s` needs.
    shelf: bool,
}

impl Dice {
    /// The first of them, but for one time in fifteen.
    fn mostly(&mut self, words: &[&'static str]) -> &'static str {
        let others = words.len() as u64 - 1;
        if self.roll(15) > 0 { words[0] } else { words[1 + self.roll(others) as usize] }
    }

    fn rarely(&mut self) -> bool {
        self.roll(15) == 0
    }

    fn record(&mut self, number: usize) -> (Image, Made) {
        let id = format!("{number:04}");
        let disks: Vec<usize> = (0..DISKS.len()).filter(|_| self.roll(3) == 0).collect();
        let points = self.roll(2) == 0;
        let mut made = if points {
            volume_image(&id, 0, &disks.iter().map(|disk| DISKS[*disk]).collect::<Vec<_>>())
        } else {
            image(&id, 0)
        };
        let status = self.mostly(&["active", "queued", "saving", "killed", "deactivated", "deleted", "odd"]);
        let owner = self.mostly(&[PROJECT, "p2", ""]);
        let kind = self.mostly(&["backup", "snapshot", ""]);
        let backup_type = self.mostly(&[BACKUP_TYPE, PINNED_TYPE, "daily", "Carrete", ""]);
        let written = self.mostly(&["s", "s2", "S", ""]);
        let ours = ["s", "", "s2"][if self.roll(3) > 0 { self.roll(2) as usize } else { self.roll(3) as usize }];
        let seal = self.mostly(&["own", "other", ""]);
        let (has_op, protected, hidden) = (!self.rarely(), self.rarely(), self.rarely());
        made.name = self.mostly(&["b", "server s-shelved", "server s2-shelved"]).to_owned();
        made.status = status.into();
        (made.owner, made.protected, made.os_hidden) = (owner.into(), protected, hidden);
        made.size = match (points, self.roll(8)) {
            // Not every cloud says 0 for what points at volume snapshots; before it is active nobody knows.
            (true, 0) if status == "active" => None,
            (true, _) => Some(0),
            (false, 0) => Some(0),
            (false, 1) => None,
            (false, _) => Some(1 << 30),
        };
        if !points && made.size == Some(1 << 30) && self.roll(4) == 0 {
            // A copy of it stands on an image with bits of its own, and means nothing there.
            made = made.with("block_device_mapping", "[{\"snapshot_id\": \"v0\"}]");
        }
        for (key, value) in [("image_type", kind), ("backup_type", backup_type), ("instance_uuid", written)] {
            made = made.with(key, value);
        }
        if has_op {
            made = made.with(metadata::OP, "n");
        }
        if !ours.is_empty() {
            made = made.with(metadata::SERVER, ours);
        }
        if !seal.is_empty() {
            made = made.with(metadata::IMAGE, if seal == "own" { &id } else { seal });
        }
        // A server that was launched from a pinned backup hands this on.
        if self.roll(6) == 0 || backup_type == PINNED_TYPE {
            made = made.with(PIN, "why").with(PIN_TYPE, BACKUP_TYPE);
        }
        // Without any of them it is taken for an image with bits.
        let points = points && !disks.is_empty();
        let of_this_server = if points {
            seal == "own" && has_op && if ours.is_empty() { written == "s" } else { ours == "s" }
        } else {
            written == "s"
        };
        let is_whole = points || made.size != Some(0);
        let by_policy = kind == "backup" && backup_type == BACKUP_TYPE;
        let free = owner == PROJECT && !protected && !hidden && status == "active";
        let shelf = made.name == "server s-shelved" && matches!(written, "s" | "");
        let may_go = of_this_server && is_whole && by_policy && free;
        (made, Made { may_go, disks: if points { disks } else { Vec::new() }, shelf })
    }
}

#[test]
fn removes_only_what_the_policy_of_this_server_made_and_just_what_the_rules_say() {
    let mut dice = Dice(0x5EED_0003);
    let (mut images, made): (Vec<Image>, Vec<Made>) = (0..RECORDS).map(|number| dice.record(number)).unzip();
    let mut servers = [server("s", ServerStatus::Active), server("s2", ServerStatus::Shelved)];
    let mut snapshots = DISKS.map(|id| VolumeSnapshot { id: SnapshotId::from(id), ..VolumeSnapshot::default() });
    let (this, project) = (ServerId::from("s"), ProjectId::from(PROJECT));
    let mut removed = 0;
    for case in 0..CASES {
        let shelved = dice.roll(3) == 0;
        servers[0].status = if shelved { ServerStatus::ShelvedOffloaded } else { ServerStatus::Active };
        for snapshot in &mut snapshots {
            snapshot.status = match dice.roll(12) {
                0 => VolumeStatus::Creating,
                1 => VolumeStatus::Error,
                2 => VolumeStatus::Deleting,
                _ => VolumeStatus::Available,
            };
        }
        // The last ones may be gone.
        let there = &snapshots[..DISKS.len() - dice.roll(4) as usize / 3];
        let count = dice.roll(13) as usize;
        let first = dice.roll((RECORDS - count) as u64) as usize;
        let scale = [3, 5_400, 200_000, 9_000_000, 90_000_000][dice.roll(5) as usize];
        for image in &mut images[first..first + count] {
            let at = 1_798_761_600 + dice.roll(scale) as i64 - scale as i64 / 2;
            image.created_at = (dice.roll(30) > 0).then_some(Moment(at));
        }
        let all = &images[first..first + count];
        let is_available = |disk: &usize| there.get(*disk).is_some_and(|it| it.status == VolumeStatus::Available);
        let may_go = |number: usize| {
            let known = &made[number];
            let is_dated = images[number].created_at.is_some();
            known.may_go && is_dated && !(shelved && known.shelf) && known.disks.iter().all(is_available)
        };
        let is_candidate = |item: &Item| may_go(item.image.as_ref().unwrap().as_str().parse().unwrap());
        let keep = dice.keep();
        let decisions = forget(items(all, there, &servers, &this, &project, BACKUP_TYPE), &keep);
        for decision in &decisions {
            let expected = is_candidate(&decision.item);
            assert!(decision.stays() || expected, "case {case}: {decision:#?} of {all:#?}");
            assert_eq!(decision.item.standing == Standing::Usable, expected, "case {case}: {decision:#?} of {all:#?}");
        }
        let candidates: Vec<&Item> = decisions.iter().map(|it| &it.item).filter(|it| is_candidate(it)).collect();
        let eligible = (first..first + count).filter(|number| may_go(*number)).count();
        assert_eq!(candidates.len(), eligible, "case {case}: none is overlooked: {decisions:#?} of {all:#?}");
        let kept = decisions.iter().filter(|it| it.is_kept_usable()).map(|it| it.item.image.clone());
        removed += decisions.iter().filter(|it| it.is_removed()).count();
        assert_eq!(kept.collect::<Vec<_>>(), explained(candidates, &keep), "case {case}: {keep:?} {decisions:#?}");
    }
    assert!(removed > CASES / 4, "only {removed} in all");
}
