//! The `job-maintenance` component: takes back expired leases, repairs lanes and removes what is too old.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct JobMaintenance;

    impl Guest for JobMaintenance {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("job-maintenance", async |host| worker::maintain(host).await)
        }
    }

    runtime_cron::export!(JobMaintenance with_types_in runtime_cron::bindings);
}
