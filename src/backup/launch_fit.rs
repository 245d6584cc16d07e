//! Which flavors can take an image, and whether the quota still can. Known before the click, as Nova's own checks.

use super::kind::{ImageKind, behind};
use crate::model::volume::left;
use crate::model::{Blocked, ComputeLimits, Flavor, Image, ImageUsage, VolumeLimits};

const GIB: u64 = 1 << 30;

/// Nova's rule (nova/compute/api.py, `_validate_flavor_image_nostatus`): RAM against `min_ram`; a local root disk
/// against the image's size and `min_disk`, unless the flavor's disk is 0; a new boot volume of `boot_volume` GiB
/// against `min_disk` alone. Besides, the hypervisor refuses a disk that is larger once unpacked (`virtual_size`).
///
/// # Errors
/// `FlavorRam`, `FlavorDisk` or `VolumeSize`, with what is needed and what there is.
pub fn fits(image: &Image, flavor: &Flavor, boot_volume: Option<u64>) -> Result<(), Blocked> {
    if flavor.ram < image.min_ram {
        return Err(Blocked::FlavorRam { needed_mib: image.min_ram, has_mib: flavor.ram });
    }
    let unpacked = image.size.unwrap_or(0).max(image.virtual_size.unwrap_or(0)).div_ceil(GIB);
    let needed = image.min_disk.max(unpacked);
    if let Some(has) = boot_volume {
        return if has < needed { Err(Blocked::VolumeSize { needed_gib: needed, has_gib: has }) } else { Ok(()) };
    }
    // Its root disk is a volume made of the snapshot behind it: the flavor's disk plays no role.
    if ImageKind::of(image).is_volume_backed() || flavor.disk == 0 || flavor.disk >= needed {
        return Ok(());
    }
    Err(Blocked::FlavorDisk { needed_gib: needed, has_gib: flavor.disk })
}

/// Whether the compute quota leaves room for `count` more servers of this flavor.
///
/// # Errors
/// `Quota` names the first resource that does not suffice.
pub fn has_room(limits: &ComputeLimits, flavor: &Flavor, count: u64) -> Result<(), Blocked> {
    let asks = [
        ("instances", count, left(limits.max_total_instances, limits.total_instances_used)),
        ("cores", flavor.vcpus.saturating_mul(count), left(limits.max_total_cores, limits.total_cores_used)),
        ("ram", flavor.ram.saturating_mul(count), left(limits.max_total_ram, limits.total_ram_used)),
    ];
    first_short(&asks)
}

/// Whether Cinder's quota leaves room for one snapshot of each of these volumes (GiB each): what a snapshot of a
/// volume-backed server needs (contract C4, F).
///
/// # Errors
/// `Quota` of `snapshots` or `gigabytes`.
pub fn has_snapshot_room(limits: &VolumeLimits, volumes: &[u64]) -> Result<(), Blocked> {
    let size = volumes.iter().fold(0u64, |sum, gib| sum.saturating_add(*gib));
    first_short(&[
        ("snapshots", volumes.len() as u64, limits.snapshots_left()),
        ("gigabytes", size, limits.gigabytes_left()),
    ])
}

/// Whether Glance's quota leaves room for `count` more images; `uploads` when one of them has data, which those of
/// volume-backed servers have not.
///
/// # Errors
/// `Quota` of `images` or `image_storage` (MiB).
pub fn has_image_room(usage: &ImageUsage, count: u64, uploads: bool) -> Result<(), Blocked> {
    first_short(&[
        ("images", count, usage.images_left()),
        ("image_storage", 1, (uploads && usage.is_over_size()).then_some(0)),
    ])
}

/// Whether Cinder's quota leaves room for the volumes that launching this image makes.
///
/// # Errors
/// `Quota` of `volumes` or `gigabytes`.
pub fn has_volume_room(limits: &VolumeLimits, image: &Image, boot_volume: Option<u64>) -> Result<(), Blocked> {
    let sizes: Vec<u64> = match boot_volume {
        Some(gib) => vec![gib],
        None => behind(image).iter().map(|snapshot| snapshot.size_gib).collect(),
    };
    let size = sizes.iter().fold(0u64, |sum, gib| sum.saturating_add(*gib));
    let volumes = left(limits.max_total_volumes, limits.total_volumes_used);
    first_short(&[("volumes", sizes.len() as u64, volumes), ("gigabytes", size, limits.gigabytes_left())])
}

