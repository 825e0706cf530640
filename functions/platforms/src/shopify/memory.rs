//! What is kept in a listing's `platform_data`, and the product as the shop has it.

use super::answer::{Connection, Id, data};
use super::input::sent_names;
use common::platform::{PlatformError, ProductInput};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What we made for a listing: tells our entries from those that the merchant added in Shopify.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub location_id: Option<String>,
    pub publication_ids: Vec<String>,
    pub handle: Option<String>,
    pub tags: Vec<String>,
    pub images: Vec<SentImage>,
    /// The names of the options that we sent.
    pub options: Vec<String>,
    /// By SKU.
    pub variants: BTreeMap<String, VariantIds>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SentImage {
    pub url: String,
    pub media_id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VariantIds {
    pub id: String,
    pub inventory_item_id: String,
}

impl Memory {
    pub fn read(platform_data: &Value) -> Result<Self, PlatformError> {
        if platform_data.is_null() {
            return Ok(Self::default());
        }
        serde_path_to_error::deserialize(platform_data).map_err(|error| {
            PlatformError::rejected_field(
                format!("platform_data.{}", error.path()),
                error.inner().to_string(),
            )
        })
    }

    /// The memory after `input` was written and read back as `product`. `files_sent` says whether
    /// the pictures were part of it.
    pub fn after(self, input: &ProductInput, product: &Existing, files_sent: bool) -> Self {
        let variants = input.variants.iter().filter_map(|variant| {
            let has = product.by_sku(&variant.sku)?;
            let ids = VariantIds {
                id: has.id.clone(),
                inventory_item_id: has.inventory_item.clone(),
            };
            Some((variant.sku.clone(), ids))
        });
        // The shop lists media in the order in which they were sent, ours first. With fewer than
        // were sent the pairing would be a guess: then no ids are kept.
        let complete = product.media.len() >= input.images.len();
        let images = input
            .images
            .iter()
            .enumerate()
            .map(|(index, image)| SentImage {
                url: image.url.clone(),
                media_id: product.media.get(index).filter(|_| complete).cloned(),
            });
        Self {
            handle: Some(product.handle.clone()),
            tags: input.tags.clone(),
            options: sent_names(input),
            images: if files_sent {
                images.collect()
            } else {
                self.images
            },
            variants: variants.collect(),
            ..self
        }
    }
}

/// A product as the shop has it, as far as a change has to know it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Existing {
    pub id: String,
    pub handle: String,
    pub tags: Vec<String>,
    pub options: Vec<ExistingOption>,
    pub media: Vec<String>,
    pub more_media: bool,
    pub variants: Vec<ExistingVariant>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExistingOption {
    pub id: String,
    pub name: String,
    pub option_values: Vec<ExistingValue>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExistingValue {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExistingVariant {
    pub id: String,
    pub sku: Option<String>,
    pub inventory_item: String,
    /// Option name and value.
    pub options: Vec<(String, String)>,
}

impl ExistingVariant {
    /// The value of the option called `name`.
    pub fn value_of(&self, name: &str) -> Option<&str> {
        let mut options = self.options.iter();
        let (_, value) = options.find(|(option, _)| option == name)?;
        Some(value)
    }
}

#[derive(Deserialize)]
struct Answer {
    product: Option<Product>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    id: String,
    handle: String,
    tags: Vec<String>,
    options: Vec<ExistingOption>,
    media: MediaPage,
    variants: Connection<Variant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaPage {
    nodes: Vec<Id>,
    page_info: More,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct More {
    has_next_page: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variant {
    id: String,
    sku: Option<String>,
    selected_options: Vec<Selected>,
    inventory_item: Id,
}

#[derive(Deserialize)]
struct Selected {
    name: String,
    value: String,
}

impl Existing {
    /// Adds the page in `response` (an answer to `read_product.graphql`); gives the cursor of the
    /// next one.
    pub fn add_page(&mut self, response: &HttpResponse) -> Result<Option<String>, PlatformError> {
        let product =
            data::<Answer>(response)?
                .product
                .ok_or_else(|| PlatformError::RetryAfter {
                    after: None,
                    reason: "the product disappeared while it was read".to_owned(),
                })?;
        let next = product.variants.page_info.next()?;
        let variants = product.variants.nodes.into_iter();
        self.variants.extend(variants.map(|variant| {
            ExistingVariant {
                id: variant.id,
                sku: variant.sku.filter(|sku| !sku.is_empty()),
                inventory_item: variant.inventory_item.id,
                options: variant
                    .selected_options
                    .into_iter()
                    .map(|selected| (selected.name, selected.value))
                    .collect(),
            }
        }));
        self.id = product.id;
        self.handle = product.handle;
        self.tags = product.tags;
        self.options = product.options;
        self.media = product.media.nodes.into_iter().map(|it| it.id).collect();
        self.more_media = product.media.page_info.has_next_page;
        Ok(next)
    }

    pub fn by_sku(&self, sku: &str) -> Option<&ExistingVariant> {
        self.variants
            .iter()
            .find(|variant| variant.sku.as_deref() == Some(sku))
    }
}
