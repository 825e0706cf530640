//! Where things are in this repository.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository's root folder.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
    private: PathBuf,
}

impl Project {
    /// The repository that this program was built from.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn here() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root
            .canonicalize()
            .context("the repository has moved since this program was built: run `cargo clean --package hub`")?;
        let private = root.join(".hub");
        Ok(Self { root, private })
    }

    /// The same repository with its private things in `folder`, where given, instead of `.hub/`.
    ///
    /// # Errors
    /// When the current directory, which `folder` is relative to, is gone.
    pub fn keeping_in(mut self, folder: Option<PathBuf>) -> Result<Self> {
        if let Some(folder) = folder {
            self.private = std::path::absolute(folder)?;
        }
        Ok(self)
    }

    /// The repository's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The app's manifest.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.root.join("spin.toml")
    }

    /// `.hub/`: data and secrets of this checkout; never under version control. Made where missing.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn private(&self) -> Result<PathBuf> {
        let path = &self.private;
        DirBuilder::new()
            .recursive(true)
            // Its files are their owner's alone, but root's Postgres runs as somebody else and has to get to its data.
            .mode(0o711)
            .create(path)
            .with_context(|| format!("could not make {}", path.display()))?;
        Ok(path.clone())
    }
}
