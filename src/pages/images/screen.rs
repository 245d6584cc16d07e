//! What the parts of the screen share: the data, what is derived of it, and what can be done with an image.

use std::collections::HashSet;
use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::catalogue::{Catalogue, Making, names};
use super::delete::Asked;
use crate::backup::pin::{self, Edit};
use crate::browser::clock;
use crate::i18n::{t, tr};
use crate::model::blocked::{can_delete, can_launch};
use crate::model::{Blocked, Image, ImageId, Message, ProjectId, Server, Visibility};
use crate::openstack::ApiError;
use crate::openstack::image::{ImageChange, PatchImage};
use crate::openstack::sentence::Doing;
use crate::pages::show::{error_words, named};
use crate::route::Route;
use crate::state::navigation::{Navigation, use_navigation};
use crate::state::operations::use_operations;
use crate::state::queries::{Queries, Query, Remote, use_queries};
use crate::state::session::{Session, use_session};
use crate::state::slices::in_slices;
use crate::ui::badge::Tone;
use crate::ui::menu::MenuItem;
use crate::ui::table::Selection;
use crate::ui::toast::Toasts;

#[derive(Clone, Copy)]
pub struct Screen {
    pub images: Remote<Vec<Image>>,
    pub servers: Remote<Vec<Server>>,
    pub catalogue: ReadSignal<Arc<Catalogue>>,
    /// The keys of the ticked rows.
    pub selection: Selection,
    /// What the delete dialog asks about; `None` while it is closed.
    pub asked: RwSignal<Option<Asked>>,
    /// The image that somebody is about to pin.
    pub pinning: RwSignal<Option<Image>>,
    /// The image whose note somebody is about to write.
    pub noting: RwSignal<Option<Image>>,
    /// Asked for while something is about to be deleted: a hidden image may need the same volume snapshot.
    pub hidden: Remote<Vec<Image>>,
    /// Asked for while the list is narrowed down to them: Glance leaves them out of the list.
    pub community: Remote<Vec<Image>>,
    /// Glance's word for the visibility that is looked for; empty for any.
    pub visibility: RwSignal<String>,
    pub navigation: Navigation,
    session: Session,
    queries: Queries,
    toasts: Toasts,
    /// The images that are being changed right now.
    changing: RwSignal<HashSet<ImageId>>,
    going: Memo<HashSet<ImageId>>,
}

impl Screen {
    pub fn new() -> Self {
        let (session, queries) = (use_session(), use_queries());
        let images = queries.query::<Vec<Image>>(|| Some(Query::Images));
        let servers = queries.query::<Vec<Server>>(|| Some(Query::Servers));
        let operations = use_operations();
        let asked = RwSignal::new(None::<Asked>);
        let hidden = queries.query::<Vec<Image>>(move || asked.with(Option::is_some).then_some(Query::HiddenImages));
        let visibility = RwSignal::new(String::new());
        let community = queries.query::<Vec<Image>>(move || {
            visibility.with(|word| word == Visibility::Community.word()).then_some(Query::CommunityImages)
        });
        // A Memo, as who is signed in also says when the token ends.
        let project = Memo::new(move |_| project(session));
        // What the servers do meanwhile changes no image.
        let names = Memo::new(move |_| {
            // The first pages of the servers cannot tell which are gone.
            let servers = servers.get().filter(|_| servers.at.with(Option::is_some))?;
            Some(Arc::new(names(&servers)))
        });
        let before = StoredValue::new(Arc::new(Catalogue::default()));
        let catalogue = in_slices(move || {
            let images = with_others(images.get().unwrap_or_default(), community.get());
            let making = |project: &ProjectId| {
                Making::new(images, names.get(), project, before.get_value(), |kind| tr(&kind.message()))
            };
            project.with(making)
        });
        Effect::new(move || before.set_value(catalogue.get()));
        Self {
            images,
            servers,
            catalogue,
            selection: RwSignal::new(HashSet::new()),
            asked,
            pinning: RwSignal::new(None),
            noting: RwSignal::new(None),
            hidden,
            community,
            visibility,
            navigation: use_navigation(),
            session,
            queries,
            toasts: use_context::<Toasts>().unwrap_or_else(Toasts::provide),
            changing: RwSignal::new(HashSet::new()),
            going: Memo::new(move |_| operations.going()),
        }
    }

