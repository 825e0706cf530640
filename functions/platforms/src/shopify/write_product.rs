//! Makes, changes and shows a product.
//!
//! A create looks for the product first: by its id, else by its handle. One that carries our
//! listing's mark was made by an earlier attempt whose reply was lost, and is brought up to date; a
//! stranger's product with that handle is left alone and another handle is tried. The creation itself names no
//! identifier: what got the handle in between is never overwritten, but found by looking again.

mod after;
mod receipt;

use super::call::Call;
use super::documents::{PREPARE, READ_PRODUCT, SET_PRODUCT};
use super::memory::{Existing, Memory};
use super::shop::{Found, Prepared, Shop};
use super::stock::StockRun;
use super::{handle, input};
use crate::wire::recall;
use after::{Done, finish, follow_stock, remember, set_stock};
use common::platform::{PlatformError, ProductInput, State, Step};
use common::ports::HttpResponse;
use receipt::{published, written};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is to be written.
#[derive(Clone, Copy)]
pub struct Goal<'a> {
    pub product: &'a ProductInput,
    /// The product that has to be there (an update); a create finds or makes it.
    pub must_be: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
pub enum Phase {
    /// Looking for the product by its id.
    FindById,
    /// Looking for it by its handle; the second round uses a handle of our own.
    FindByHandle { second: bool },
    /// Reading what the shop has.
    Before { shop: Shop, product: Existing },
    /// Written; anew with the second handle where `second` says so.
    Set {
        shop: Shop,
        created: bool,
        second: bool,
        has_files: bool,
    },
    /// Reading back what became of it.
    After {
        shop: Shop,
        created: bool,
        has_files: bool,
        product: Existing,
    },
    /// Setting the stock that was asked for.
    Stock { done: Done, run: StockRun },
    /// Shown.
    Publish { done: Done },
}

pub fn begin(call: Call<'_>, goal: Goal<'_>) -> Result<Step, PlatformError> {
    match goal.must_be.or(goal.product.external_id.as_deref()) {
        Some(id) => prepare(call, &json!({"id": id}), &Phase::FindById),
        None => find_by_handle(call, goal, false),
    }
}

pub fn resume(
    call: Call<'_>,
    goal: Goal<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::FindById => found_by_id(call, goal, response),
        Phase::FindByHandle { second } => found_by_handle(call, goal, second, response),
        Phase::Before { shop, mut product } => match product.add_page(response)? {
            Some(cursor) => {
                let id = product.id.clone();
                read(call, &id, Some(&cursor), &Phase::Before { shop, product })
            }
            None => set_changed(call, goal, shop, &product),
        },
        Phase::Set {
            shop,
            created,
            second,
            has_files,
        } => {
            let Some(id) = written(response)? else {
                return find_by_handle(call, goal, second);
            };
            let product = Existing::default();
            read(
                call,
                &id,
                None,
                &Phase::After {
                    shop,
                    created,
                    has_files,
                    product,
                },
            )
        }
        Phase::After {
            shop,
            created,
            has_files,
            mut product,
        } => match product.add_page(response)? {
            Some(cursor) => {
                let id = product.id.clone();
                let phase = Phase::After {
                    shop,
                    created,
                    has_files,
                    product,
                };
                read(call, &id, Some(&cursor), &phase)
            }
            None => {
                let memory = remember(goal, shop, &product, has_files)?;
                let id = product.id;
                set_stock(
                    call,
                    goal,
                    Done {
                        id,
                        created,
                        memory,
                        stock: Value::Null,
                    },
                )
            }
        },
        Phase::Stock { done, run } => {
            let next = run.resume(call.operation, response)?;
            follow_stock(call, goal, done, next)
        }
        Phase::Publish { done } => {
            published(response)?;
            Ok(finish(done, true))
        }
    }
}

fn prepare(call: Call<'_>, identifier: &Value, phase: &Phase) -> Result<Step, PlatformError> {
    call.graphql(PREPARE, &json!({"identifier": identifier}), phase)
}

fn find_by_handle(call: Call<'_>, goal: Goal<'_>, second: bool) -> Result<Step, PlatformError> {
    let handle = handle::of(goal.product, second);
    prepare(
        call,
        &json!({"handle": handle}),
        &Phase::FindByHandle { second },
    )
}

fn read(
    call: Call<'_>,
    id: &str,
    after: Option<&str>,
    phase: &Phase,
) -> Result<Step, PlatformError> {
    call.graphql(READ_PRODUCT, &json!({"id": id, "after": after}), phase)
}

fn found_by_id(
    call: Call<'_>,
    goal: Goal<'_>,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let prepared = Prepared::read(response)?;
    match (&prepared.product_by_identifier, goal.must_be) {
        (Some(found), _) => read_before(call, goal, &prepared, found),
        (None, Some(_)) => Err(PlatformError::rejected_field(
            "external_id",
            "the product is no longer in the shop: publish the listing again",
        )),
        (None, None) => find_by_handle(call, goal, false),
    }
}

fn found_by_handle(
    call: Call<'_>,
    goal: Goal<'_>,
    second: bool,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let prepared = Prepared::read(response)?;
    match &prepared.product_by_identifier {
        None => set_new(call, goal, &prepared, second),
        Some(found) if found.is_for(&goal.product.listing_id) => {
            read_before(call, goal, &prepared, found)
        }
        Some(_) if !second => find_by_handle(call, goal, true),
        Some(_) => Err(PlatformError::rejected_field(
            "handle",
            "the shop has another product with this handle: give the product a handle of its own",
        )),
    }
}

fn shop(call: Call<'_>, goal: Goal<'_>, prepared: &Prepared) -> Result<Shop, PlatformError> {
    prepared.check_currency(goal.product.currency.as_deref())?;
    Ok(Shop {
        location_id: prepared.location(call.store, &goal.product.platform_data)?,
        publication_ids: match goal.must_be {
            Some(_) => Vec::new(),
            None => prepared.publications(call.store)?,
        },
    })
}

fn read_before(
    call: Call<'_>,
    goal: Goal<'_>,
    prepared: &Prepared,
    found: &Found,
) -> Result<Step, PlatformError> {
    let shop = shop(call, goal, prepared)?;
    let product = Existing::default();
    read(call, &found.id, None, &Phase::Before { shop, product })
}

fn set_new(
    call: Call<'_>,
    goal: Goal<'_>,
    prepared: &Prepared,
    second: bool,
) -> Result<Step, PlatformError> {
    let shop = shop(call, goal, prepared)?;
    let handle = handle::of(goal.product, second);
    let input = input::new(goal.product, &handle, &shop.location_id)?;
    let has_files = input.has_files;
    let variables = json!({"identifier": null, "input": input.fields});
    let phase = Phase::Set {
        shop,
        created: true,
        second,
        has_files,
    };
    call.graphql_costing(SET_PRODUCT, &variables, &phase, input.cost)
}

fn set_changed(
    call: Call<'_>,
    goal: Goal<'_>,
    shop: Shop,
    product: &Existing,
) -> Result<Step, PlatformError> {
    let memory = Memory::read(&goal.product.platform_data)?;
    let input = input::changed(goal.product, product, &memory, &shop.location_id)?;
    let has_files = input.has_files;
    let variables = json!({"identifier": {"id": product.id}, "input": input.fields});
    let phase = Phase::Set {
        shop,
        created: false,
        second: false,
        has_files,
    };
    call.graphql_costing(SET_PRODUCT, &variables, &phase, input.cost)
}
