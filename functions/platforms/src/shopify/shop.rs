//! What has to be known of a shop before a product is written: its currency, where the stock lies,
//! which publication shows products to customers.

use super::answer::{Nodes, data};
use common::platform::{PlatformError, Store};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answer to `prepare.graphql`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    shop: Currency,
    pub product_by_identifier: Option<Found>,
    locations: Nodes<Location>,
    publications: Nodes<Publication>,
}

/// A product that has the identifier already.
#[derive(Deserialize)]
pub struct Found {
    pub id: String,
    metafield: Option<Metafield>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Currency {
    currency_code: String,
}

#[derive(Deserialize)]
struct Metafield {
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    id: String,
    fulfills_online_orders: bool,
}

#[derive(Deserialize)]
struct Publication {
    id: String,
    channels: Option<Nodes<Channel>>,
    catalog: Option<Catalog>,
}

#[derive(Deserialize)]
struct Channel {
    handle: String,
    name: String,
}

#[derive(Deserialize)]
struct Catalog {
    apps: Option<Nodes<App>>,
}

#[derive(Deserialize)]
struct App {
    handle: Option<String>,
}

/// What is remembered of the shop while a product is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shop {
    pub location_id: String,
    pub publication_ids: Vec<String>,
}

impl Found {
    /// Whether we made it for this listing.
    pub fn is_for(&self, listing_id: &str) -> bool {
        self.metafield
            .as_ref()
            .is_some_and(|metafield| metafield.value == listing_id)
    }
}

impl Prepared {
    pub fn read(response: &HttpResponse) -> Result<Self, PlatformError> {
        data(response)
    }

    /// Where the stock lies: as configured, as used before, else the first active location that
    /// serves online orders.
    pub fn location(&self, store: &Store, platform_data: &Value) -> Result<String, PlatformError> {
        if let Some(id) = known_location(store, platform_data) {
            return Ok(id);
        }
        let nodes = &self.locations.nodes;
        nodes
            .iter()
            .find(|location| location.fulfills_online_orders)
            .or(nodes.first())
            .map(|location| location.id.clone())
            .ok_or_else(|| {
                PlatformError::rejected_field(
                    "config.location_id",
                    "the shop has no active location: add one in Shopify",
                )
            })
    }

    /// Where products are shown: as configured, else the Online Store.
    pub fn publications(&self, store: &Store) -> Result<Vec<String>, PlatformError> {
        if let Some(ids) = configured_publications(store)? {
            return Ok(ids);
        }
        self.publications
            .nodes
            .iter()
            .find(|publication| publication.is_online_store())
            .map(|publication| vec![publication.id.clone()])
            .ok_or_else(|| {
                PlatformError::rejected_field(
                    "config.publication_ids",
                    "the shop has no Online Store channel: name the publications to use",
                )
            })
    }

    /// Refuses a price in another currency than the shop's: the number would be taken as it is.
    pub fn check_currency(&self, wanted: Option<&str>) -> Result<(), PlatformError> {
        match wanted {
            Some(code) if code != self.shop.currency_code => Err(PlatformError::rejected_field(
                "currency",
                format!(
                    "the shop sells in {}, the listing is in {code}",
                    self.shop.currency_code
                ),
            )),
            _ => Ok(()),
        }
    }
}

impl Publication {
    fn is_online_store(&self) -> bool {
        let channel = self.channels.iter().flat_map(|channels| &channels.nodes);
        let catalog = self.catalog.iter().filter_map(|it| it.apps.as_ref());
        channel
            .into_iter()
            .any(|it| it.name == "Online Store" || is_online_store_handle(&it.handle))
            || catalog
                .flat_map(|apps| &apps.nodes)
                .filter_map(|app| app.handle.as_deref())
                .any(is_online_store_handle)
    }
}

fn is_online_store_handle(handle: &str) -> bool {
    handle == "online_store" || handle == "online-store"
}

/// The stock location, where no question to the shop is needed.
pub fn known_location(store: &Store, platform_data: &Value) -> Option<String> {
    store
        .setting("location_id")
        .or_else(|| platform_data.get("location_id")?.as_str())
        .map(str::to_owned)
}

fn configured_publications(store: &Store) -> Result<Option<Vec<String>>, PlatformError> {
    let Some(ids) = store
        .config
        .get("publication_ids")
        .filter(|ids| !ids.is_null())
    else {
        return Ok(None);
    };
    serde_json::from_value::<Vec<String>>(ids.clone())
        .ok()
        .filter(|ids| !ids.is_empty())
        .map(Some)
        .ok_or_else(|| {
            PlatformError::rejected_field(
                "config.publication_ids",
                "has to be a list of ids such as gid://shopify/Publication/1",
            )
        })
}