fn first_short(asks: &[(&str, u64, Option<u64>)]) -> Result<(), Blocked> {
    for (resource, needed, left) in asks {
        if let Some(left) = left.filter(|left| left < needed) {
            return Err(Blocked::Quota { resource: (*resource).to_owned(), needed: *needed, left });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{image, volume_image};
    use crate::model::json;

    fn flavor(ram: u64, disk: u64) -> Flavor {
        Flavor { ram, disk, vcpus: 2, ..Flavor::default() }
    }

    #[test]
    fn a_flavor_must_be_large_enough() {
        let mut i = image("i", 1);
        i.min_ram = 512;
        i.min_disk = 10;
        assert_eq!(fits(&i, &flavor(512, 10), None), Ok(()));
        assert_eq!(fits(&i, &flavor(511, 10), None), Err(Blocked::FlavorRam { needed_mib: 512, has_mib: 511 }));
        assert_eq!(fits(&i, &flavor(512, 9), None), Err(Blocked::FlavorDisk { needed_gib: 10, has_gib: 9 }));
        assert_eq!(fits(&i, &flavor(512, 0), None), Ok(()), "0 is unchecked");
        i.virtual_size = Some((20 << 30) + 1);
        assert_eq!(fits(&i, &flavor(512, 20), None), Err(Blocked::FlavorDisk { needed_gib: 21, has_gib: 20 }));
        assert_eq!(fits(&i, &flavor(512, 1), Some(21)), Ok(()));
        assert_eq!(fits(&i, &flavor(512, 1), Some(5)), Err(Blocked::VolumeSize { needed_gib: 21, has_gib: 5 }));
        let mut v = volume_image("v", 1, &["a"]);
        v.min_disk = 50;
        assert_eq!(fits(&v, &flavor(512, 1), None), Ok(()));
    }

    #[test]
    fn glance_is_asked_for_images_and_for_their_data() {
        let usage = |text: &str| json::read::<ImageUsage>(text).unwrap();
        let short = |resource: &str, needed, left| Err(Blocked::Quota { resource: resource.into(), needed, left });
        assert_eq!(has_image_room(&usage("{}"), 1000, true), Ok(()), "most clouds limit nothing");
        let full = r#"{"image_count_total": {"usage": 9, "limit": 10}, "image_size_total": {"usage": 1001, "limit": 1000},
            "image_stage_total": {"usage": 0, "limit": 10}, "image_count_uploading": {"usage": 0, "limit": 2}}"#;
        assert_eq!(has_image_room(&usage(full), 1, false), Ok(()));
        assert_eq!(has_image_room(&usage(full), 1, true), short("image_storage", 1, 0));
        assert_eq!(has_image_room(&usage(full), 2, true), short("images", 2, 1));
        let brim =
            r#"{"image_count_total": {"usage": 9, "limit": -1}, "image_size_total": {"usage": 1000, "limit": 1000}}"#;
        assert_eq!(has_image_room(&usage(brim), 50, true), Ok(()), "what is full to the brim takes one more");
        let odd = r#"{"image_count_total": null, "image_size_total": {"usage": "x", "limit": 0}}"#;
        assert_eq!(has_image_room(&usage(odd), 1, true), Ok(()), "the cloud checks it all the same");
    }

    #[test]
    fn quotas_are_counted() {
        let mut limits = ComputeLimits { max_total_cores: 4, total_cores_used: 3, ..ComputeLimits::default() };
        let short = |resource: &str, needed, left| Err(Blocked::Quota { resource: resource.into(), needed, left });
        assert_eq!(has_room(&limits, &flavor(1, 1), 1), short("cores", 2, 1));
        limits.max_total_cores = -1;
        assert_eq!(has_room(&limits, &flavor(1, 1), 1), Ok(()));
        let cinder = VolumeLimits { max_total_snapshots: 10, total_snapshots_used: 9, ..VolumeLimits::default() };
        assert_eq!(has_snapshot_room(&cinder, &[10]), Ok(()));
        assert_eq!(has_snapshot_room(&cinder, &[10, 10]), short("snapshots", 2, 1));
        let full = VolumeLimits { max_total_volume_gigabytes: 5, ..VolumeLimits::default() };
        assert_eq!(has_volume_room(&full, &volume_image("v", 1, &["a"]), None), short("gigabytes", 10, 5));
    }
}
