//! The `key-rotation` component: puts the first key of the ring around everything that another one still seals.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct KeyRotation;

    impl Guest for KeyRotation {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("key-rotation", async |host| worker::rotate_keys(host).await)
        }
    }

    runtime_cron::export!(KeyRotation with_types_in runtime_cron::bindings);
}
