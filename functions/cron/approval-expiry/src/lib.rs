//! The `approval-expiry` component: ends requests that nobody decided in time.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct ApprovalExpiry;

    impl Guest for ApprovalExpiry {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("approval-expiry", async |host| {
                worker::expire_approvals(host).await
            })
        }
    }

    runtime_cron::export!(ApprovalExpiry with_types_in runtime_cron::bindings);
}
