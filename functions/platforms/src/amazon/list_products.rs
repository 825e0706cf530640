//! Reads one page of products. Items that belong to a family are shown as its variants, not by themselves.

use super::answer::content;
use super::call::Call;
use super::item::{ALL_DATA, Item};
use super::listings::{self, PAGE, Page};
use crate::wire::recall;
use common::platform::{ExternalProduct, Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading the page.
    Page,
    /// Reading the family of the last of `left`.
    Family {
        left: Vec<Head>,
        next_cursor: Option<String>,
    },
}

/// An item of the page, with the variants that were read.
#[derive(Serialize, Deserialize)]
struct Head {
    item: Item,
    /// `None` as long as they have to be read.
    children: Option<Vec<Item>>,
    has_more: bool,
}

pub fn begin(call: Call<'_>, cursor: Option<&str>, limit: u32) -> Result<Step, PlatformError> {
    let size = usize::try_from(limit).unwrap_or(PAGE).clamp(1, PAGE);
    // By SKU the pages stay in order while items change.
    let mut ask = listings::search(call, ALL_DATA, size)?
        .query("sortBy", "sku")
        .query("sortOrder", "ASC");
    if let Some(token) = cursor {
        ask = ask.query("pageToken", token);
    }
    call.send(ask, &Phase::Page)
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let market = call.market_id()?;
    let page: Page = content(response)?;
    match recall(state)? {
        Phase::Page => {
            let next_cursor = page.next().map(str::to_owned);
            let heads = page.items.into_iter();
            let heads = heads.filter(|item| item.parent(market).is_none());
            let left = heads.map(|item| Head {
                children: item.children(market).is_empty().then(Vec::new),
                item,
                has_more: false,
            });
            next(call, left.collect(), next_cursor)
        }
        Phase::Family {
            mut left,
            next_cursor,
        } => {
            if let Some(head) = left.iter_mut().find(|head| head.children.is_none()) {
                head.has_more = page.next().is_some();
                head.children = Some(page.items);
            }
            next(call, left, next_cursor)
        }
    }
}

fn next(
    call: Call<'_>,
    left: Vec<Head>,
    next_cursor: Option<String>,
) -> Result<Step, PlatformError> {
    if let Some(head) = left.iter().find(|head| head.children.is_none()) {
        let ask = listings::search_children(call, &head.item.sku, ALL_DATA, None)?;
        return call.send(ask, &Phase::Family { left, next_cursor });
    }
    let market = call.market_id()?;
    let products: Vec<ExternalProduct> = left
        .iter()
        .map(|head| {
            let children = head.children.as_deref().unwrap_or_default();
            ExternalProduct {
                more_variants: head.has_more,
                ..product(&head.item, children, market)
            }
        })
        .collect();
    Ok(Step::done(Outcome {
        result: json!({"products": products.len(), "next_cursor": next_cursor}),
        products,
        next_cursor,
        ..Outcome::default()
    }))
}

/// `item` with its family, or as its own only variant.
pub fn product(item: &Item, children: &[Item], market: &str) -> ExternalProduct {
    let variants = match children.is_empty() {
        true => vec![item.variant(market)],
        false => children.iter().map(|it| it.variant(market)).collect(),
    };
    item.external(market, variants)
}
