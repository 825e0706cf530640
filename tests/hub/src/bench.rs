//! `cargo hub bench`: builds the components and measures them.

use anyhow::Result;

use crate::components;
use crate::output::line;
use crate::progress::say;
use crate::project::Project;

/// Measures for `seconds` a load and prints the figures.
///
/// # Errors
/// When something does not build, start or answer as it should.
pub async fn bench(project: &Project, seconds: u64) -> Result<()> {
    components::build(project).await?;
    components::build_beside(project, "foundation").await?;
    let figures = ::bench::run(project.root(), seconds, say).await?;
    figures.lines().try_for_each(line)
}