    /// The first images have not come, or are still on their way through the slices.
    pub fn is_loading(self) -> bool {
        let some = self.images.data.with(|all| all.as_ref().is_some_and(|all| !all.is_empty()));
        self.images.is_loading()
            || self.is_loading_community()
            || (some && self.catalogue.with(|catalogue| catalogue.is_empty()))
    }

    fn is_loading_community(self) -> bool {
        self.visibility.with(|word| word == Visibility::Community.word()) && self.community.is_loading()
    }

    /// The project that is signed in to. Tracked.
    pub fn project(self) -> ProjectId {
        project(self.session)
    }

    /// A single image that the list may not have.
    pub fn single(self, id: impl Fn() -> Option<ImageId> + Send + Sync + 'static) -> Remote<Image> {
        self.queries.query::<Image>(move || id().map(Query::Image))
    }

    pub fn launch_blocked(self, image: &Image) -> Option<Blocked> {
        self.may_change().and_then(|()| self.stays(image)).and_then(|()| can_launch(image)).err()
    }

    /// Only its owner changes an image.
    pub fn protect_blocked(self, image: &Image) -> Option<Blocked> {
        let own = image.owner == self.project();
        self.may_change().err().or_else(|| (!own).then_some(Blocked::NotOwner))
    }

    pub fn delete_blocked(self, image: &Image) -> Option<Blocked> {
        let ready = || {
            if self.is_complete() { Ok(()) } else { Err(Blocked::Loading) }
        };
        let may = self.may_change().and_then(|()| self.stays(image));
        may.and_then(|()| can_delete(image, self.project().as_str())).and_then(|()| ready()).err()
    }

    /// Whether an operation is about to delete it. Tracked.
    pub fn is_going(self, id: &ImageId) -> bool {
        self.going.with(|going| going.contains(id))
    }

    fn stays(self, image: &Image) -> Result<(), Blocked> {
        if self.is_going(&image.id) { Err(Blocked::Going) } else { Ok(()) }
    }

    /// Why nothing at all can be deleted.
    pub fn deleting_blocked(self) -> Option<Blocked> {
        self.may_change().err().or_else(|| (!self.is_complete()).then_some(Blocked::Loading))
    }

    /// Which snapshots another image needs, and which server is shelved in one, only the whole lists tell.
    fn is_complete(self) -> bool {
        self.images.at.with(Option::is_some) && self.servers.at.with(Option::is_some)
    }

    fn may_change(self) -> Result<(), Blocked> {
        self.session.who.with(|who| match who {
            Some(who) if who.read_only => Err(Blocked::ReadOnly { roles: who.roles.join(", ") }),
            _ => Ok(()),
        })
    }

    /// The entries of a row's menu. They are made when it opens.
    pub fn menu(self, id: &ImageId) -> Vec<MenuItem> {
        let catalogue = self.catalogue.get_untracked();
        let Some((image, _)) = catalogue.get(id) else {
            return Vec::new();
        };
        let reason = |blocked: Option<Blocked>| blocked.map(|blocked| tr(&blocked.message()));
        let (launch, delete, own, pinned) = (id.clone(), id.clone(), image.clone(), image.clone());
        let (word, glyph) = protect_words(image);
        let (pin_word, pin_glyph) = pin_words(image);
        vec![
            MenuItem::new(t("images.launch"), move |()| self.launch(&launch))
                .glyph(lu::LuRocket)
                .disabled_reason(reason(untrack(|| self.launch_blocked(image)))),
            MenuItem::new(word, move |()| self.set_protected(&own, !own.protected))
                .glyph(glyph)
                .disabled_reason(reason(untrack(|| self.protect_blocked(image)))),
            MenuItem::new(pin_word, move |()| self.turn_pin(&pinned))
                .glyph(pin_glyph)
                .disabled_reason(reason(untrack(|| self.protect_blocked(image)))),
            MenuItem::new(format!("{}…", t("images.delete")), move |()| self.ask_delete(vec![delete.clone()]))
                .glyph(lu::LuTrash2)
                .danger()
                .disabled_reason(reason(untrack(|| self.delete_blocked(image)))),
        ]
    }

