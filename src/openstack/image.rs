//! Glance: the image catalogue.

use serde_json::{Value, json};

use super::call::{Body, Call, Method, Page, PagedCall, Request, Response, Service, marker_of, segment};
use super::error::ApiError;
use crate::model::{Image, ImageId, ImageUsage};

/// Images that the project sees, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ListImages {
    /// Equality filters: Glance's own fields (`status`, `owner`, `visibility`, `name`) and any custom property
    /// (`instance_uuid`, `backup_type`). Add them with `with`.
    pub filters: Vec<(String, String)>,
    /// A page's length; Glance gives 1000 at most, and 25 when nothing is asked for.
    pub limit: u32,
    pub marker: Option<String>,
}

impl Default for ListImages {
    fn default() -> Self {
        Self { filters: Vec::new(), limit: 500, marker: None }
    }
}

impl ListImages {
    /// One more filter. Text that Glance would read as an operator is quoted away: a value with `:` in one of its own
    /// text fields needs `eq:` (glance/db/sqlalchemy/api.py).
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let has_operators = matches!(key, "name" | "status" | "id" | "container_format" | "disk_format");
        let value = if has_operators && value.contains(':') { format!("eq:{value}") } else { value };
        self.filters.push((key.to_owned(), value));
        self
    }

    /// The image (or images) made by one operation, by the nonce that was sent along as metadata.
    pub fn by_property(key: &str, nonce: &str) -> Self {
        Self { limit: 25, ..Self::default() }.with(key, nonce)
    }
}

impl Call for ListImages {
    type Reply = Page<Image>;

    fn request(&self) -> Request {
        let mut request = Request::get(Service::Image, "/images");
        request.query.extend(self.filters.iter().cloned());
        request.query("limit", self.limit.to_string()).query("sort", "created_at:desc").marker(&self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let (items, body) = response.read_list(Service::Image, "images")?;
        Ok(Page { items, next: body["next"].as_str().and_then(marker_of) })
    }
}

impl PagedCall for ListImages {
    type Item = Image;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker), ..self.clone() }
    }
}

/// What the project takes of Glance's quota. `NotFound` before Xena.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage;

impl Call for Usage {
    type Reply = ImageUsage;

    fn request(&self) -> Request {
        Request::get(Service::Image, "/info/usage")
    }

    fn parse(&self, response: Response) -> Result<ImageUsage, ApiError> {
        response.read_key(Service::Image, "usage")
    }
}

/// `NotFound` after `createImage` was accepted means that the snapshot failed: Nova removes what it could not finish.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowImage(pub ImageId);

impl Call for ShowImage {
    type Reply = Image;

    fn request(&self) -> Request {
        Request::get(Service::Image, path(&self.0))
    }

    fn parse(&self, response: Response) -> Result<Image, ApiError> {
        response.read(Service::Image, "image")
    }
}

/// Errors: `Forbidden` (protected, or another project's), `Conflict` (its storage is in use).
///
/// The volume snapshots behind a volume-backed server's image stay.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteImage(pub ImageId);

impl Call for DeleteImage {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(Service::Image, Method::Delete, path(&self.0))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Changes an image, all or nothing. `Conflict` when a property to be removed is not there, `Forbidden` for read-only ones.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchImage {
    pub image: ImageId,
    pub changes: Vec<ImageChange>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageChange {
    Name(String),
    /// A protected image cannot be deleted, by rotation neither.
    Protected(bool),
    /// Adds or overwrites.
    SetProperty(String, String),
    RemoveProperty(String),
}

impl ImageChange {
    fn json(&self) -> Value {
        match self {
            Self::Name(name) => json!({ "op": "replace", "path": "/name", "value": name }),
            Self::Protected(on) => json!({ "op": "replace", "path": "/protected", "value": on }),
            Self::SetProperty(key, value) => json!({ "op": "add", "path": pointer(key), "value": value }),
            Self::RemoveProperty(key) => json!({ "op": "remove", "path": pointer(key) }),
        }
    }
}

impl Call for PatchImage {
    /// The image as it is now.
    type Reply = Image;

