//! The one WebAssembly engine of this process: every host and every component shares it.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// How long a guest may compute before others get their turn.
const TURN: Duration = Duration::from_millis(20);

/// Instances that can be alive at once in this process.
const INSTANCES: u32 = 1_000;

/// The engine, built when it is first asked for.
///
/// # Errors
/// When this machine cannot run it, for instance for want of virtual memory.
pub(crate) fn engine() -> Result<&'static Engine> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    ENGINE
        .get_or_init(|| start().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("cannot start the WebAssembly engine: {error}"))
}

fn start() -> Result<Engine> {
    // Where address space is scarce (a container with a limit), memory is allocated as needed.
    let engine = Engine::new(&config(pooled()))
        .or_else(|_| Engine::new(&config(InstanceAllocationStrategy::OnDemand)))?;
    let ticking = engine.clone();
    std::thread::Builder::new()
        .name("epochs".into())
        .spawn(move || {
            loop {
                std::thread::sleep(TURN);
                ticking.increment_epoch();
            }
        })
        .context("cannot start the thread that counts turns")?;
    Ok(engine)
}

fn config(strategy: InstanceAllocationStrategy) -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config.epoch_interruption(true);
    config.allocation_strategy(strategy);
    config
}

/// Slots for instances are kept, with the pages they used last, so that a new instance costs
/// microseconds.
fn pooled() -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * 4)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES * 4)
        .total_stacks(INSTANCES * 2)
        .max_unused_warm_slots(64)
        .linear_memory_keep_resident(256 * 1024)
        .table_keep_resident(4 * 1024);
    InstanceAllocationStrategy::Pooling(pool)
}
