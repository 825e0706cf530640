//! The vendor's own schema as a judge: whether a document and its variables fit it.

mod answer;
mod deprecated;
mod sdl;

use anyhow::{Context, Result};
use apollo_compiler::executable::ExecutableDocument;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Schema, response::JsonMap};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is wrong with a request, in the words of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// For people.
    pub message: String,
    /// Whether it works still, but will not for ever.
    pub deprecation: bool,
}

/// A published version of Shopify's Admin API.
#[derive(Debug)]
pub struct AdminSchema {
    schema: Valid<Schema>,
}

/// Where the vendors' schemas lie: beside the workspace, in `shared/specs`.
pub fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs")
}

impl AdminSchema {
    /// The schema of `version`, read once a process; `None` where the folder with the vendors'
    /// schemas is absent.
    ///
    /// # Errors
    /// When the folder is there but the file is missing or can't be understood.
    pub fn published(version: &str) -> Result<Option<Arc<Self>>> {
        static LOADED: Mutex<BTreeMap<String, Arc<AdminSchema>>> = Mutex::new(BTreeMap::new());
        let mut known = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = known.get(version) {
            return Ok(Some(loaded.clone()));
        }
        let folder = specs();
        if !folder.is_dir() {
            return Ok(None);
        }
        let file = folder.join(format!("shopify/admin_{version}.json.gz"));
        let loaded = Arc::new(Self::read(&file)?);
        known.insert(version.to_owned(), loaded.clone());
        Ok(Some(loaded))
    }

    /// Reads a gzipped introspection result.
    ///
    /// # Errors
    /// When the file can't be read or is not a schema.
    pub fn read(file: &Path) -> Result<Self> {
        let packed =
            std::fs::File::open(file).with_context(|| format!("opening {}", file.display()))?;
        let introspection: Value = serde_json::from_reader(std::io::BufReader::new(
            flate2::read::GzDecoder::new(packed),
        ))
        .with_context(|| format!("reading {}", file.display()))?;
        Self::from_introspection(&introspection)
    }

    /// Takes the answer to an introspection query.
    ///
    /// # Errors
    /// When it is not one.
    pub fn from_introspection(introspection: &Value) -> Result<Self> {
        let text = sdl::print(introspection)?;
        let schema = Schema::parse_and_validate(text, "admin.graphql")
            .map_err(|problems| anyhow::anyhow!("the schema is not valid: {}", problems.errors))?;
        Ok(Self { schema })
    }

    /// What is wrong with `document` itself.
    pub fn check_document(&self, document: &str) -> Vec<Problem> {
        match ExecutableDocument::parse_and_validate(&self.schema, document, "request.graphql") {
            Ok(valid) => deprecated::in_document(&valid),
            Err(problems) => broken(problems.errors.iter().map(|problem| problem.to_string())),
        }
    }

    /// What in `data` is not what the schema promises for `document`.
    pub fn check_answer(&self, document: &str, data: &Value) -> Vec<Problem> {
        match ExecutableDocument::parse_and_validate(&self.schema, document, "request.graphql") {
            Ok(valid) => answer::misfits(&self.schema, &valid, data),
            Err(problems) => broken(problems.errors.iter().map(|problem| problem.to_string())),
        }
    }

    /// What is wrong with `document` or with what is sent for its variables.
    pub fn check(&self, document: &str, variables: &Value) -> Vec<Problem> {
        let parsed =
            ExecutableDocument::parse_and_validate(&self.schema, document, "request.graphql");
        let valid = match parsed {
            Ok(valid) => valid,
            Err(problems) => {
                return broken(problems.errors.iter().map(|problem| problem.to_string()));
            }
        };
        let mut found = deprecated::in_document(&valid);
        let values: JsonMap = match variables {
            Value::Null => JsonMap::new(),
            object => match serde_json::from_value(object.clone()) {
                Ok(values) => values,
                Err(_) => return broken(["the variables are not an object".to_owned()]),
            },
        };
        for operation in valid.operations.iter() {
            if let Err(error) = coerce_variable_values(&self.schema, operation, &values) {
                found.extend(broken([error.message().to_string()]));
            }
            found.extend(deprecated::in_variables(&self.schema, operation, variables));
        }
        found
    }
}

fn broken(messages: impl IntoIterator<Item = String>) -> Vec<Problem> {
    messages
        .into_iter()
        .map(|message| Problem {
            message,
            deprecation: false,
        })
        .collect()
}
