//! `spin:variables` and `fermyon:spin/variables`: a component's own settings.

use std::collections::BTreeMap;

use wasmtime::component::{Accessor, HasData};

use crate::bindings::settings::fermyon::spin::variables as synchronous;
use crate::bindings::spin::spin::variables::variables as asynchronous;

/// A component's variables, templates resolved.
pub(crate) struct View<'a>(pub(crate) &'a BTreeMap<String, String>);

/// Names [`View`] to the generated bindings.
pub(crate) struct Settings;

impl HasData for Settings {
    type Data<'a> = View<'a>;
}

enum Missing {
    InvalidName(String),
    Undefined(String),
}

impl View<'_> {
    fn get(&self, name: &str) -> Result<String, Missing> {
        let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
        let fits = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !starts || !fits {
            return Err(Missing::InvalidName(format!(
                "{name:?}: a variable's name has lower-case letters, digits and _, a letter first"
            )));
        }
        self.0.get(name).cloned().ok_or_else(|| {
            Missing::Undefined(format!(
                "no variable {name:?} under the component's variables in spin.toml"
            ))
        })
    }
}

impl synchronous::Host for View<'_> {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<String, synchronous::Error>> {
        Ok(View::get(self, &name).map_err(|missing| match missing {
            Missing::InvalidName(text) => synchronous::Error::InvalidName(text),
            Missing::Undefined(text) => synchronous::Error::Undefined(text),
        }))
    }
}

impl asynchronous::Host for View<'_> {}

impl<T> asynchronous::HostWithStore<T> for Settings {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, asynchronous::Error>> {
        let value = accessor.with(|mut store| store.get().get(&name));
        Ok(value.map_err(|missing| match missing {
            Missing::InvalidName(text) => asynchronous::Error::InvalidName(text),
            Missing::Undefined(text) => asynchronous::Error::Undefined(text),
        }))
    }
}
