//! A component's `files`: copies or directories that it may read.

use std::fs;
use std::path::{Component as Part, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::manifest::FileMount;

/// What a component sees of the file system, read-only.
#[derive(Default)]
pub(crate) struct Mounts {
    /// Directories of the host, and where the guest sees them.
    pub(crate) directories: Vec<(PathBuf, String)>,
    /// Copies of single files, which are seen at `/`; removed with the component.
    copies: Option<TempDir>,
}

impl Mounts {
    /// Makes a component's files ready; paths are relative to the manifest's directory.
    ///
    /// # Errors
    /// Names an entry that leads nowhere, or out of the manifest's directory.
    pub(crate) fn new(root: &Path, entries: &[FileMount]) -> Result<Self> {
        let mut mounts = Self::default();
        for entry in entries {
            match entry {
                FileMount::Pattern(pattern) => mounts.add_pattern(root, pattern)?,
                FileMount::Placement {
                    source,
                    destination,
                } => {
                    mounts.add_placement(&root.join(source), destination)?;
                }
            }
        }
        if let Some(copies) = &mounts.copies {
            mounts
                .directories
                .push((copies.path().to_owned(), "/".to_owned()));
        }
        Ok(mounts)
    }

    fn add_pattern(&mut self, root: &Path, pattern: &str) -> Result<()> {
        let mut any = false;
        let full = root.join(pattern);
        let full = full
            .to_str()
            .with_context(|| format!("{pattern:?} is not UTF-8"))?;
        for found in glob::glob(full).with_context(|| format!("{pattern:?} is not a pattern"))? {
            let found = found?;
            let seen_as = found.strip_prefix(root).unwrap_or(&found).to_owned();
            self.copy(&found, &seen_as)?;
            any = true;
        }
        ensure!(any, "{pattern:?} matches no file");
        Ok(())
    }

    fn add_placement(&mut self, source: &Path, destination: &str) -> Result<()> {
        ensure!(source.exists(), "{} does not exist", source.display());
        if source.is_dir() {
            self.directories
                .push((source.to_owned(), destination.to_owned()));
            return Ok(());
        }
        self.copy(source, Path::new(destination.trim_start_matches('/')))
    }

    fn copy(&mut self, source: &Path, seen_as: &Path) -> Result<()> {
        let inside = seen_as
            .components()
            .all(|part| matches!(part, Part::Normal(_) | Part::CurDir));
        ensure!(
            inside,
            "{} is outside of the manifest's directory",
            seen_as.display()
        );
        let copies = match self.copies.take() {
            Some(copies) => copies,
            None => TempDir::new().context("cannot make a directory for copies")?,
        };
        let target = copies.path().join(seen_as);
        self.copies = Some(copies);
        copy_all(source, &target).with_context(|| format!("cannot copy {}", source.display()))
    }
}

fn copy_all(source: &Path, target: &Path) -> Result<()> {
    if source.is_dir() {
        fs::create_dir_all(target)?;
        for entry in fs::read_dir(source)? {
            let entry = entry?;
            copy_all(&entry.path(), &target.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(directory) = target.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::copy(source, target)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn patterns_are_copied_and_directories_are_mounted() {
        let root = TempDir::new().unwrap();
        fs::create_dir_all(root.path().join("data/deep")).unwrap();
        fs::write(root.path().join("data/a.txt"), "a").unwrap();
        fs::write(root.path().join("data/b.bin"), "b").unwrap();
        fs::write(root.path().join("data/deep/c.txt"), "c").unwrap();
        let entries = [
            FileMount::Pattern("data/*.txt".to_owned()),
            FileMount::Placement {
                source: "data/deep".into(),
                destination: "/deep".to_owned(),
            },
        ];
        let mounts = Mounts::new(root.path(), &entries).unwrap();
        let [(deep, _), (copies, at)] = mounts.directories.as_slice() else {
            unreachable!()
        };
        assert_eq!((deep, at.as_str()), (&root.path().join("data/deep"), "/"));
        assert_eq!(fs::read_to_string(copies.join("data/a.txt")).unwrap(), "a");
        assert!(!copies.join("data/b.bin").exists());
    }

    #[test]
    fn an_entry_that_leads_nowhere_or_outside_is_refused() {
        let root = TempDir::new().unwrap();
        fs::write(root.path().join("secret"), "s").unwrap();
        fs::create_dir(root.path().join("app")).unwrap();
        for pattern in ["none.txt", "../secret"] {
            let entry = FileMount::Pattern(pattern.to_owned());
            assert!(
                Mounts::new(&root.path().join("app"), &[entry]).is_err(),
                "{pattern}"
            );
        }
    }
}
