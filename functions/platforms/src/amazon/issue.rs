//! What Amazon has against an item.

use common::platform::{Issue, PlatformError, Severity};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemIssue {
    code: String,
    message: String,
    severity: Grade,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Grade {
    Error,
    Warning,
    Info,
}

impl Grade {
    const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

impl ItemIssue {
    pub fn is_error(&self) -> bool {
        self.severity == Grade::Error
    }

    /// As the API shows it; `sku` says which of several items it is about.
    pub fn external(&self, sku: Option<&str>) -> Issue {
        Issue {
            severity: self.severity.severity(),
            code: self.code.clone(),
            message: match sku {
                Some(sku) => format!("{sku}: {}", self.message),
                None => self.message.clone(),
            },
            field: self.attribute_names.first().cloned(),
        }
    }
}

/// The refusal of an item for its issues.
pub fn refusal(sku: &str, issues: &[ItemIssue]) -> PlatformError {
    let errors: Vec<&ItemIssue> = issues.iter().filter(|issue| issue.is_error()).collect();
    let reasons: Vec<String> = errors
        .iter()
        .map(|issue| format!("{} ({})", issue.message, issue.code))
        .collect();
    let reason = match reasons.is_empty() {
        true => format!("`{sku}` is not valid, Amazon does not say why"),
        false => format!("`{sku}`: {}", reasons.join("; ")),
    };
    match errors
        .iter()
        .find_map(|issue| issue.attribute_names.first())
    {
        Some(attribute) => PlatformError::rejected_field(attribute, reason),
        None => PlatformError::rejected(reason),
    }
}
