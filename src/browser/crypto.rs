//! Randomness, sealing with the browser's own key, and key pairs for SSH. All by WebCrypto.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::key_store::session_key;

/// `None` on a page that is neither https nor localhost.
pub(super) fn subtle() -> Option<web_sys::SubtleCrypto> {
    let crypto = web_sys::window()?.crypto().ok()?;
    let has = js_sys::Reflect::get(&crypto, &"subtle".into()).ok()?;
    (!has.is_undefined()).then(|| crypto.subtle())
}

/// A fresh nonce: 32 hexadecimal digits.
pub fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    if let Some(crypto) = web_sys::window().and_then(|w| w.crypto().ok()) {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fresh UUID (version 4), for what the caller has to name by one.
pub fn uuid() -> String {
    let hex = nonce();
    let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes().get(16).copied().unwrap_or(0)) % 4];
    format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Sealed with this browser's key (AES-256-GCM): base64 of the 12 bytes of the IV and the ciphertext. `None` where the
/// browser cannot; then nothing may be stored.
pub async fn seal(text: &str) -> Option<String> {
    let key = session_key().await?;
    let mut iv = [0_u8; 12];
    web_sys::window()?.crypto().ok()?.get_random_values_with_u8_array(&mut iv).ok()?;
    let plain = text.as_bytes().to_vec();
    let promise = subtle()?.encrypt_with_object_and_u8_array(&gcm(&iv)?, &key, &plain).ok()?;
    let sealed = js_sys::Uint8Array::new(&JsFuture::from(promise).await.ok()?).to_vec();
    Some(STANDARD.encode([&iv[..], &sealed[..]].concat()))
}

/// The text that was sealed, if this browser sealed it.
pub async fn unseal(sealed: &str) -> Option<String> {
    let bytes = STANDARD.decode(sealed).ok()?;
    let (iv, sealed) = bytes.split_at_checked(12).map(|(iv, rest)| (iv.to_vec(), rest.to_vec()))?;
    let key = session_key().await?;
    let promise = subtle()?.decrypt_with_object_and_u8_array(&gcm(&iv)?, &key, &sealed).ok()?;
    String::from_utf8(js_sys::Uint8Array::new(&JsFuture::from(promise).await.ok()?).to_vec()).ok()
}

fn gcm(iv: &[u8]) -> Option<js_sys::Object> {
    let algorithm = js_sys::Object::new();
    js_sys::Reflect::set(&algorithm, &"name".into(), &"AES-GCM".into()).ok()?;
    js_sys::Reflect::set(&algorithm, &"iv".into(), &js_sys::Uint8Array::from(iv)).ok()?;
    Some(algorithm)
}

/// An Ed25519 key pair's 32 bytes of seed and 32 of public key, made here and known to nobody else. `None` where the
/// browser has no Ed25519 (before Chromium 137, Firefox 129, Safari 17).
pub async fn ed25519() -> Option<([u8; 32], [u8; 32])> {
    let subtle = subtle()?;
    let algorithm = js_sys::Object::new();
    js_sys::Reflect::set(&algorithm, &"name".into(), &"Ed25519".into()).ok()?;
    let uses = js_sys::Array::of2(&"sign".into(), &"verify".into());
    let pair = JsFuture::from(subtle.generate_key_with_object(&algorithm, true, &uses).ok()?).await.ok()?;
    let part =
        |name: &str| js_sys::Reflect::get(&pair, &JsValue::from(name)).ok()?.dyn_into::<web_sys::CryptoKey>().ok();
    let private = bytes(&subtle, "pkcs8", &part("privateKey")?).await?;
    let public = bytes(&subtle, "raw", &part("publicKey")?).await?;
    // PKCS#8 of an Ed25519 key ends with the seed (RFC 8410).
    let seed = private.get(private.len().checked_sub(32)?..)?.try_into().ok()?;
    Some((seed, public.as_slice().try_into().ok()?))
}

async fn bytes(subtle: &web_sys::SubtleCrypto, format: &str, key: &web_sys::CryptoKey) -> Option<Vec<u8>> {
    let exported = JsFuture::from(subtle.export_key(format, key).ok()?).await.ok()?;
    Some(js_sys::Uint8Array::new(&exported).to_vec())
}
