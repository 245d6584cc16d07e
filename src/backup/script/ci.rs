//! A CI service that keeps secrets and a clock: GitHub Actions and GitLab.

use super::credential;
use super::{Order, Piece, SCRIPT, about, arguments, environment, quote, when};

/// A workflow. GitHub's clock is UTC; its runs may come late in busy hours, and it stops schedules of public
/// repositories in which nothing happens for 60 days.
pub fn github(order: Order<'_>) -> Vec<Piece> {
    let run = format!("python3 .github/carrete-backup.py --timeout 300 {}", quote::shell_words(&arguments(order)));
    let mut env = String::new();
    for (key, value) in environment(order) {
        env.push_str(&format!("          {key}: {}\n", quote::github(&value)));
    }
    for key in secrets(order) {
        env.push_str(&format!("          {key}: ${{{{ secrets.{key} }}}}\n"));
    }
    let workflow = format!(
        "{}name: Backups by Carrete
on:
  schedule:
    - cron: {}  # UTC
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: carrete-backup
  cancel-in-progress: false
jobs:
  backup:
    runs-on: ubuntu-latest
    timeout-minutes: 350
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - run: pipx install python-openstackclient
      - run: {}
        env:
{env}",
        about(order),
        quote::yaml(&when::cron(order.schedule)),
        quote::github(&run),
    );
    vec![
        Piece::file("script.step.commit", ".github/carrete-backup.py", SCRIPT.to_owned()),
        Piece::file("script.step.commit", ".github/workflows/carrete-backup.yml", workflow),
        credential::make(order),
        Piece::commands("script.step.github_secrets", credential::hand_over(order, "gh secret set -f -")),
        Piece::commands("script.step.first_run", "gh workflow run carrete-backup.yml\n".to_owned()),
    ]
}

/// A job. The schedule itself stands outside the file, in the project's pipeline schedules.
pub fn gitlab(order: Order<'_>) -> Vec<Piece> {
    let run = format!("python3 ci/carrete-backup.py --timeout 300 {}", quote::shell_words(&arguments(order)));
    let mut variables = String::new();
    for (key, value) in environment(order) {
        // Unless told not to, GitLab replaces $NAME in values.
        variables.push_str(&format!("    {key}:\n      value: {}\n      expand: false\n", quote::yaml(&value)));
    }
    let job = format!(
        "{}carrete-backup:
  image: python:3.12-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == \"schedule\" && $CARRETE_BACKUP == \"yes\"
  resource_group: carrete-backup
  interruptible: false
  timeout: 6h
  variables:
{variables}  before_script:
    - pip install --quiet python-openstackclient
  script:
    - {}
",
        about(order),
        quote::yaml(&run),
    );
    let schedule =
        format!("{}\nCron timezone: [UTC 0] UTC\nVariables: CARRETE_BACKUP = yes\n", when::cron(order.schedule));
    let mut commands = String::new();
    for key in secrets(order) {
        let flags = if key == "CARRETE_PING_URL" { "" } else { " --masked" };
        let take = format!("sed -n 's/^{key}=//p' {} | tr -d \"'\"", credential::FILE);
        commands.push_str(&format!("{take} | glab variable set {key} --protected{flags}\n"));
    }
    vec![
        Piece::file("script.step.commit", "ci/carrete-backup.py", SCRIPT.to_owned()),
        Piece::file("script.step.commit", ".gitlab-ci.yml", job),
        credential::make(order),
        Piece::commands("script.step.gitlab_secrets", format!("{commands}rm {}\n", credential::FILE)),
        Piece::commands("script.step.gitlab_schedule", schedule),
    ]
}

/// The names of what the secret store holds.
fn secrets(order: Order<'_>) -> Vec<&'static str> {
    let mut keys = vec!["OS_APPLICATION_CREDENTIAL_ID", "OS_APPLICATION_CREDENTIAL_SECRET"];
    if !order.ping.is_empty() {
        keys.push("CARRETE_PING_URL");
    }
    keys
}
