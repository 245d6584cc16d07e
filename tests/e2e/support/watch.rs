//! What is protected, as the cloud itself says: Glance and Cinder are asked directly, never the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::cloud::{Cloud, Server};
use super::story::Story;
use super::wait;

/// The backups of a server that are usable: names, in order. One that points at volume snapshots needs all of them.
pub async fn usable(cloud: &Cloud, server: &str, backup_type: &str) -> Vec<String> {
    let images = cloud.backups(server, backup_type).await;
    let snapshots = cloud.own_volume_snapshots().await;
    let available =
        |id: &Value| snapshots.iter().any(|snapshot| snapshot["id"] == *id && snapshot["status"] == "available");
    let whole = |image: &&Value| {
        let disks: Value = image["block_device_mapping"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| json!([]));
        image["status"] == "active" && disks.as_array().unwrap().iter().all(|disk| available(&disk["snapshot_id"]))
    };
    let mut names: Vec<_> =
        images.iter().filter(whole).map(|image| image["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Waits until exactly these backups of a server are usable.
pub async fn expect_usable(cloud: &Cloud, server: &Server, backup_type: &str, names: &[String]) {
    let mut expected = names.to_vec();
    expected.sort();
    wait::until("exactly the backups that are kept", wait::CLOUD_PATIENCE, async || {
        let found = usable(cloud, &server.id, backup_type).await;
        if found == expected { Ok(()) } else { Err(format!("there are {found:?}, not {expected:?}")) }
    })
    .await;
}

/// Waits until there are so many images of this test, of whatever type and state.
pub async fn expect_images(cloud: &Cloud, count: usize) {
    wait::until(&format!("{count} images"), wait::CLOUD_PATIENCE, async || {
        let all = cloud.images("").await;
        let is_own = |image: &&Value| image["name"].as_str().is_some_and(|name| name.contains(&cloud.tag()));
        let left: Vec<_> = all.iter().filter(is_own).map(|image| &image["name"]).collect();
        if left.len() == count { Ok(()) } else { Err(format!("there are {left:?}")) }
    })
    .await;
}

/// Waits until so many volume snapshots of this test are left.
pub async fn expect_volume_snapshots(cloud: &Cloud, count: usize) {
    wait::until(&format!("{count} volume snapshots"), wait::CLOUD_PATIENCE, async || {
        let left = cloud.own_volume_snapshots().await.len();
        if left == count { Ok(()) } else { Err(format!("there are {left}")) }
    })
    .await;
}

/// Watches the cloud all the time: the number of usable backups of a server must never fall below what is kept.
pub struct Watch {
    over: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Result<usize, String>>,
}

impl Watch {
    pub fn begin(story: &Story, server: &Server, backup_type: &'static str, keeps: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (user, tag, id, stop) = (story.cloud.user.clone(), story.cloud.tag(), server.id.clone(), over.clone());
        let task = tokio::spawn(async move {
            let cloud = Cloud::again(&user, tag).await;
            let (mut most, mut looks) = (0, 0);
            while !stop.load(Ordering::Relaxed) {
                let now = usable(&cloud, &id, backup_type).await.len();
                if now < most.min(keeps) {
                    return Err(format!("only {now} usable backups were left of {most}, {keeps} are kept"));
                }
                most = most.max(now);
                looks += 1;
            }
            Ok(looks)
        });
        Self { over, task }
    }

    pub async fn end(self) {
        self.over.store(true, Ordering::Relaxed);
        let looks = self.task.await.unwrap().unwrap_or_else(|why| panic!("{why}"));
        assert!(looks > 3, "looked only {looks} times");
    }
}
