//! What an import answers. Lists end where they would grow without bound; the totals go on.

use serde::Serialize;

/// The most errors, and the most derived SKUs, that a report lists.
pub const MAX_LISTED: usize = 1000;

#[derive(Serialize)]
struct ErrorEntry {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    reason: String,
}

#[derive(Serialize)]
struct SkuEntry {
    line: u64,
    handle: String,
    sku: String,
}

/// How many products came to what, and what is to be said of single lines.
#[derive(Default, Serialize)]
pub struct Report {
    /// Products that were new.
    pub created: u64,
    /// Products that changed.
    pub updated: u64,
    /// Products that were as the file says already.
    pub unchanged: u64,
    /// Products of which nothing was imported.
    pub failed: u64,
    /// Rows with content, without the header.
    pub rows: u64,
    errors: Vec<ErrorEntry>,
    errors_total: u64,
    derived_skus: Vec<SkuEntry>,
    derived_skus_total: u64,
    /// Columns that were of no use.
    pub ignored_columns: Vec<String>,
}

impl Report {
    /// Adds a row that was not imported.
    pub fn error(&mut self, line: u64, handle: Option<&str>, field: Option<&str>, reason: String) {
        self.errors_total += 1;
        if self.errors.len() < MAX_LISTED {
            self.errors.push(ErrorEntry {
                line,
                handle: handle.map(|handle| handle.chars().take(255).collect()),
                field: field.map(str::to_owned),
                reason,
            });
        }
    }

    /// Adds a SKU that a row did not give.
    pub fn derived(&mut self, line: u64, handle: &str, sku: String) {
        self.derived_skus_total += 1;
        if self.derived_skus.len() < MAX_LISTED {
            self.derived_skus.push(SkuEntry {
                line,
                handle: handle.to_owned(),
                sku,
            });
        }
    }

    /// Puts the lists in the order of the file.
    pub fn sort(&mut self) {
        self.errors.sort_by_key(|error| error.line);
        self.derived_skus.sort_by_key(|sku| sku.line);
    }
}
