//! From a job to an operation: reads the payload that the worker puts together from rows.

use super::operation::{
    Action, InventorySync, Operation, OrderFulfilment, OrderLine, StockLevel, Tracking,
};
use super::product::{Image, ProductInput, ProductOption, ProductStatus, Variant};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A job that can't be turned into an operation: trying again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    /// Dotted path into the payload, or `type`.
    pub field: String,
    /// What is wrong and what it should be.
    pub issue: String,
}

impl JobError {
    fn new(field: impl Into<String>, issue: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            issue: issue.into(),
        }
    }
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the job's `{}` {}", self.field, self.issue)
    }
}

impl std::error::Error for JobError {}

impl Operation {
    /// The operation that a job of `job_type` asks for; `idempotency_key` is the job's.
    ///
    /// | type | operation | payload |
    /// |---|---|---|
    /// | `publish_listing` | [`Action::CreateProduct`], shown | `listing`, `product`, `payload` |
    /// | `update_listing` | [`Action::UpdateProduct`] | the same; `listing.external_id` is required |
    /// | `delete_listing` | [`Action::DeleteProduct`] | `listing.external_id` |
    /// | `sync_inventory` | [`Action::SyncInventory`] | `listing`, `product`, `payload` |
    /// | `process_order` | [`Action::ProcessOrder`] | `payload.external_order_id`, `lines?`, `tracking?`, `notify_customer?` |
    /// | `list_products` | [`Action::ListProducts`] | `payload.cursor?`, `payload.limit?` |
    /// | `authenticate` | [`Action::Authenticate`] | |
    ///
    /// `payload` is what the approval asked for: its `price`, `inventory`, `title`, `description`
    /// and `status` stand in for the listing's and the product's own. A product with one variant
    /// takes price and stock from the listing; of several, each has its own stock and its own price,
    /// or the listing's where it has none. An update leaves the channel's stock alone unless
    /// `payload.inventory` is given: the channel has been selling meanwhile.
    ///
    /// # Errors
    /// When the type is unknown or the payload lacks something; names the field.
    pub fn from_job(
        job_type: &str,
        payload: &Value,
        idempotency_key: &str,
    ) -> Result<Self, JobError> {
        let action = match job_type {
            "publish_listing" => {
                let mut product = Card::read(payload)?.product()?;
                product.status.get_or_insert(ProductStatus::Active);
                Action::CreateProduct(Box::new(product))
            }
            "update_listing" => {
                let card = Card::read(payload)?;
                Action::UpdateProduct {
                    external_id: card.listing.external_id()?,
                    product: Box::new(card.product()?),
                }
            }
            "delete_listing" => {
                let only: OnlyListing = read(payload)?;
                Action::DeleteProduct {
                    external_id: only.listing.external_id()?,
                }
            }
            "sync_inventory" => Action::SyncInventory(Box::new(Card::read(payload)?.stock()?)),
            "process_order" => Action::ProcessOrder(Box::new(order(payload)?)),
            "list_products" => {
                let page: Payload<Page> = read(payload)?;
                Action::ListProducts {
                    cursor: page.payload.cursor,
                    limit: page.payload.limit.unwrap_or(u32::MAX),
                }
            }
            "authenticate" => Action::Authenticate,
            _ => return Err(JobError::new("type", "is not one that a channel can do")),
        };
        Ok(Self::new(action, idempotency_key))
    }
}

fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, JobError> {
    serde_path_to_error::deserialize(payload)
        .map_err(|error| JobError::new(error.path().to_string(), error.inner().to_string()))
}

#[derive(Deserialize)]
struct Card {
    listing: Listing,
    product: Product,
    #[serde(default, deserialize_with = "or_default")]
    payload: Asked,
}

#[derive(Deserialize)]
struct OnlyListing {
    listing: Listing,
}

#[derive(Deserialize)]
struct Payload<T> {
    payload: T,
}

#[derive(Deserialize)]
struct Listing {
    id: String,
    external_id: Option<String>,
    price: Option<Amount>,
    currency: Option<String>,
    inventory: Option<i64>,
    #[serde(default)]
    platform_data: Value,
}

#[derive(Deserialize)]
struct Product {
    title: String,
    sku: Option<String>,
    description: Option<String>,
    vendor: Option<String>,
    product_type: Option<String>,
    handle: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    options: Vec<ProductOption>,
    #[serde(default, deserialize_with = "or_default")]
    images: Vec<Picture>,
    #[serde(default, deserialize_with = "or_default")]
    variants: Vec<Row>,
}

#[derive(Deserialize)]
struct Picture {
    #[serde(alias = "src")]
    url: String,
    alt: Option<String>,
    position: Option<i64>,
}

#[derive(Deserialize)]
struct Row {
    sku: String,
    price: Option<Amount>,
    compare_at_price: Option<Amount>,
    barcode: Option<String>,
    inventory: Option<i64>,
    weight_grams: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    option_values: Vec<Option<String>>,
    position: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Asked {
    price: Option<Amount>,
    inventory: Option<i64>,
    title: Option<String>,
    description: Option<String>,
    status: Option<ProductStatus>,
}

#[derive(Deserialize)]
struct Page {
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Deserialize)]
struct Order {
    #[serde(alias = "order_id")]
    external_order_id: String,
    #[serde(default, deserialize_with = "or_default")]
    lines: Vec<OrderLine>,
    tracking: Option<Tracking>,
    #[serde(default)]
    notify_customer: bool,
}

