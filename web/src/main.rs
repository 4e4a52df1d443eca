//! The browser client of OneRoof: the entry point. Everything else is in the library, so that its logic is tested natively.

fn main() {
    #[cfg(target_arch = "wasm32")]
    oneroof_web::start();
}
