//! Waiting is always for something: a condition is polled until it holds or its deadline passes. Nothing here sleeps to
//! "give the page time".

use std::time::{Duration, Instant};

/// How long a person would wait for something on the page before calling it broken.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// For what the cloud has to do first.
pub const CLOUD_PATIENCE: Duration = Duration::from_secs(90);
const EVERY: Duration = Duration::from_millis(60);

/// Polls until `look` finds something. `Err` is what it saw instead, for the message when the deadline passes.
pub async fn until<T>(what: &str, patience: Duration, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + patience;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if Instant::now() > end => panic!("waited {patience:?} for {what}; {seen}"),
            Err(_) => tokio::time::sleep(EVERY).await,
        }
    }
}

/// Polls until `condition` is true.
pub async fn until_true(what: &str, patience: Duration, mut condition: impl AsyncFnMut() -> bool) {
    until(what, patience, async || if condition().await { Ok(()) } else { Err("it never was".into()) }).await
}

/// For what must *not* happen: watches for `span` and fails as soon as it does.
pub async fn never(what: &str, span: Duration, mut happened: impl AsyncFnMut() -> Option<String>) {
    let end = Instant::now() + span;
    while Instant::now() < end {
        if let Some(seen) = happened().await {
            panic!("{what}: {seen}");
        }
        tokio::time::sleep(EVERY).await;
    }
}
