//! Makes, changes and publishes a product.
//!
//! Nothing of the vendor's keeps a repeated creation from making a second product. So a create looks for the
//! product first: by its id, else among the newest products for the mark of our listing.

mod body;
mod finish;

pub use body::{check, unchanged};

use super::artwork::{self, Artwork, Plan};
use super::memory::{Memory, SentArtwork};
use super::product::{Product, mark};
use super::search::{Dated, Look, Search};
use super::settings::Settings;
use super::{answer, blueprint, call::Call, matching, pager::Page, publish};
use crate::wire::recall;
use common::platform::{PlatformError, ProductInput, State, Step};
use common::ports::HttpResponse;
use finish::{Done, follow_publish, hidden, published, written};
use http::Method;
use serde::{Deserialize, Serialize};

/// What is to be written.
#[derive(Clone, Copy)]
pub struct Goal<'a> {
    pub product: &'a ProductInput,
    /// The product that has to be there (an update); a create finds or makes it.
    pub must_be: Option<&'a str>,
}

impl<'a> Goal<'a> {
    pub const fn create(product: &'a ProductInput) -> Self {
        Self {
            product,
            must_be: None,
        }
    }

    pub const fn update(external_id: &'a str, product: &'a ProductInput) -> Self {
        Self {
            product,
            must_be: Some(external_id),
        }
    }
}

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Reading it by its id.
    Find,
    /// Looking for it among others.
    Search(Search),
    /// Ending a publication that an earlier attempt began.
    Unlock { product: Box<Product> },
    /// Reading what it can be made of.
    Choose,
    /// Uploading its picture; `product` is there already, else `variants` are to be made.
    Upload {
        product: Option<Box<Product>>,
        variants: Vec<i64>,
    },
    /// Made or changed.
    Write {
        created: bool,
        variants: Vec<i64>,
        artwork: Option<SentArtwork>,
    },
    /// Published, which locks it.
    Publish(Done),
    /// The publication is confirmed.
    Succeed(Done),
    /// Taken off the channel.
    Hide(Done),
}

pub fn begin(call: Call<'_>, goal: Goal<'_>) -> Result<Step, PlatformError> {
    body::check(call.store, goal.product)?;
    let memory = Memory::read(&goal.product.platform_data)?;
    let known = goal.must_be.or(goal.product.external_id.as_deref());
    match known.or(memory.product_id.as_deref()) {
        Some(id) => Ok(call.get(&call.product(id, "")?, &Phase::Find)?.step()),
        None => search(call, Search::begin()),
    }
}

pub fn resume(
    call: Call<'_>,
    goal: Goal<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Find => match found(response)? {
            Some(product) => existing(call, goal, product),
            None if goal.must_be.is_some() => Err(PlatformError::rejected_field(
                "external_id",
                "the product is no longer in the shop: publish the listing again",
            )),
            None => search(call, Search::begin()),
        },
        Phase::Search(at) => searched(call, goal, at, response),
        Phase::Unlock { product } => {
            answer::accept(response)?;
            change(call, goal, *product)
        }
        Phase::Choose => choose(call, goal, response),
        Phase::Upload { product, variants } => {
            let artwork = Artwork::read(settings(call, goal))?;
            let artwork = artwork.uploaded(artwork::image_id(response)?);
            match product {
                Some(product) => put(call, goal, &product, artwork, true),
                None => make(call, goal, variants, artwork),
            }
        }
        Phase::Write {
            created,
            variants,
            artwork,
        } => written(call, goal, response, created, &variants, artwork),
        Phase::Publish(done) => follow_publish(call, goal, done, response),
        Phase::Succeed(done) => published(done, response),
        Phase::Hide(done) => hidden(done, response),
    }
}

fn settings<'a>(call: Call<'a>, goal: Goal<'a>) -> Settings<'a> {
    Settings::new(&goal.product.platform_data, call.store)
}

/// The product that was asked for, unless it is gone.
fn found(response: &HttpResponse) -> Result<Option<Product>, PlatformError> {
    let product: Option<Product> = answer::found(response)?;
    Ok(product.filter(|product| !product.is_deleted))
}

fn search(call: Call<'_>, at: Search) -> Result<Step, PlatformError> {
    let path = format!(
        "products.json?limit={}&page={}",
        super::list_products::PAGE,
        at.page
    );
    Ok(call.get(&call.in_shop(&path)?, &Phase::Search(at))?.step())
}

/// A product, as far as one is looked for.
#[derive(Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default, deserialize_with = "super::product::external")]
    external: Option<super::product::External>,
}

impl Dated for Row {
    fn created_at(&self) -> Option<&str> {
        self.created_at.as_deref()
    }
}

