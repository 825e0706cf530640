//! A channel may repeat a token in its refusal: what it says is shown and recorded, so the store's secrets are taken out.

use super::{Outcome, Platform, PlatformError, Store};
use crate::secret::Secret;
use serde_json::Value;

/// Shorter secrets are too likely to stand in a text by chance.
const SHORTEST: usize = 8;
const MARK: &str = "[redacted]";

/// What must not be repeated.
pub(super) struct Redaction {
    secrets: Vec<Secret<String>>,
}

impl Redaction {
    /// The texts among the credentials of `store`, without those that the channel's descriptor calls no secret. The longest
    /// comes first, since one may contain another.
    pub fn of(platform: &dyn Platform, store: &Store) -> Self {
        let is_open = |name: &str| {
            let known = platform.descriptor().credentials;
            known
                .iter()
                .any(|field| field.name == name && !field.secret)
        };
        let fields = store.credentials.expose().as_object();
        let mut secrets: Vec<Secret<String>> = fields
            .into_iter()
            .flatten()
            .filter(|(name, _)| !is_open(name))
            .filter_map(|(_, value)| value.as_str())
            .filter(|text| text.len() >= SHORTEST)
            .map(|text| Secret::new(text.to_owned()))
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// What is shown of an operation's end, without the secrets.
    pub fn of_end(&self, ended: Result<Outcome, PlatformError>) -> Result<Outcome, PlatformError> {
        match ended {
            Ok(mut outcome) => {
                self.value(&mut outcome.result);
                if let Some(data) = &mut outcome.platform_data {
                    self.value(data);
                }
                for issue in &mut outcome.issues {
                    self.text(&mut issue.message);
                }
                Ok(outcome)
            }
            Err(mut error) => {
                let (PlatformError::RetryAfter { reason, .. }
                | PlatformError::AuthenticateAgain { reason }
                | PlatformError::Rejected { reason, .. }
                | PlatformError::Protocol { reason }) = &mut error;
                self.text(reason);
                Err(error)
            }
        }
    }

    fn text(&self, text: &mut String) {
        for secret in &self.secrets {
            if text.contains(secret.expose()) {
                *text = text.replace(secret.expose(), MARK);
            }
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.value(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
