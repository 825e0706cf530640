//! The `job-worker` component: runs what the queue holds.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct JobWorker;

    impl Guest for JobWorker {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("job-worker", async |host| {
                worker::tick(host, platforms::all()).await
            })
        }
    }

    runtime_cron::export!(JobWorker with_types_in runtime_cron::bindings);
}
