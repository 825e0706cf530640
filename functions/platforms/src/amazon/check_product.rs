//! How Amazon shows a product now: one item, or a family seen as a whole.

use super::answer::{content, found};
use super::call::Call;
use super::item::{ALL_DATA, Item};
use super::list_products::product;
use super::listings::{self, Page};
use crate::wire::recall;
use common::platform::{Issue, Outcome, PlatformError, Presence, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading the item that was asked for, or then its parent.
    Item { sku: String, is_parent: bool },
    /// Reading its family.
    Family { head: Item, children: Vec<Item> },
}

pub fn begin(call: Call<'_>, sku: &str) -> Result<Step, PlatformError> {
    read(call, sku, false)
}

fn read(call: Call<'_>, sku: &str, is_parent: bool) -> Result<Step, PlatformError> {
    let ask = listings::get(call, sku, ALL_DATA)?;
    let sku = sku.to_owned();
    call.send(ask, &Phase::Item { sku, is_parent })
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let market = call.market_id()?;
    match recall(state)? {
        Phase::Item { sku, is_parent } => {
            let Some(item) = found::<Item>(response)? else {
                return Ok(gone(sku));
            };
            match item.parent(market) {
                Some(parent) if !is_parent => read(call, parent, true),
                _ if item.children(market).is_empty() => Ok(done(&item, &[], market)),
                _ => {
                    let ask = listings::search_children(call, &item.sku, ALL_DATA, None)?;
                    let children = Vec::new();
                    call.send(
                        ask,
                        &Phase::Family {
                            head: item,
                            children,
                        },
                    )
                }
            }
        }
        Phase::Family { head, mut children } => {
            let page: Page = content(response)?;
            let token = page.next().map(str::to_owned);
            children.extend(page.items);
            match token {
                Some(token) => {
                    let ask = listings::search_children(call, &head.sku, ALL_DATA, Some(&token))?;
                    call.send(ask, &Phase::Family { head, children })
                }
                None => Ok(done(&head, &children, market)),
            }
        }
    }
}

fn gone(sku: String) -> Step {
    Step::done(Outcome {
        result: json!({"presence": Presence::Gone}),
        external_id: Some(sku),
        presence: Some(Presence::Gone),
        ..Outcome::default()
    })
}

fn done(head: &Item, children: &[Item], market: &str) -> Step {
    let presence = presence(head, children, market);
    let all = [head].into_iter().chain(children);
    let issues: Vec<Issue> = all
        .flat_map(|item| {
            let sku = Some(item.sku.as_str()).filter(|_| !children.is_empty());
            item.issues.iter().map(move |issue| issue.external(sku))
        })
        .collect();
    Step::done(Outcome {
        result: json!({"presence": presence, "issues": issues.len()}),
        external_id: Some(head.sku.clone()),
        presence: Some(presence),
        issues,
        products: vec![product(head, children, market)],
        ..Outcome::default()
    })
}

/// A family is for sale as soon as one of its variants is; a parent itself never is.
fn presence(head: &Item, children: &[Item], market: &str) -> Presence {
    if children.is_empty() {
        return head.presence(market);
    }
    let of: Vec<Presence> = children.iter().map(|it| it.presence(market)).collect();
    let first = [
        Presence::Live,
        Presence::Pending,
        Presence::OutOfStock,
        Presence::Refused,
    ];
    let found = first.into_iter().find(|wanted| of.contains(wanted));
    match found.unwrap_or(Presence::Pending) {
        Presence::Pending if head.presence(market) == Presence::Refused => Presence::Refused,
        other => other,
    }
}
