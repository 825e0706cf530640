//! Lines that scripts read, on standard output; everything else goes to standard error.

use std::io::Write;

use anyhow::{Context, Result};

/// Prints `line` at once, also into a pipe.
///
/// # Errors
/// When standard output is closed.
pub fn line(line: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .context("could not write to standard output")
}
