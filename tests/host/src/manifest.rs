//! `spin.toml`, manifest version 2: the parts that a local host acts on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// An application as its `spin.toml` describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    spin_manifest_version: u32,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, VariableDeclaration>,
    #[serde(default)]
    trigger: Triggers,
    #[serde(default)]
    component: BTreeMap<String, ComponentTable>,
}

/// One entry of `[variables]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariableDeclaration {
    pub(crate) default: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default, rename = "secret")]
    _secret: bool,
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

impl VariableDeclaration {
    #[cfg(test)]
    pub(crate) fn with_default(default: Option<&str>) -> Self {
        Self {
            default: default.map(str::to_owned),
            ..Self::default()
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Triggers {
    #[serde(default)]
    http: Vec<HttpTriggerTable>,
    #[serde(default)]
    cron: Vec<CronTriggerTable>,
}

#[derive(Debug, Deserialize)]
struct HttpTriggerTable {
    route: Route,
    component: ComponentReference,
}

/// A pattern, or `{ private = true }`: reachable by other components only, so not at all here.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Route {
    Pattern(String),
    Private { private: bool },
}

#[derive(Debug, Deserialize)]
struct CronTriggerTable {
    cron_expression: String,
    component: ComponentReference,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ComponentReference {
    Id(String),
    Inline(Box<ComponentTable>),
}

/// One `[component.<id>]`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ComponentTable {
    source: Source,
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) files: Vec<FileMount>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Source {
    Path(PathBuf),
    Remote { url: String },
}

/// One entry of `files`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum FileMount {
    /// A file, or a pattern of files, which keep their paths.
    Pattern(String),
    /// A directory under another name.
    Placement {
        source: PathBuf,
        destination: String,
    },
}

/// An HTTP route and the component behind it.
#[derive(Debug)]
pub(crate) struct HttpTrigger {
    pub(crate) route: String,
    pub(crate) component: String,
}

/// A schedule and the component that it runs.
#[derive(Debug)]
pub(crate) struct CronTrigger {
    pub(crate) expression: String,
    pub(crate) component: String,
}

/// The manifest with every reference followed.
#[derive(Debug)]
pub(crate) struct Application {
    /// The directory that the manifest's paths are relative to.
    pub(crate) root: PathBuf,
    pub(crate) variables: BTreeMap<String, VariableDeclaration>,
    pub(crate) http: Vec<HttpTrigger>,
    pub(crate) cron: Vec<CronTrigger>,
    /// The components that a trigger reaches, by id.
    pub(crate) components: BTreeMap<String, ComponentTable>,
}

impl Application {
    /// Reads a manifest from a file.
    ///
    /// # Errors
    /// Says what cannot be read or what in the manifest is wrong, by key.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&text, root).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str, root: PathBuf) -> Result<Self> {
        let manifest: Manifest = toml::from_str(text)?;
        ensure!(
            manifest.spin_manifest_version == 2,
            "spin_manifest_version is {}, but only 2 is supported",
            manifest.spin_manifest_version
        );
        let mut application = Self {
            root,
            variables: checked_variables(manifest.variables)?,
            http: Vec::new(),
            cron: Vec::new(),
            components: BTreeMap::new(),
        };
        let declared = manifest.component;
        for (index, trigger) in manifest.trigger.http.into_iter().enumerate() {
            let component = application.follow(
                trigger.component,
                &declared,
                &format!("trigger.http[{index}]"),
            )?;
            match trigger.route {
                Route::Pattern(route) => application.http.push(HttpTrigger { route, component }),
                Route::Private { private: true } => {}
                Route::Private { private: false } => bail!(
                    "trigger.http[{index}].route: write a pattern such as \"/name/...\" or {{ private = true }}"
                ),
            }
        }
        for (index, trigger) in manifest.trigger.cron.into_iter().enumerate() {
            let component = application.follow(
                trigger.component,
                &declared,
                &format!("trigger.cron[{index}]"),
            )?;
            application.cron.push(CronTrigger {
                expression: trigger.cron_expression,
                component,
            });
        }
        Ok(application)
    }

    /// Notes the component that a trigger names or contains, and gives its id.
    fn follow(
        &mut self,
        reference: ComponentReference,
        declared: &BTreeMap<String, ComponentTable>,
        trigger: &str,
    ) -> Result<String> {
        let (id, table) = match reference {
            ComponentReference::Inline(table) => {
                (trigger.replace(['.', '['], "-").replace(']', ""), *table)
            }
            ComponentReference::Id(id) => {
                let table = declared.get(&id).cloned().with_context(|| {
                    format!("{trigger}.component is {id:?}, but there is no [component.{id}]")
                })?;
                (id, table)
            }
        };
        self.components.insert(id.clone(), table);
        Ok(id)
    }

    /// Where the component's WebAssembly is.
    ///
    /// # Errors
    /// When it is not a local file.
    pub(crate) fn source(&self, id: &str) -> Result<PathBuf> {
        match self.components.get(id).map(|table| &table.source) {
            Some(Source::Path(path)) => Ok(self.root.join(path)),
            Some(Source::Remote { url }) => {
                bail!(
                    "component.{id}.source: {url} is not supported here: download it and give its path"
                )
            }
            None => bail!("there is no [component.{id}]"),
        }
    }
}

fn checked_variables(
    variables: BTreeMap<String, VariableDeclaration>,
) -> Result<BTreeMap<String, VariableDeclaration>> {
    for (name, variable) in &variables {
        ensure!(
            variable.required != variable.default.is_some(),
            "variables.{name}: give either a default or required = true"
        );
    }
    Ok(variables)
}

#[cfg(test)]
mod tests;
