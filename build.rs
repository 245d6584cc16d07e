//! The sentences are compiled in: a change of them must be seen.

fn main() {
    println!("cargo:rerun-if-changed=locales");
}
