//! Spin variables: what the application declares, what the caller provides, and the `{{ name }}`
//! templates that pass them on to components.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail};

use crate::manifest::VariableDeclaration;

/// Values provided for the application's `[variables]`, by their lower-case names.
#[derive(Clone, Default)]
pub struct Variables(HashMap<String, String>);

impl Variables {
    /// No values: only the manifest's defaults hold.
    pub fn new() -> Self {
        Self::default()
    }

    /// The values of the environment's `SPIN_VARIABLE_<NAME>`, the name lower-cased.
    pub fn from_env() -> Self {
        let values = std::env::vars().filter_map(|(key, value)| {
            let name = key.strip_prefix("SPIN_VARIABLE_")?;
            Some((name.to_ascii_lowercase(), value))
        });
        Self(values.collect())
    }

    /// Sets one value, replacing an earlier one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets one value, replacing an earlier one.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// The value given for `name`, if any.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The application's variables with their final values.
pub(crate) struct Resolver(HashMap<String, String>);

impl Resolver {
    /// Joins what is declared with what is provided.
    ///
    /// # Errors
    /// Names every required variable that has no value, and how to give it one.
    pub(crate) fn new(
        declared: &BTreeMap<String, VariableDeclaration>,
        provided: &Variables,
    ) -> Result<Self> {
        let mut values = HashMap::new();
        let mut missing = Vec::new();
        for (name, declaration) in declared {
            match provided.get(name).or(declaration.default.as_deref()) {
                Some(value) => {
                    values.insert(name.clone(), value.to_owned());
                }
                None => missing.push(format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())),
            }
        }
        if !missing.is_empty() {
            bail!(
                "required variables have no value: set {}",
                missing.join(", ")
            );
        }
        Ok(Self(values))
    }

    /// Replaces each `{{ name }}` in `template`; `\{{` stands for two braces.
    ///
    /// # Errors
    /// Names an undeclared variable, or a template that is not closed.
    pub(crate) fn resolve(&self, template: &str) -> Result<String> {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find("{{") {
            let (before, after) = rest.split_at(at);
            rest = after.trim_start_matches("{{");
            if let Some(escaped) = before.strip_suffix('\\') {
                text.push_str(escaped);
                text.push_str("{{");
                continue;
            }
            let (name, after) = rest
                .split_once("}}")
                .with_context(|| format!("{template:?} opens {{{{ but never closes it"))?;
            let name = name.trim();
            let value = self.0.get(name).with_context(|| {
                format!("{template:?} uses the variable {name:?}: declare it under [variables]")
            })?;
            text.push_str(before);
            text.push_str(value);
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn declared(name: &str, default: Option<&str>) -> (String, VariableDeclaration) {
        (name.into(), VariableDeclaration::with_default(default))
    }

    fn resolver() -> Resolver {
        let declared = BTreeMap::from([declared("host", Some("db")), declared("port", None)]);
        Resolver::new(&declared, &Variables::new().with("port", "5432")).unwrap()
    }

    #[test]
    fn templates_join_text_defaults_and_given_values() {
        assert_eq!(
            resolver()
                .resolve("postgres://{{ host }}:{{port}}/")
                .unwrap(),
            "postgres://db:5432/"
        );
        assert_eq!(resolver().resolve("no template").unwrap(), "no template");
    }

    #[test]
    fn an_escaped_template_stays_as_text() {
        assert_eq!(resolver().resolve(r"\{{ host }}").unwrap(), "{{ host }}");
    }

    #[test]
    fn an_undeclared_variable_is_named() {
        let error = resolver().resolve("{{ hots }}").unwrap_err();
        assert!(error.to_string().contains("hots"), "{error}");
        assert!(resolver().resolve("{{ host").is_err());
    }

    #[test]
    fn a_required_variable_without_a_value_is_named_as_the_environment_would_set_it() {
        let declared = BTreeMap::from([declared("jwt_secret", None)]);
        let error = Resolver::new(&declared, &Variables::new()).err().unwrap();
        assert!(
            error.to_string().contains("SPIN_VARIABLE_JWT_SECRET"),
            "{error}"
        );
    }
}
