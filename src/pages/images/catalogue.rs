//! The catalogue as the list shows it, worked out once per change of the data and not per drawing. No markup.

use std::collections::HashMap;
use std::sync::Arc;

use super::filter::{Filter, fold};
use crate::backup::kind::{ImageKind, Source, Trust, behind};
use crate::backup::metadata;
use crate::model::{Image, ImageId, ImageStatus, ProjectId, Server, ServerId};
use crate::route::KindTab;
use crate::state::slices::{SLICE, Work};
use crate::ui::table::{Row, SortKey};

/// All images that the project sees, and what is derived of each.
#[derive(Default)]
pub struct Catalogue {
    images: Arc<Vec<Image>>,
    entries: Vec<Arc<Entry>>,
    places: HashMap<ImageId, usize>,
    names: Option<Arc<Names>>,
    project: ProjectId,
}

/// What the list says of an image beyond its record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What a search looks at, folded.
    pub haystack: String,
    pub tab: KindTab,
    pub size: Size,
    pub source: Option<Origin>,
    pub note: Option<String>,
    pub row: Row,
}

/// How much room an image takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// Nothing is known until the data is there.
    Unfinished,
    Bytes(u64),
    /// Its data is in volume snapshots: GiB.
    Volumes(u64),
}

/// The server that an image was made of, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub server: ServerId,
    /// Absent when the server is not in the list.
    pub name: Option<String>,
    /// It was of this project and is not there any more.
    pub gone: bool,
    /// Whether another image may have handed the server's id down.
    pub trust: Trust,
}

/// A catalogue in the making: of ten thousand images, slice by slice.
pub struct Making {
    made: Catalogue,
    before: Arc<Catalogue>,
    /// Whether nothing but the images can have changed since `before`.
    same: bool,
    words: fn(&ImageKind) -> String,
}

impl Making {
    /// `names` is `None` until all servers are known. What is in `before` and still true is taken over; `words` says an
    /// image's type, for searches.
    pub fn new(
        images: Arc<Vec<Image>>,
        names: Option<Arc<Names>>,
        project: &ProjectId,
        before: Arc<Catalogue>,
        words: fn(&ImageKind) -> String,
    ) -> Self {
        let same = before.project == *project && before.names == names;
        let made = Catalogue { images, names, project: project.clone(), ..Catalogue::default() };
        Self { made, before, same, words }
    }

    fn one(&self, image: &Image) -> Arc<Entry> {
        match self.before.place(&image.id).filter(|_| self.same) {
            Some((known, entry)) if known == image => Arc::clone(entry),
            _ => Arc::new(entry(image, self.made.names.as_deref(), &self.made.project, self.words)),
        }
    }
}

impl Work for Making {
    type Done = Catalogue;

    fn step(&mut self) -> bool {
        let images = Arc::clone(&self.made.images);
        let begin = self.made.entries.len();
        for (place, image) in images.iter().enumerate().skip(begin).take(SLICE) {
            let entry = self.one(image);
            self.made.entries.push(entry);
            self.made.places.insert(image.id.clone(), place);
        }
        self.made.entries.len() < images.len()
    }

    fn done(self) -> Catalogue {
        self.made
    }
}

impl Catalogue {
    fn place(&self, id: &ImageId) -> Option<(&Image, &Arc<Entry>)> {
        let place = *self.places.get(id)?;
        Some((self.images.get(place)?, self.entries.get(place)?))
    }

