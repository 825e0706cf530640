//! A cron component that does as its variable `behaviour` says, well or badly: the local host's
//! tests watch what comes of it.
#![cfg(target_arch = "wasm32")]

#[allow(unsafe_code, missing_docs, clippy::all, reason = "generated from WIT")]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "misbehave", generate_all });
    export!(Component);

    /// The component.
    pub struct Component;

    impl Guest for Component {
        fn handle_cron_event(metadata: Metadata) -> Result<(), Error> {
            super::behave(metadata.timestamp).map_err(Error::Other)
        }
    }
}

use std::hint::black_box;

use bindings::fermyon::spin::variables;
use bindings::spin::postgres::postgres::{Connection, ParameterValue};

#[allow(clippy::panic, reason = "this is the misdeed")]
fn behave(timestamp: u64) -> Result<(), String> {
    let behaviour = setting("behaviour")?;
    match behaviour.as_str() {
        "fail" => Err("failed as asked".to_owned()),
        "trap" => panic!("trapped as asked"),
        "loop" => endless(),
        "missing" => setting("nonesuch").map(|_| ()),
        sql => statements(sql, timestamp),
    }
}

fn setting(name: &str) -> Result<String, String> {
    variables::get(name).map_err(|error| format!("{error:?}"))
}

fn endless() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Runs statements, separated by semicolons; each has the tick's time as its parameter where it
/// uses one.
#[allow(clippy::print_stdout, reason = "the host turns output into log lines")]
fn statements(sql: &str, timestamp: u64) -> Result<(), String> {
    let connection =
        Connection::open(&setting("database_url")?).map_err(|error| format!("{error:?}"))?;
    let time = i64::try_from(timestamp).unwrap_or_default();
    for statement in sql
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
    {
        let parameters: &[ParameterValue] = if statement.contains("$1") {
            &[ParameterValue::Int64(time)]
        } else {
            &[]
        };
        let changed = connection
            .execute(statement, parameters)
            .map_err(|error| format!("{error:?}"))?;
        println!("{changed} by {statement}");
    }
    Ok(())
}
