//! Makes any value harmless in the syntaxes of the generated texts.
//!
//! Names, regions and addresses come from the cloud, and whoever may name a server must not be able to run commands on
//! the machine of the one who schedules its backups. Each function takes what [`plain`] gives.

/// One line of visible text: without control characters, line ends of any script, marks that turn the direction of
/// writing, and what YAML forbids. None of these belongs into an id, an address or a region.
pub fn plain(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !is_steering(*c)).collect()
}

fn is_steering(c: char) -> bool {
    matches!(u32::from(c),
        0x061C | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFB | 0xFFFE | 0xFFFF)
}

/// For the end of a comment line. A line that ends in a backslash would go on in the next one (systemd).
pub fn comment(value: &str) -> String {
    plain(value).replace('\\', "/")
}

/// One word of a POSIX shell.
pub fn shell(value: &str) -> String {
    format!("'{}'", plain(value).replace('\'', "'\\''"))
}

/// Words of a POSIX shell, with spaces between.
pub fn shell_words(words: &[String]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// Quoted only where it is needed, as a person would write it.
fn shell_word(word: &str) -> String {
    let is_tame = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=,@".contains(&b);
    if !word.is_empty() && word.bytes().all(is_tame) { word.to_owned() } else { shell(word) }
}

/// A command as the sixth field of a crontab line: there `%` begins the standard input, even between quotes, and
/// `\%` is a percent sign, even between quotes.
pub fn crontab(command: &str) -> String {
    command.replace('%', "\\%")
}

/// A scalar of YAML in double quotes, which is JSON's text and one on every line.
pub fn yaml(value: &str) -> String {
    let mut out = String::from("\"");
    for c in plain(value).chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out + "\""
}

/// The same in a workflow of GitHub, where `${{` begins an expression that could print the secrets.
pub fn github(value: &str) -> String {
    yaml(&plain(value).replace("${{", "${{ '${{' }}"))
}

/// The same in the `args` and `env` of a Kubernetes container, where `$(NAME)` is replaced and `$$` is a dollar sign.
pub fn kubernetes(value: &str) -> String {
    yaml(&value.replace('$', "$$"))
}

/// One word of a systemd command line (systemd.service(5)): `%` begins a specifier, `$` a variable.
pub fn systemd(value: &str) -> String {
    let value = plain(value).replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    format!("\"{value}\"")
}
