//! The question before a deletion.
use leptos::prelude::*;
use super::screen::Screen;
use crate::model::{Image, ImageId, ProjectId, Server};
#[derive(Clone, Debug, PartialEq)]
pub struct Asked { chosen: Vec<ImageId> }
impl Asked {
    pub fn new(chosen: Vec<ImageId>, _images: &[Image], _servers: &[Server], _project: &ProjectId) -> Self { Self { chosen } }
}
#[component]
pub fn DeleteDialog(screen: Screen) -> impl IntoView { let _ = screen; }
