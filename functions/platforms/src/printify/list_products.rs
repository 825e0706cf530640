//! Reads one page of products.

use super::answer;
use super::call::Call;
use super::pager::Page;
use super::product::Product;
use common::platform::{Outcome, PlatformError, Step};
use common::ports::HttpResponse;
use serde_json::json;

/// Products a page: the reference says at most 100, pages of more than 50 were not seen.
pub const PAGE: u32 = 50;

pub fn begin(call: Call<'_>, cursor: Option<&str>, limit: u32) -> Result<Step, PlatformError> {
    let path = format!(
        "products.json?limit={}&page={}",
        limit.clamp(1, PAGE),
        page(cursor)?
    );
    Ok(call.get(&call.in_shop(&path)?, &())?.step())
}

/// The number of the page that `cursor` stands for.
pub fn page(cursor: Option<&str>) -> Result<u32, PlatformError> {
    let number = cursor.map_or(Some(1), |cursor| cursor.parse().ok());
    number
        .filter(|page| *page > 0)
        .ok_or_else(|| PlatformError::rejected_field("cursor", "is not one that was given out"))
}

pub fn resume(response: &HttpResponse) -> Result<Step, PlatformError> {
    let page: Page<Product> = answer::read(response)?;
    let next_cursor = page.next().map(|page| page.to_string());
    let rows = page.data.into_iter().filter(|product| !product.is_deleted);
    let products: Result<Vec<_>, PlatformError> = rows.map(Product::external).collect();
    let products = products?;
    Ok(Step::done(Outcome {
        result: json!({"products": products.len(), "next_cursor": next_cursor}),
        products,
        next_cursor,
        ..Outcome::default()
    }))
}
