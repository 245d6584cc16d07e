//! Mounts the door; nothing else.

fn main() {
    console_error_panic_hook::set_once();
    carrete::door::mount();
}