fn searched(
    call: Call<'_>,
    goal: Goal<'_>,
    at: Search,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let listing_id = &goal.product.listing_id;
    let mark = mark(listing_id);
    let page: Page<Row> = answer::read(response)?;
    let is_it = |row: &Row| {
        let external = row.external.as_ref().is_some_and(|it| it.id == *listing_id);
        !row.is_deleted && (external || row.tags.contains(&mark))
    };
    match at.look(page, is_it) {
        Look::Found(row) => Ok(call.get(&call.product(&row.id, "")?, &Phase::Find)?.step()),
        Look::Further(next) => search(call, next),
        Look::Nothing => {
            let blueprint = settings(call, goal).blueprint()?;
            Ok(blueprint::ask(call, blueprint, &Phase::Choose)?.step())
        }
    }
}

/// Brings a product that is there up to date, after ending a publication that was begun.
fn existing(call: Call<'_>, goal: Goal<'_>, product: Product) -> Result<Step, PlatformError> {
    body::same_blueprint(settings(call, goal), &product)?;
    if !product.is_locked {
        return change(call, goal, product);
    }
    if !publish::is_ours(call.store) {
        return Err(answer::locked());
    }
    let (id, listing_id) = (product.id.clone(), &goal.product.listing_id);
    let address = publish::address(call.store, listing_id, goal.product.handle.as_deref());
    let product = Box::new(product);
    let phase = Phase::Unlock { product };
    Ok(publish::succeeded(call, &id, listing_id, &address, &phase)?.step())
}

fn change(call: Call<'_>, goal: Goal<'_>, product: Product) -> Result<Step, PlatformError> {
    let memory = Memory::read(&goal.product.platform_data)?;
    let artwork = match Artwork::read(settings(call, goal)) {
        Ok(artwork) => artwork.plan(&memory),
        // A product that was made by other means has its artwork.
        Err(_) if memory.artwork.is_none() => return put_without(call, goal, &product),
        Err(error) => return Err(error),
    };
    match artwork {
        Plan::Keep(artwork) => put(call, goal, &product, artwork, false),
        Plan::Place(artwork) => put(call, goal, &product, artwork, true),
        Plan::Upload(url) => {
            let phase = Phase::Upload {
                product: Some(Box::new(product)),
                variants: Vec::new(),
            };
            Ok(artwork::upload(call, &url, &phase)?.step())
        }
    }
}

fn choose(call: Call<'_>, goal: Goal<'_>, response: &HttpResponse) -> Result<Step, PlatformError> {
    let (settings, choices) = (settings(call, goal), blueprint::read(response)?);
    let memory = Memory::read(&goal.product.platform_data)?;
    let variants = matching::all(goal.product, settings, &memory, &choices)?;
    let artwork = Artwork::read(settings)?;
    artwork.check(&variants, &choices)?;
    match artwork.plan(&memory) {
        Plan::Keep(artwork) | Plan::Place(artwork) => make(call, goal, variants, artwork),
        Plan::Upload(url) => {
            let product = None;
            let phase = Phase::Upload { product, variants };
            Ok(artwork::upload(call, &url, &phase)?.step())
        }
    }
}

fn make(
    call: Call<'_>,
    goal: Goal<'_>,
    variants: Vec<i64>,
    artwork: SentArtwork,
) -> Result<Step, PlatformError> {
    let body = body::new(settings(call, goal), goal.product, &variants, &artwork)?;
    let phase = Phase::Write {
        created: true,
        variants,
        artwork: Some(artwork),
    };
    let path = call.in_shop("products.json")?;
    Ok(call.send(Method::POST, &path, &body, &phase)?.step())
}

fn put(
    call: Call<'_>,
    goal: Goal<'_>,
    product: &Product,
    artwork: SentArtwork,
    is_new: bool,
) -> Result<Step, PlatformError> {
    let areas = match is_new {
        true => {
            let all: Vec<i64> = product.variants.iter().map(|variant| variant.id).collect();
            Some(Artwork::read(settings(call, goal))?.areas(&artwork, &all))
        }
        false => None,
    };
    send_change(call, goal, product, Some(artwork), areas)
}

fn put_without(call: Call<'_>, goal: Goal<'_>, product: &Product) -> Result<Step, PlatformError> {
    send_change(call, goal, product, None, None)
}

fn send_change(
    call: Call<'_>,
    goal: Goal<'_>,
    product: &Product,
    artwork: Option<SentArtwork>,
    areas: Option<serde_json::Value>,
) -> Result<Step, PlatformError> {
    let memory = Memory::read(&goal.product.platform_data)?;
    let choices = blueprint::of_product(product);
    let known = body::with_skus(&memory, product);
    let variants = matching::all(goal.product, settings(call, goal), &known, &choices)?;
    let body = body::changed(goal.product, product, &memory, &variants, areas)?;
    let phase = Phase::Write {
        created: false,
        variants,
        artwork,
    };
    let path = call.product(&product.id, "")?;
    let request = call.send(Method::PUT, &path, &body, &phase)?;
    Ok(request.repeatable().step())
}
