//! The key that seals this browser's session tokens: made by WebCrypto, not extractable, kept in IndexedDB.
//!
//! JavaScript (and whoever injects it) can use the key but never read it, and a copied storage file without the
//! browser's own key store opens nothing.

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, TransactionMode};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const DATABASE: &str = "carrete";
const STORE: &str = "keys";
const NAME: &str = "session";

/// The key of this browser, made now if there is none; `None` where the browser has no WebCrypto or no IndexedDB.
pub async fn session_key() -> Option<web_sys::CryptoKey> {
    let database = open().await.ok()?;
    if let Some(key) = read(&database).await {
        return Some(key);
    }
    let key = generate().await.ok()?;
    write(&database, &key).await.ok()?;
    // Another tab may have been faster: what is stored counts.
    read(&database).await
}

async fn open() -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(1))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            let _ = database.create_object_store(STORE, ObjectStoreParams::new());
        }
    });
    request.await
}

async fn read(database: &Database) -> Option<web_sys::CryptoKey> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly).ok()?;
    let store = transaction.object_store(STORE).ok()?;
    store.get(JsValue::from(NAME)).ok()?.await.ok()??.dyn_into().ok()
}

/// `add` refuses a second key under the name, so that two tabs end up with the same one.
async fn write(database: &Database, key: &web_sys::CryptoKey) -> Result<(), idb::Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    let store = transaction.object_store(STORE)?;
    let added = store.add(key.as_ref(), Some(&JsValue::from(NAME)))?.await;
    if added.is_ok() {
        transaction.commit()?.await?;
    }
    Ok(())
}

async fn generate() -> Result<web_sys::CryptoKey, JsValue> {
    let subtle = super::crypto::subtle().ok_or(JsValue::NULL)?;
    let algorithm = js_sys::Object::new();
    js_sys::Reflect::set(&algorithm, &"name".into(), &"AES-GCM".into())?;
    js_sys::Reflect::set(&algorithm, &"length".into(), &256.into())?;
    let uses = js_sys::Array::of2(&"encrypt".into(), &"decrypt".into());
    let key = JsFuture::from(subtle.generate_key_with_object(&algorithm, false, &uses)?).await?;
    key.dyn_into()
}
