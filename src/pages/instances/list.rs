//! The rows of the list of instances, worked out once per change of the data, not per typed letter. No markup.

use std::sync::Arc;

use super::flavor_name;
use crate::backup::lineage::Lineage;
use crate::model::{Image, ImageId, Moment, Server};
use crate::pages::show::{named, server_status_words};
use crate::route::Route;
use crate::state::slices::{SLICE, Work};
use crate::ui::table::{Row, SortKey};

/// A row, and what a search looks at: in lower case.
pub struct Listed {
    haystack: String,
    row: Row,
}

/// The rows that a search lets through.
pub fn matching(all: &[Listed], search: &str) -> Vec<Row> {
    let needle = search.trim().to_lowercase();
    all.iter().filter(|listed| listed.haystack.contains(&needle)).map(|listed| listed.row.clone()).collect()
}

/// The list in the making.
pub struct Listing {
    servers: Arc<Vec<Server>>,
    lineage: Arc<Lineage>,
    made: Vec<Listed>,
}

impl Listing {
    pub fn new(servers: Arc<Vec<Server>>, lineage: Arc<Lineage>) -> Self {
        Self { servers, lineage, made: Vec::new() }
    }
}

impl Work for Listing {
    type Done = Vec<Listed>;

    fn step(&mut self) -> bool {
        for server in self.servers.iter().skip(self.made.len()).take(SLICE) {
            self.made.push(listed(server, &self.lineage));
        }
        self.made.len() < self.servers.len()
    }

    fn done(self) -> Vec<Listed> {
        self.made
    }
}

/// The images' relations to servers in the making.
pub struct Relating(Lineage);

impl Relating {
    pub fn new(images: Arc<Vec<Image>>) -> Self {
        Self(Lineage::new(images))
    }
}

impl Work for Relating {
    type Done = Lineage;

    fn step(&mut self) -> bool {
        self.0.add(SLICE)
    }

    fn done(self) -> Lineage {
        self.0
    }
}

/// The columns, in this order, are: name, status, backups, address, image, age.
fn listed(server: &Server, lineage: &Lineage) -> Listed {
    let kept = lineage.kept(&server.id);
    let image = server.image.as_ref().and_then(|id| lineage.image(id)).map(|image| image.name.as_str());
    let addresses: Vec<&str> = server.addresses.values().flatten().map(|address| address.addr.as_str()).collect();
    let address = server.best_address().map(|address| address.addr.as_str()).unwrap_or_default();
    let moment = |at: Option<Moment>| SortKey::from(at.map(|at| at.0));
    let status = server_status_words(server);
    let content = (
        &server.name,
        &status,
        server.image.as_ref().map(ImageId::as_str),
        image,
        server.volumes.len(),
        flavor_name(server),
        &addresses,
        &server.key_name,
        &kept,
        lineage.is_whole(),
    );
    let row = Row::new(server.id.to_string(), named(&server.name), &content)
        .href(Route::Instance(server.id.clone()).to_string())
        .sort([
            SortKey::text(&server.name),
            SortKey::text(&status),
            moment(kept.newest),
            SortKey::text(address),
            SortKey::text(image.unwrap_or_default()),
            moment(server.created),
        ]);
    let haystack = format!("{}\n{}\n{}", server.name, server.id, addresses.join("\n")).to_lowercase();
    Listed { haystack, row }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::{backup, server};
    use crate::model::ServerStatus;

    fn list(servers: Vec<Server>, images: Vec<Image>) -> Vec<Listed> {
        let mut relating = Relating::new(Arc::new(images));
        while relating.step() {}
        let mut listing = Listing::new(Arc::new(servers), Arc::new(relating.done()));
        while listing.step() {}
        listing.done()
    }

    #[test]
    fn all_servers_are_listed_and_found_by_what_they_show() {
        let servers: Vec<Server> = (0..SLICE * 2 + 1).map(|n| server(&format!("S{n}"), ServerStatus::Active)).collect();
        let all = list(servers, Vec::new());
        assert_eq!(matching(&all, " ").len(), SLICE * 2 + 1);
        assert_eq!(matching(&all, " SERVER s17 ").first().map(|row| row.key.clone()).as_deref(), Some("S17"));
        assert!(matching(&all, "nowhere").is_empty());
    }

    #[test]
    fn a_row_changes_with_its_backups() {
        let stamp = |images| list(vec![server("s", ServerStatus::Active)], images)[0].row.stamp;
        assert_eq!(stamp(Vec::new()), stamp(vec![backup("b", 1, "another", "daily")]));
        assert_ne!(stamp(Vec::new()), stamp(vec![backup("b", 1, "s", "daily")]));
    }
}
