//! The application credential that the script signs in with: the least role, an end, and its secret seen by nobody.

use super::{Order, Piece, environment, quote};
use crate::model::{Arg, Message};

/// Where the environment of the script stands on the machine: readable by its owner alone.
pub const FILE: &str = "~/.config/carrete/openstack.env";
const MEMBER: &str = "member";

/// Commands that ask Keystone for a credential and write it into [`FILE`], where a shell, systemd and secret stores can
/// read it. The secret is on no screen and in no history.
///
/// There are no access rules: Nova speaks to Glance in the caller's name, which rules would forbid on many clouds.
pub fn make(order: Order<'_>) -> Piece {
    let mut lines = String::new();
    for (key, value) in environment(order) {
        lines.push_str(&format!("{key}={}\n", quote::shell(&value)));
    }
    if !order.ping.is_empty() {
        lines.push_str(&format!("CARRETE_PING_URL={}\n", quote::shell(order.ping)));
    }
    let expires = order.expires.rfc3339();
    let roles = roles(order);
    let options: Vec<String> =
        roles.iter().map(|role| format!("--role={}", quote::shell_words(&[quote::plain(role)]))).collect();
    let text = format!(
        "umask 077
mkdir -p ~/.config/carrete
cat > {FILE} <<'END_OF_ENVIRONMENT'
{lines}END_OF_ENVIRONMENT
openstack application credential create {} --expiration {} \\
  --description 'Backups by Carrete' -f value -c id -c secret {} | {{
  IFS= read -r id && IFS= read -r secret &&
    printf 'OS_APPLICATION_CREDENTIAL_ID=%s\\nOS_APPLICATION_CREDENTIAL_SECRET=%s\\n' \"$id\" \"$secret\" >> {FILE}
}}
",
        options.join(" "),
        expires.trim_end_matches('Z'),
        name(order),
    );
    let what = match roles.as_slice() {
        [only] if *only == MEMBER => Message::new("script.step.credential"),
        others => Message::new("script.step.credential_roles").text("roles", others.join(", ")),
    };
    Piece { what: what.with("expires", Arg::Moment(order.expires.0)), path: None, text }
}

/// The least role that may make and delete backups, where it is held. Some clouds name it otherwise: then what is held,
/// but for an administrator's, which a script has no need of as long as there is another that is not just a reader's.
fn roles(order: Order<'_>) -> Vec<&str> {
    let held = || order.roles.iter().map(String::as_str);
    if order.roles.is_empty() || held().any(|role| role == MEMBER) {
        return vec![MEMBER];
    }
    let modest: Vec<&str> = held().filter(|role| !role.eq_ignore_ascii_case("admin")).collect();
    let only_reads = modest.iter().all(|role| role.eq_ignore_ascii_case("reader"));
    if only_reads { held().collect() } else { modest }
}

/// Unique for one user, as Keystone asks: `carrete-20261126-030000`.
fn name(order: Order<'_>) -> String {
    let digits: String = order.now.rfc3339().chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    format!("carrete-{}", digits.replace('T', "-"))
}

/// Commands that take the credential into a secret store, which reads lines `KEY=VALUE`, and then forget the file.
pub fn hand_over(order: Order<'_>, command: &str) -> String {
    let mut ping = String::new();
    if !order.ping.is_empty() {
        ping = format!("; printf 'CARRETE_PING_URL=%s\\n' {}", quote::shell(order.ping));
    }
    format!("{{ grep '^OS_APPLICATION_CREDENTIAL_' {FILE}{ping}; }} | {command} && rm {FILE}\n")
}
