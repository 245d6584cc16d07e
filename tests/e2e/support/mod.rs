//! What the stories stand on; see each module's head.

pub mod axe;
pub mod browser;
pub mod cloud;
pub mod page;
pub mod proxy;
pub mod shots;
pub mod site;
pub mod story;
pub mod wait;
pub mod watch;

/// Four letters and digits that no other test will have at the same time.
pub fn tag() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut random = RandomState::new().build_hasher().finish();
    let mut tag = String::new();
    for _ in 0..4 {
        tag.push(char::from_digit((random % 36) as u32, 36).unwrap());
        random /= 36;
    }
    tag
}
