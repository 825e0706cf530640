//! From a tick to a function of the domain.

use crate::bindings::Error as TickError;
use crate::host::CronHost;
use common::ports::Log as _;
use serde_json::json;

/// Runs `task` to its end with the ports of this tick. A failure is one log line, named after the component.
///
/// # Errors
/// What `task` failed with, in words for the operator.
pub fn run<T>(
    component: &str,
    task: impl AsyncFnOnce(&CronHost) -> common::Result<T>,
) -> Result<(), TickError> {
    let host = CronHost::new().map_err(TickError::Other)?;
    let ended = wstd::runtime::block_on(task(&host));
    ended.map(drop).map_err(|error| {
        let source = error.source.as_deref().unwrap_or_default();
        host.log(json!({"event": component, "error": error.message, "error.source": source}));
        TickError::Other(format!("{}: {source}", error.message))
    })
}
