//! The line to log in with, and the user that an image most likely has.

use crate::model::Image;

/// How a user name was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginUser {
    /// The image says so.
    Known(String),
    /// Guessed from the distribution or the image's name.
    Guess(String),
    Unknown,
}

impl LoginUser {
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Known(name) | Self::Guess(name) => Some(name),
            Self::Unknown => None,
        }
    }
}

/// Distributions whose cloud images have a user of their own name (as their documentation says), and the exceptions.
const USERS: [(&str, &str); 16] = [
    ("debian", "debian"),
    ("ubuntu", "ubuntu"),
    ("fedora", "fedora"),
    ("centos", "centos"),
    ("rocky", "rocky"),
    ("almalinux", "almalinux"),
    ("alma", "almalinux"),
    ("arch", "arch"),
    ("cirros", "cirros"),
    ("opensuse", "opensuse"),
    ("freebsd", "freebsd"),
    ("rhel", "cloud-user"),
    ("alpine", "alpine"),
    ("flatcar", "core"),
    ("coreos", "core"),
    ("amazon", "ec2-user"),
];

/// From `os_admin_user` or `default_user`, else from `os_distro`, else from the name. Snapshots inherit the properties.
pub fn login_user(image: &Image) -> LoginUser {
    if let Some(user) = ["os_admin_user", "default_user"].iter().find_map(|key| image.property(key)) {
        return LoginUser::Known(user.to_owned());
    }
    let distro = image.property("os_distro").unwrap_or_default().to_ascii_lowercase();
    let name = image.name.to_ascii_lowercase();
    let words = |text: &str, wanted: &str| text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == wanted);
    let found = USERS
        .iter()
        .find(|(known, _)| distro == *known || words(&distro, known))
        .or_else(|| USERS.iter().find(|(known, _)| words(&name, known)));
    found.map_or(LoginUser::Unknown, |(_, user)| LoginUser::Guess((*user).to_owned()))
}

/// `ssh -i ~/.ssh/<key> <user>@<address>`. Without a user, ssh takes the person's own name. Every part that a shell
/// might read otherwise is quoted, and none can be taken for an option.
pub fn ssh_line(key_name: Option<&str>, user: Option<&str>, address: &str) -> String {
    let mut line = String::from("ssh");
    if let Some(key) = key_name.filter(|key| !key.is_empty()) {
        // The tilde must stay outside of the quotes. A slash would lead elsewhere; Nova allows none.
        line.push_str(" -i ~/.ssh/");
        line.push_str(&quoted(&key.replace('/', "_")));
    }
    let target = match user.filter(|user| !user.is_empty()) {
        Some(user) => format!("{user}@{address}"),
        None => address.to_owned(),
    };
    line.push(' ');
    if target.starts_with('-') {
        line.push_str("-- ");
    }
    line.push_str(&quoted(&target));
    line
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::samples::image;

    #[test]
    fn guesses_the_user() {
        let named = |name: &str| {
            let mut i = image("i", 1);
            i.name = name.into();
            i
        };
        let guess = |name: &str| LoginUser::Guess(name.into());
        assert_eq!(
            login_user(&image("i", 1).with("os_admin_user", "me").with("os_distro", "debian")),
            LoginUser::Known("me".into())
        );
        assert_eq!(login_user(&image("i", 1).with("os_distro", "Ubuntu")), guess("ubuntu"));
        assert_eq!(login_user(&named("Debian-13 (trixie)")), guess("debian"));
        assert_eq!(login_user(&named("almalinux-9")), guess("almalinux"));
        assert_eq!(login_user(&named("cirros-0.6.3-x86_64-disk")), guess("cirros"));
        assert_eq!(login_user(&named("architecture diagram")), LoginUser::Unknown);
        assert_eq!(login_user(&named("copia de web1")), LoginUser::Unknown);
        assert_eq!(login_user(&named("copia debian").with("os_distro", "fedora")), guess("fedora"));
    }

    #[test]
    fn quotes_what_a_shell_would_read() {
        assert_eq!(ssh_line(Some("laptop"), Some("debian"), "203.0.113.7"), "ssh -i ~/.ssh/laptop debian@203.0.113.7");
        assert_eq!(ssh_line(None, None, "2001:db8::1"), "ssh 2001:db8::1");
        assert_eq!(ssh_line(Some("k"), Some("debian"), "2001:db8::1"), "ssh -i ~/.ssh/k debian@2001:db8::1");
        assert_eq!(ssh_line(Some("my key"), Some("u"), "h"), "ssh -i ~/.ssh/'my key' u@h");
        assert_eq!(ssh_line(Some("a'; rm -rf ~ #"), Some("u"), "h"), r"ssh -i ~/.ssh/'a'\''; rm -rf ~ #' u@h");
        assert_eq!(ssh_line(Some("../x\n"), Some("$(id)"), "h"), "ssh -i ~/.ssh/'.._x' '$(id)@h'");
        assert_eq!(ssh_line(None, Some("-oProxyCommand=x"), "h"), "ssh -- '-oProxyCommand=x@h'");
    }
}
