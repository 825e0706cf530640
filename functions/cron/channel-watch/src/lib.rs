//! The `channel-watch` component: sees to what nobody asks for on the channels: subscriptions that were dropped, stores
//! that have been silent for too long, listings whose fate is open.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the export is generated")]
mod entry {
    use common::worker;
    use runtime_cron::{Guest, Metadata, TickError};

    struct ChannelWatch;

    impl Guest for ChannelWatch {
        fn handle_cron_event(_: Metadata) -> Result<(), TickError> {
            runtime_cron::run("channel-watch", async |host| {
                worker::watch(host, platforms::all()).await
            })
        }
    }

    runtime_cron::export!(ChannelWatch with_types_in runtime_cron::bindings);
}
