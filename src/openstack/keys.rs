//! SSH keys: the two texts that OpenSSH reads, made of the bytes that the browser's WebCrypto gives.
//!
//! Nothing here is random and nothing is computed from the private key: WebCrypto makes the pair, this writes it down.

use secrecy::SecretString;
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::public::Ed25519PublicKey;
use ssh_key::{LineEnding, PrivateKey, PublicKey};

use crate::model::Message;

/// A key pair as OpenSSH keeps it.
#[derive(Clone, Debug)]
pub struct SshKeys {
    /// The content of `~/.ssh/id_ed25519`; told to nobody but the user's disk.
    pub private: SecretString,
    /// `ssh-ed25519 AAAA… comment`: what Nova imports.
    pub public: String,
}

/// Writes an Ed25519 pair. `None` when the comment cannot stand in a key (line breaks) or the encoding fails.
///
/// `seed` are the last 32 bytes of WebCrypto's PKCS#8 export (`seed_of_pkcs8`), `public` its 32 raw bytes.
pub fn ed25519(seed: &[u8; 32], public: &[u8; 32], comment: &str) -> Option<SshKeys> {
    if comment.contains(char::is_control) {
        return None;
    }
    let pair = Ed25519Keypair { public: Ed25519PublicKey(*public), private: Ed25519PrivateKey::from_bytes(seed) };
    let private = PrivateKey::new(KeypairData::Ed25519(pair), comment).ok()?;
    let public = private.public_key().to_openssh().ok()?;
    let text = private.to_openssh(LineEnding::LF).ok()?;
    Some(SshKeys { private: text.as_str().into(), public })
}

/// The seed inside a PKCS#8 document of an Ed25519 key as WebCrypto exports it (RFC 8410, 48 bytes: a fixed header of
/// 16 and the seed).
pub fn seed_of_pkcs8(document: &[u8]) -> Option<[u8; 32]> {
    const HEADER: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    document.strip_prefix(&HEADER)?.try_into().ok()
}

/// A pasted public key, on one line as Nova takes it. Recognises a private key pasted by mistake.
pub fn public_key(pasted: &str) -> Result<String, Message> {
    let line = pasted.trim();
    if line.is_empty() {
        return Err(Message::new("invalid.empty"));
    }
    if line.contains("PRIVATE KEY") {
        return Err(Message::new("invalid.private_key"));
    }
    let not_a_key = || Message::new("invalid.public_key");
    if line.contains(char::is_control) || line.len() > 16_384 {
        return Err(not_a_key());
    }
    let mut parts = line.split_ascii_whitespace();
    let (Some(kind), Some(blob)) = (parts.next(), parts.next()) else {
        return Err(not_a_key());
    };
    if !is_key_blob(kind, blob) {
        return Err(not_a_key());
    }
    Ok(line.to_owned())
}

/// Whether `ssh-key` can read it; kinds that it does not know in this build are read by their frame alone: the blob
/// begins with its own kind.
fn is_key_blob(kind: &str, blob: &str) -> bool {
    use base64::Engine;
    if PublicKey::from_openssh(&format!("{kind} {blob}")).is_ok() {
        return true;
    }
    let known = matches!(kind, "ssh-rsa" | "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521");
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(blob) else {
        return false;
    };
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let length = u32::from_be_bytes(*length) as usize;
    known && rest.len() > length + 32 && rest.get(..length) == Some(kind.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// Test vector 1 of RFC 8032, section 7.1.
    const SEED: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
        0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    const PUBLIC: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
        0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];

    #[test]
    fn what_it_writes_it_reads() {
        let keys = ed25519(&SEED, &PUBLIC, "carrete web1").unwrap();
        assert!(
            keys.public.starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI") && keys.public.ends_with(" carrete web1")
        );
        let read = PrivateKey::from_openssh(keys.private.expose_secret()).unwrap();
        assert_eq!(read.public_key().to_openssh().unwrap(), keys.public);
        assert_eq!(public_key(&keys.public).unwrap(), keys.public);
        assert!(!format!("{keys:?}").contains("OPENSSH"));
        assert!(ed25519(&SEED, &PUBLIC, "two\nlines").is_none());
    }

    #[test]
    fn openssh_reads_it_too() {
        use std::os::unix::fs::PermissionsExt;
        let keys = ed25519(&SEED, &PUBLIC, "carrete").unwrap();
        let file = std::env::temp_dir().join(format!("carrete-key-{}", std::process::id()));
        std::fs::write(&file, keys.private.expose_secret()).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let said = std::process::Command::new("ssh-keygen").arg("-y").arg("-f").arg(&file).output();
        std::fs::remove_file(&file).unwrap();
        // Machines without OpenSSH have the round trip above.
        if let Ok(said) = said {
            assert!(said.status.success(), "{said:?}");
            assert_eq!(String::from_utf8(said.stdout).unwrap().trim(), keys.public);
        }
    }

    #[test]
    fn the_seed_comes_out_of_webcryptos_document() {
        let mut document = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        document.extend(SEED);
        assert_eq!(seed_of_pkcs8(&document), Some(SEED));
        assert_eq!(seed_of_pkcs8(&document[1..]), None);
        assert_eq!(seed_of_pkcs8(&[document.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn pasted_keys_are_looked_at_before_they_are_sent() {
        let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC6vOs6oXd3yDMrT0BDPJ1Pm9pE6cEzP2Jq0KE4G7cEv3nZAxCMoJtqS0jUDlCHXvY3ZB2sE5k1o2RkXnN7qhA8m1m7uZ8JrVxkCBXHfmnUQzpvI6ZzjqU0m0MlTtVxgA1mRzR9u1eW7f2vVbJZqvH3K6f5E7F8b3g1n0ZKxQ== me@home";
        assert!(public_key(&format!("  {rsa}\n")).is_ok());
        let key = |pasted: &str| public_key(pasted).unwrap_err().key;
        assert_eq!(key(" "), "invalid.empty");
        assert_eq!(key("-----BEGIN OPENSSH PRIVATE KEY-----\nabc"), "invalid.private_key");
        for bad in [
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            "hello world",
            "ssh-rsa !!!! me",
            "ssh-dss AAAAB3NzaC1kc3MAAACB",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
            "ssh-rsa AAAAB3NzaC1yc2E=",
            "ssh-ed25519 a\nssh-ed25519 b",
            &"x".repeat(100_000),
        ] {
            assert_eq!(key(bad), "invalid.public_key", "{}", &bad[..bad.len().min(40)]);
        }
    }
}
