//! The `audit-seal` component: seals what was recorded into the workspaces' chains, seconds behind the writers.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct AuditSeal;

    impl Guest for AuditSeal {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("audit-seal", async |host| worker::seal_audit(host).await)
        }
    }

    runtime_cron::export!(AuditSeal with_types_in runtime_cron::bindings);
}
