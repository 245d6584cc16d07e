//! Mounts the gallery of widgets; nothing else. Not part of what users get.

fn main() {
    console_error_panic_hook::set_once();
    carrete::ui::gallery::mount();
}