    pub fn launch(self, id: &ImageId) {
        self.navigation.go(&Route::Launch { image: Some(id.clone()) });
    }

    pub fn ask_delete(self, chosen: Vec<ImageId>) {
        let (Some(images), Some(servers)) = (untrack(|| self.all_images()), untrack(|| self.servers.get())) else {
            return;
        };
        let now = clock::now_ms();
        // The lists may be half a minute old: what is agreed to is what they say anew.
        for query in [Query::Images, Query::HiddenImages, Query::Servers] {
            self.queries.refresh(&query);
        }
        self.asked.set(Some(Asked::new(chosen, &images, &servers, &untrack(|| self.project()), now)));
    }

    /// All images, the hidden ones too, for a plan of what may go. Tracked.
    pub fn all_images(self) -> Option<Arc<Vec<Image>>> {
        Some(with_others(with_others(self.images.get()?, self.community.get()), self.hidden.get()))
    }

    /// Whether every list that a deletion rests on was read since then. Tracked.
    pub fn is_since(self, moment: f64) -> bool {
        self.images.is_since(moment) && self.hidden.is_since(moment) && self.servers.is_since(moment)
    }

    /// Why one of them could not be read. Tracked.
    pub fn plan_error(self) -> Option<ApiError> {
        self.images.error.get().or_else(|| self.hidden.error.get()).or_else(|| self.servers.error.get())
    }

    pub fn read_again(self) {
        self.images.refresh();
        self.hidden.refresh();
        self.servers.refresh();
    }

    /// Their deletion has begun: nothing of them is selected or looked at any more.
    pub fn deleted(self, images: &[ImageId]) {
        self.selection.update(|selection| images.iter().for_each(|id| _ = selection.remove(id.as_str())));
        if let Route::Images { open: Some(open), .. } = self.navigation.route.get_untracked()
            && images.contains(&open)
        {
            self.close();
        }
    }

    /// Whether a change of it is under way. Tracked.
    pub fn is_changing(self, id: &ImageId) -> bool {
        self.changing.with(|changing| changing.contains(id))
    }

    pub fn set_protected(self, image: &Image, on: bool) {
        match (on, pin::reason(image)) {
            (true, _) => {
                let edit = Edit { protected: Some(true), set: Vec::new(), remove: Vec::new() };
                self.edit(image, edit, "images.protected_now");
            }
            (false, Some(_)) => self.edit(image, pin::unprotect(image), "pin.released"),
            (false, None) => self.edit(image, pin::unprotect(image), "images.unprotected_now"),
        }
    }

    /// Pins it after asking why, or releases it at once: nothing goes before the next rotation is shown.
    pub fn turn_pin(self, image: &Image) {
        match pin::reason(image) {
            Some(_) => self.edit(image, pin::release(image), "pin.released"),
            None => self.pinning.set(Some(image.clone())),
        }
    }

    /// Changes an image, and says so with the sentence `done`.
    pub fn edit(self, image: &Image, edit: Edit, done: &'static str) {
        let id = image.id.clone();
        let name = named(&image.name);
        let nothing = edit.protected.is_none() && edit.set.is_empty() && edit.remove.is_empty();
        if nothing || self.changing.with_untracked(|changing| changing.contains(&id)) {
            return;
        }
        self.changing.update(|changing| _ = changing.insert(id.clone()));
        spawn_local(async move {
            let mut changes: Vec<ImageChange> = edit.protected.map(ImageChange::Protected).into_iter().collect();
            changes.extend(edit.set.into_iter().map(|(key, value)| ImageChange::SetProperty(key.to_owned(), value)));
            changes.extend(edit.remove.into_iter().map(|key| ImageChange::RemoveProperty(key.to_owned())));
            let call = PatchImage { image: id.clone(), changes };
            let outcome = match self.session.cloud() {
                Ok(cloud) => cloud.call(&call).await,
                Err(error) => Err(error),
            };
            self.changing.try_update(|changing| changing.remove(&id));
            match outcome {
                Ok(now) => {
                    // The lists come later, and what is offered until then would be what was done just now.
                    for list in [Query::Images, Query::HiddenImages, Query::CommunityImages] {
                        self.queries.amend(&list, |all: &Vec<Image>| with_answer(all, &now));
                    }
                    self.queries.amend(&Query::Image(id.clone()), |_: &Image| (now.id == id).then(|| now.clone()));
                    self.toasts.push(Tone::Ok, tr(&Message::new(done).text("name", name)), None);
                    self.queries.refresh(&Query::Images);
                    self.queries.refresh(&Query::Image(id));
                }
                Err(error) => {
                    let (text, details) = error_words(&error, Doing::Reading);
                    self.toasts.push(Tone::Bad, text, details);
                }
            }
        });
    }

