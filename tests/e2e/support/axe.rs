//! axe-core on the page as it is now: every rule it has, no violation allowed.

use serde_json::Value;

use super::browser::Browser;

const RUN: &str = "
  const done = arguments[arguments.length - 1];
  axe.run(document, {resultTypes: ['violations']}).then(result => done(result.violations), error => done(String(error)));
";

/// One text per violation: the rule, why it matters, and where.
pub async fn violations(browser: &Browser) -> Vec<String> {
    if browser.js("return typeof axe").await != "object" {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(file).expect("axe-core is installed: npm ci");
        browser.driver.execute(axe, vec![]).await.unwrap();
    }
    let found = browser.driver.execute_async(RUN, vec![]).await.unwrap().json().clone();
    let Value::Array(found) = found else { panic!("axe-core failed: {found}") };
    found.iter().map(describe).collect()
}

/// Call it when the page is at rest. `page` is what to call it in the message.
pub async fn expect_none(browser: &Browser, page: &str) {
    let found = violations(browser).await;
    assert!(found.is_empty(), "axe-core finds {} violations on {page}:\n{}", found.len(), found.join("\n"));
}

fn describe(violation: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines =
        vec![format!("[{}] {}: {}", text(&violation["impact"]), text(&violation["id"]), text(&violation["help"]))];
    for node in violation["nodes"].as_array().into_iter().flatten() {
        lines.push(format!("    {}", text(&node["html"]).chars().take(200).collect::<String>()));
        lines.push(format!("      at {}", node["target"]));
        lines.extend(text(&node["failureSummary"]).lines().skip(1).map(|line| format!("      {}", line.trim())));
    }
    lines.join("\n")
}
