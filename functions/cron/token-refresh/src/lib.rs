//! The `token-refresh` component: has access tokens renewed before they end.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct TokenRefresh;

    impl Guest for TokenRefresh {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("token-refresh", async |host| {
                worker::refresh_tokens(host).await
            })
        }
    }

    runtime_cron::export!(TokenRefresh with_types_in runtime_cron::bindings);
}