    fn request(&self) -> Request {
        let changes: Value = self.changes.iter().map(ImageChange::json).collect();
        let mut request = Request::new(Service::Image, Method::Patch, path(&self.image));
        // Glance answers 415 to plain JSON.
        request.body =
            Some(Body { content_type: "application/openstack-images-v2.1-json-patch", text: changes.to_string() });
        request
    }

    fn parse(&self, response: Response) -> Result<Image, ApiError> {
        response.read(Service::Image, "image")
    }
}

fn path(image: &ImageId) -> String {
    format!("/images/{}", segment(image.as_str()))
}

/// A JSON pointer to a top-level key (RFC 6901).
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ImageStatus;

    fn answer(body: &str) -> Response {
        Response { status: 200, body: body.into(), ..Response::default() }
    }

    #[test]
    fn asks_for_what_it_wants_and_reads_the_relative_link() {
        let call = ListImages::default().with("name", "my:name").with("carrete_op", "a:b").with("owner", "p");
        let request = call.request();
        let asked = |key: &str| request.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        assert_eq!(
            (asked("name"), asked("carrete_op"), asked("limit")),
            (Some("eq:my:name"), Some("a:b"), Some("500"))
        );
        let page = call
            .parse(answer(
                r#"{"images": [{"id": "i", "name": null, "status": "active", "size": null, "carrete_op": "x", "os_hidden": false}],
                "first": "/v2/images", "schema": "/v2/schemas/images", "next": "/v2/images?limit=1&marker=i"}"#,
            ))
            .unwrap();
        assert_eq!(page.next.as_deref(), Some("i"));
        assert_eq!(
            (page.items[0].status.clone(), page.items[0].property("carrete_op")),
            (ImageStatus::Active, Some("x"))
        );
        assert!(page.items[0].name.is_empty());
        assert_eq!(call.after("i".into()).filters, call.filters);
    }

    #[test]
    fn usage_is_what_the_cloud_limits() {
        assert_eq!(Usage.request().path, "/info/usage");
        let body = r#"{"usage": {"image_count_total": {"usage": 1, "limit": 3}}}"#;
        let usage = Usage.parse(answer(body)).unwrap();
        assert_eq!((usage.images_left(), usage.is_over_size()), (Some(2), false));
        assert_eq!(Usage.parse(answer(r#"{"usage": {}}"#)).unwrap(), ImageUsage::default());
        for odd in ["", "<html>", "[]", r#"{"usage": 3}"#] {
            assert!(Usage.parse(answer(odd)).is_err(), "{odd}");
        }
    }

    #[test]
    fn changes_are_json_patch_with_escaped_keys() {
        let call = PatchImage {
            image: "i".into(),
            changes: vec![
                ImageChange::Protected(true),
                ImageChange::SetProperty("a/b~c".into(), "v".into()),
                ImageChange::RemoveProperty("backup_type".into()),
                ImageChange::Name("n".into()),
            ],
        };
        let body = call.request().body.unwrap();
        assert_eq!(body.content_type, "application/openstack-images-v2.1-json-patch");
        assert_eq!(
            serde_json::from_str::<Value>(&body.text).unwrap(),
            json!([{"op": "replace", "path": "/protected", "value": true}, {"op": "add", "path": "/a~1b~0c", "value": "v"},
                {"op": "remove", "path": "/backup_type"}, {"op": "replace", "path": "/name", "value": "n"}])
        );
    }

    #[test]
    fn hostile_answers_are_errors_not_panics() {
        for body in ["", "null", "[]", "5", r#"{"images": null}"#, r#"{"images": "x"}"#, "<html></html>"] {
            assert!(ListImages::default().parse(answer(body)).is_err(), "{body}");
        }
        assert!(
            ShowImage("i".into()).parse(answer("[]")).is_err()
                || ShowImage("i".into()).parse(answer("[]")).unwrap().id.is_empty()
        );
        assert!(ShowImage("i".into()).parse(answer("not json")).is_err());
    }
}