/// Decimal text; a JSON number is taken for its shortest decimal form.
struct Amount(String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(serde::de::Error::custom("is not a decimal number")),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits(whole) && digits(fraction) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom(
                "is not a decimal number such as 12.50",
            ))
        }
    }
}

/// Postgres's null for an empty list or object.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

impl Listing {
    fn external_id(&self) -> Result<String, JobError> {
        self.external_id
            .clone()
            .filter(|id| !id.is_empty())
            .ok_or_else(|| {
                JobError::new(
                    "listing.external_id",
                    "is missing: publish the listing first",
                )
            })
    }
}

impl Card {
    fn read(payload: &Value) -> Result<Self, JobError> {
        let mut card: Self = read(payload)?;
        card.listing.price = card.payload.price.take().or(card.listing.price);
        card.product.variants.sort_by_key(|row| row.position);
        card.product.images.sort_by_key(|picture| picture.position);
        Ok(card)
    }

    fn variants(&self) -> Result<Vec<Variant>, JobError> {
        let price = self.listing.price.as_ref().map(|amount| amount.0.clone());
        let inventory = self.payload.inventory.or(self.listing.inventory);
        let missing = |index| {
            JobError::new(
                format!("product.variants[{index}].price"),
                "is missing, and the listing has no price",
            )
        };
        match self.product.variants.as_slice() {
            [] => Ok(vec![Variant {
                sku: self
                    .product
                    .sku
                    .clone()
                    .unwrap_or_else(|| self.listing.id.clone()),
                price: price.ok_or_else(|| missing(0))?,
                inventory_quantity: inventory.unwrap_or(0),
                ..Variant::default()
            }]),
            [row] => {
                let own = row.price.as_ref().map(|amount| amount.0.clone());
                let price = price.or(own).ok_or_else(|| missing(0))?;
                Ok(vec![row.variant(price, inventory.or(row.inventory))])
            }
            rows => rows
                .iter()
                .enumerate()
                .map(|(index, row)| {
                    let own = row.price.as_ref().map(|amount| amount.0.clone());
                    let price = own
                        .or_else(|| price.clone())
                        .ok_or_else(|| missing(index))?;
                    Ok(row.variant(price, row.inventory))
                })
                .collect(),
        }
    }

    fn product(self) -> Result<ProductInput, JobError> {
        let variants = self.variants()?;
        distinct(&variants)?;
        let (listing, product, asked) = (self.listing, self.product, self.payload);
        Ok(ProductInput {
            listing_id: listing.id,
            external_id: listing.external_id.filter(|id| !id.is_empty()),
            title: asked.title.unwrap_or(product.title),
            description: asked
                .description
                .or(product.description)
                .unwrap_or_default(),
            vendor: product.vendor.unwrap_or_default(),
            product_type: product.product_type.unwrap_or_default(),
            handle: product.handle.filter(|handle| !handle.is_empty()),
            tags: product.tags,
            options: product.options,
            variants,
            images: product
                .images
                .into_iter()
                .map(|picture| Image {
                    url: picture.url,
                    alt: picture.alt,
                })
                .collect(),
            status: asked.status,
            currency: listing.currency.filter(|code| !code.is_empty()),
            set_stock: asked.inventory.is_some(),
            platform_data: listing.platform_data,
        })
    }

    fn stock(self) -> Result<InventorySync, JobError> {
        let external_id = self.listing.external_id()?;
        let variants = self.variants()?;
        distinct(&variants)?;
        Ok(InventorySync {
            external_id,
            levels: variants
                .into_iter()
                .map(|variant| StockLevel {
                    sku: variant.sku,
                    quantity: variant.inventory_quantity,
                })
                .collect(),
            platform_data: self.listing.platform_data,
        })
    }
}

impl Row {
    fn variant(&self, price: String, inventory: Option<i64>) -> Variant {
        Variant {
            sku: self.sku.clone(),
            price,
            compare_at_price: self
                .compare_at_price
                .as_ref()
                .map(|amount| amount.0.clone()),
            barcode: self.barcode.clone().filter(|code| !code.is_empty()),
            inventory_quantity: inventory.unwrap_or(0),
            option_values: self.option_values.iter().flatten().cloned().collect(),
            weight_grams: self.weight_grams,
        }
    }
}

/// Two variants with one SKU would overwrite each other on the channel.
fn distinct(variants: &[Variant]) -> Result<(), JobError> {
    let mut seen = std::collections::BTreeSet::new();
    for variant in variants {
        if !seen.insert(variant.sku.as_str()) {
            return Err(JobError::new(
                "product.variants",
                format!(
                    "has the SKU `{}` twice: give each variant its own",
                    variant.sku
                ),
            ));
        }
    }
    Ok(())
}

fn order(payload: &Value) -> Result<OrderFulfilment, JobError> {
    let order = read::<Payload<Order>>(payload)?.payload;
    if let Some(line) = order.lines.iter().find(|line| line.quantity < 1) {
        return Err(JobError::new(
            "payload.lines",
            format!("has a quantity below 1 for `{}`", line.sku),
        ));
    }
    Ok(OrderFulfilment {
        external_order_id: order.external_order_id,
        lines: order.lines,
        tracking: order.tracking,
        notify_customer: order.notify_customer,
    })
}
