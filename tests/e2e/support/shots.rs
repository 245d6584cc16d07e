//! Pictures of the page as it is now, in both themes, wide and narrow: `target/shots/NAME-THEME-WIDTH-LANGUAGE.png`.

use std::path::Path;

use super::browser::{Browser, Theme};
use crate::words::Language;

pub async fn take(browser: &Browser, name: &str, language: Language) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shots");
    std::fs::create_dir_all(&folder).unwrap();
    for theme in [Theme::Light, Theme::Dark] {
        browser.theme(theme).await;
        for (width, height) in [(1280, 900), (360, 780)] {
            browser.resize(width, height).await;
            settle(browser).await;
            let file = format!("{name}-{}-{width}-{}.png", theme.word(), language.code());
            std::fs::write(folder.join(file), browser.png().await).unwrap();
        }
    }
    browser.theme(Theme::Light).await;
    browser.resize(1280, 900).await;
}

/// Until transitions are over and the new layout is painted. What is folded away does not move, and is not waited for.
pub async fn settle(browser: &Browser) {
    let script = "const done = arguments[0];
        const moves = a => a.playState === 'running' && a.effect?.getComputedTiming().iterations !== Infinity
            && a.effect?.target?.checkVisibility();
        const look = () => requestAnimationFrame(() =>
            document.getAnimations().some(moves) ? look() : requestAnimationFrame(() => done()));
        look();";
    browser.driver.execute_async(script, vec![]).await.unwrap();
}