    /// Opens the details; the way back leads to the list, however many were looked at in between.
    pub fn open(self, id: &ImageId) {
        let Route::Images { kind, search, open } = self.navigation.route.get_untracked() else {
            return;
        };
        let route = Route::Images { kind, search, open: Some(id.clone()) };
        match open {
            Some(_) => self.navigation.replace(route),
            None => self.navigation.go(&route),
        }
    }

    pub fn close(self) {
        if let Route::Images { kind, search, open: Some(_) } = self.navigation.route.get_untracked() {
            self.navigation.replace(Route::Images { kind, search, open: None });
        }
    }
}

/// The list with an image as a change of it was answered; `None` where it has none of that id, or says so already.
fn with_answer(all: &[Image], now: &Image) -> Option<Vec<Image>> {
    let place = all.iter().position(|image| image.id == now.id).filter(|place| all[*place] != *now)?;
    let mut all = all.to_vec();
    all[place] = now.clone();
    Some(all)
}

/// What the button says that turns the protection around, and its icon.
pub fn protect_words(image: &Image) -> (String, icondata_core::Icon) {
    match image.protected {
        true => (t("images.unprotect"), lu::LuLockOpen),
        false => (t("images.protect"), lu::LuLock),
    }
}

/// Likewise for the pin.
pub fn pin_words(image: &Image) -> (String, icondata_core::Icon) {
    match pin::reason(image) {
        Some(_) => (t("pin.release"), lu::LuPinOff),
        None => (format!("{}…", t("pin.submit")), lu::LuPin),
    }
}

/// The list, and those of the others that it does not have.
fn with_others(listed: Arc<Vec<Image>>, others: Option<Arc<Vec<Image>>>) -> Arc<Vec<Image>> {
    let Some(others) = others.filter(|others| !others.is_empty()) else { return listed };
    let known: HashSet<&ImageId> = listed.iter().map(|image| &image.id).collect();
    let more = others.iter().filter(|image| !known.contains(&image.id));
    Arc::new(listed.iter().chain(more).cloned().collect())
}

fn project(session: Session) -> ProjectId {
    session.who.with(|who| who.as_ref().map(|who| who.project.id.clone())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::image;

    #[test]
    fn what_is_asked_for_besides_comes_once() {
        let listed = Arc::new(vec![image("a", 1), image("own", 2)]);
        assert!(Arc::ptr_eq(&with_others(Arc::clone(&listed), None), &listed));
        let all = with_others(listed, Some(Arc::new(vec![image("own", 2), image("theirs", 3)])));
        assert_eq!(all.iter().map(|image| image.id.as_str()).collect::<Vec<_>>(), ["a", "own", "theirs"]);
    }

    #[test]
    fn an_answer_takes_the_place_of_its_image_and_of_no_other() {
        let all = [image("a", 1), image("b", 2)];
        let mut locked = image("b", 2);
        locked.protected = true;
        assert_eq!(with_answer(&all, &locked), Some(vec![all[0].clone(), locked.clone()]));
        assert_eq!(with_answer(&all, &all[1]), None, "nothing is new");
        locked.id = "c".into();
        assert_eq!(with_answer(&all, &locked), None, "an odd answer adds nothing");
    }
}