    pub fn get(&self, id: &ImageId) -> Option<(&Image, &Entry)> {
        self.place(id).map(|(image, entry)| (image, &**entry))
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries that a filter lets through, of all tabs.
    pub fn matching(&self, filter: &Filter) -> Vec<Arc<Entry>> {
        let all = self.images.iter().zip(&self.entries);
        let passes = |(image, entry): &(&Image, &Arc<Entry>)| filter.takes(image.visibility.word(), &entry.haystack);
        all.filter(passes).map(|(_, entry)| Arc::clone(entry)).collect()
    }
}

/// Server names by id.
pub type Names = HashMap<ServerId, String>;

pub fn names(servers: &[Server]) -> Names {
    servers.iter().map(|server| (server.id.clone(), server.name.clone())).collect()
}

pub fn size(image: &Image, kind: &ImageKind) -> Size {
    match image.size {
        _ if kind.is_volume_backed() => {
            Size::Volumes(behind(image).iter().fold(0, |sum, disk| sum.saturating_add(disk.size_gib)))
        }
        Some(bytes) if bytes > 0 || image.status == ImageStatus::Active => Size::Bytes(bytes),
        _ => Size::Unfinished,
    }
}

/// A server of another project may well live on where this one cannot see it, so it is never called gone.
pub fn origin(image: &Image, names: Option<&Names>, project: &ProjectId) -> Option<Origin> {
    let source = Source::of(image)?;
    let name = names.and_then(|names| names.get(&source.server)).cloned();
    Some(Origin {
        gone: name.is_none() && names.is_some() && image.owner == *project,
        name,
        server: source.server,
        trust: source.trust,
    })
}

pub fn tab(kind: &ImageKind) -> KindTab {
    match kind {
        ImageKind::Plain => KindTab::Plain,
        ImageKind::Snapshot | ImageKind::VolumeSnapshot => KindTab::Snapshots,
        ImageKind::Backup { .. } | ImageKind::VolumeBackup { .. } => KindTab::Backups,
    }
}

/// The columns, in this order, are: name, type, size, source, visibility, age.
fn entry(image: &Image, names: Option<&Names>, project: &ProjectId, words: fn(&ImageKind) -> String) -> Entry {
    let kind = ImageKind::of(image);
    let tab = tab(&kind);
    let size = size(image, &kind);
    let source = origin(image, names, project);
    let note = image.property(metadata::NOTE).map(str::to_owned);
    let created = image.created_at.map(|at| at.0);
    let sort = [
        SortKey::text(image.name.as_str()),
        SortKey::text(format!("{} {}", tab.word(), kind.backup_type().unwrap_or_default())),
        match size {
            Size::Unfinished => SortKey::None,
            Size::Bytes(bytes) => SortKey::Number(bytes as f64),
            Size::Volumes(gib) => SortKey::Number(gib as f64 * f64::from(1 << 30)),
        },
        source.as_ref().map_or(SortKey::None, |origin| SortKey::text(origin.name.as_deref().unwrap_or("\u{10ffff}"))),
        SortKey::text(image.visibility.word()),
        SortKey::from(created.map(|at| -at)),
    ];
    let content = (
        (image.status.word(), image.visibility.word(), image.protected, &image.name),
        (tab, kind.backup_type(), kind.is_volume_backed(), size, &source, &note, created),
    );
    let label = if image.name.trim().is_empty() { image.id.to_string() } else { image.name.clone() };
    let row = Row::new(image.id.to_string(), label, &content).sort(sort);
    let server = source.as_ref().map(|source| (source.server.as_str(), source.name.as_deref().unwrap_or_default()));
    let (server, name) = server.unwrap_or_default();
    let haystack = fold(&format!("{}\n{}\n{}\n{name}\n{server}", image.name, image.id, words(&kind)));
    Entry { haystack, tab, size, source, note, row }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{PROJECT, image, server, volume_image};
    use crate::model::{ServerStatus, Visibility};

    fn catalogue(images: Vec<Image>, servers: Option<&[Server]>) -> Catalogue {
        after(Catalogue::default(), images, servers)
    }

    fn after(before: Catalogue, images: Vec<Image>, servers: Option<&[Server]>) -> Catalogue {
        let names = servers.map(|all| Arc::new(names(all)));
        let words = |kind: &ImageKind| format!("{kind:?}");
        let mut making = Making::new(Arc::new(images), names, &PROJECT.into(), Arc::new(before), words);
        while making.step() {}
        making.done()
    }

    #[test]
    fn a_catalogue_after_another_is_the_same_as_one_from_nothing() {
        let all: Vec<Image> = (0..SLICE as i64 * 2 + 5)
            .map(|n| image(&format!("i{n}"), n).with("image_type", "snapshot").with("instance_uuid", "s"))
            .collect();
        let mut changed = all.clone();
        changed.remove(3);
        changed[7].name = "another".into();
        changed.push(image("new", 9));
        let servers = [server("s", ServerStatus::Active)];
        for (images, servers) in [(&all, None), (&changed, None), (&changed, Some(servers.as_slice()))] {
            let one = after(catalogue(all.clone(), None), images.clone(), servers);
            let other = catalogue(images.clone(), servers);
            let rows = |it: &Catalogue| it.entries.iter().map(|entry| entry.row.clone()).collect::<Vec<_>>();
            assert_eq!(rows(&one), rows(&other));
            assert!(images.iter().all(|image| one.get(&image.id).is_some_and(|(known, _)| known == image)));
        }
        assert_eq!(catalogue(Vec::new(), None).entries.len(), 0);
    }

    #[test]
    fn a_volume_backed_image_is_as_large_as_the_snapshots_behind_it() {
        let mut unfinished = image("b", 2);
        unfinished.size = None;
        unfinished.status = ImageStatus::Saving;
        let all = catalogue(vec![volume_image("a", 1, &["s1", "s2"]), unfinished], None);
        let size = |id: &str| all.get(&id.into()).map(|(_, entry)| entry.size);
        assert!(matches!(size("a"), Some(Size::Volumes(gib)) if gib > 0));
        assert_eq!(size("b"), Some(Size::Unfinished));
        assert_eq!(size("c"), None);
    }

    #[test]
    fn only_servers_of_this_project_are_called_gone() {
        let of = |id: &str, owner: &str| {
            let mut image = image(id, 1).with("image_type", "snapshot").with("instance_uuid", "s");
            image.owner = owner.into();
            image
        };
        let images = vec![of("mine", PROJECT), of("theirs", "p2")];
        let gone = |servers: Option<&[Server]>, id: &str| {
            let all = catalogue(images.clone(), servers);
            all.get(&id.into()).and_then(|(_, entry)| entry.source.clone()).map(|origin| (origin.gone, origin.name))
        };
        assert_eq!(gone(None, "mine"), Some((false, None)), "the servers are not known yet");
        assert_eq!(gone(Some(&[]), "mine"), Some((true, None)));
        assert_eq!(gone(Some(&[]), "theirs"), Some((false, None)));
        let servers = [server("s", ServerStatus::Active)];
        assert_eq!(gone(Some(&servers), "mine"), Some((false, Some("server s".into()))));
    }

    #[test]
    fn volume_backed_snapshots_count_as_snapshots_and_newest_come_first() {
        let all = catalogue(vec![volume_image("a", 1, &["s1"]), image("b", 2)], None);
        let (_, a) = all.get(&"a".into()).unwrap();
        let (_, b) = all.get(&"b".into()).unwrap();
        assert_eq!(a.tab, KindTab::Snapshots);
        assert_eq!(
            (a.row.sort.last(), b.row.sort.last()),
            (Some(&SortKey::Number(-1.0)), Some(&SortKey::Number(-2.0)))
        );
    }

    #[test]
    fn a_row_changes_with_what_it_shows_and_with_nothing_else() {
        let stamp = |image: Image| catalogue(vec![image], None).entries[0].row.stamp;
        let plain = stamp(image("a", 1));
        assert_eq!(plain, stamp(image("a", 1).with("os_distro", "debian")));
        assert_ne!(plain, stamp(image("a", 1).with("carrete_note", "before the upgrade")));
        let mut locked = image("a", 1);
        locked.protected = true;
        assert_ne!(plain, stamp(locked));
    }

    #[test]
    fn searches_names_ids_types_and_servers() {
        let mut café = image("id-1", 1).with("image_type", "snapshot").with("instance_uuid", "s");
        café.name = "Café".into();
        café.visibility = Visibility::Private;
        let servers = [server("s", ServerStatus::Active)];
        let all = catalogue(vec![café, image("id-2", 2)], Some(&servers));
        let found = |text: &str, visibility: &str| all.matching(&Filter::new(text, visibility)).len();
        assert_eq!(found("", ""), 2);
        assert_eq!(found("cafe", ""), 1);
        assert_eq!(found("SERVER snapshot ID-1", ""), 1);
        assert_eq!(found("cafe other", ""), 0);
        assert_eq!(found("cafe", "public"), 0);
    }
}
