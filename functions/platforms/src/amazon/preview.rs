//! What Amazon would say to a product: the very writes, in the mode that only validates.

use super::answer::content;
use super::call::{Ask, Call};
use super::choices::{Choices, no_product_type};
use super::known::Reading;
use super::limits;
use super::listings;
use super::plan::Goal;
use super::submit::{Verdict, Write};
use crate::wire::recall;
use common::platform::{Issue, Outcome, PlatformError, ProductInput, Severity, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The most items of a family that are previewed.
const MOST: usize = 15;

/// Product types change rarely; Amazon announces new versions of them.
const GOOD_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The most product types that are suggested.
const SUGGESTIONS: usize = 5;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Asking which product types Amazon suggests.
    Suggest,
    /// Reading what is there.
    Read(Reading),
    /// Previewing the last of `left`.
    Ask {
        left: Vec<Write>,
        issues: Vec<Found>,
        skipped: usize,
    },
}

/// An issue until it is shown.
#[derive(Serialize, Deserialize)]
struct Found {
    sku: String,
    issue: super::issue::ItemIssue,
}

pub fn begin(call: Call<'_>, product: &ProductInput) -> Result<Step, PlatformError> {
    let choices = Choices::read(&product.platform_data)?;
    let goal = Goal::new(call, product, &choices, None)?;
    if choices.product_type(call.store).is_none() {
        let ask = Ask::get(limits::SEARCH_TYPES, "/definitions/2020-09-01/productTypes")
            .query("marketplaceIds", call.market_id()?)
            .query("itemName", &product.title)
            .cached_for(GOOD_FOR);
        return call.send(ask, &Phase::Suggest);
    }
    let (ask, reading) = Reading::begin(call, goal.skus()?)?;
    call.send(ask, &Phase::Read(reading))
}

pub fn resume(
    call: Call<'_>,
    product: &ProductInput,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Suggest => Err(no_product_type(&suggestions(response)?)),
        Phase::Read(reading) => match reading.resume(call, response)? {
            (Some(ask), reading) => call.send(ask, &Phase::Read(reading)),
            (None, reading) => {
                let choices = Choices::read(&product.platform_data)?;
                let goal = Goal::new(call, product, &choices, None)?;
                let mut left = goal.plan(&reading.known)?.writes;
                left.retain(|write| !matches!(write, Write::Delete { .. }));
                let skipped = left.len().saturating_sub(MOST);
                left.truncate(MOST);
                left.reverse();
                next(call, left, Vec::new(), skipped)
            }
        },
        Phase::Ask {
            mut left,
            mut issues,
            skipped,
        } => {
            let verdict: Verdict = content(response)?;
            if let Some(write) = left.pop() {
                let found = verdict.issues.into_iter().map(|issue| Found {
                    sku: write.sku().to_owned(),
                    issue,
                });
                issues.extend(found);
            }
            next(call, left, issues, skipped)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Types {
    product_types: Vec<Type>,
}

#[derive(Deserialize)]
struct Type {
    name: String,
}

fn suggestions(response: &HttpResponse) -> Result<Vec<String>, PlatformError> {
    let types = content::<Types>(response)?.product_types.into_iter();
    Ok(types.map(|it| it.name).take(SUGGESTIONS).collect())
}

fn next(
    call: Call<'_>,
    left: Vec<Write>,
    issues: Vec<Found>,
    skipped: usize,
) -> Result<Step, PlatformError> {
    let ask = match left.last() {
        Some(Write::Put { sku, body }) => listings::put(call, sku, body, true)?,
        Some(Write::Patch { sku, body }) => listings::patch(call, sku, body, true)?,
        Some(Write::Delete { .. }) | None => return Ok(Step::done(outcome(&issues, skipped))),
    };
    call.send(
        ask,
        &Phase::Ask {
            left,
            issues,
            skipped,
        },
    )
}

fn outcome(found: &[Found], skipped: usize) -> Outcome {
    let is_valid = !found.iter().any(|it| it.issue.is_error());
    let mut issues: Vec<Issue> = found
        .iter()
        .map(|it| it.issue.external(Some(&it.sku)))
        .collect();
    if skipped > 0 {
        issues.push(Issue {
            severity: Severity::Info,
            code: "NOT_PREVIEWED".to_owned(),
            message: format!("{skipped} more variants were not previewed"),
            field: None,
        });
    }
    Outcome {
        result: json!({"valid": is_valid, "issues": issues.len()}),
        issues,
        ..Outcome::default()
    }
}
