//! A listing with its product: what a channel is to show and have in stock.

use super::payload::{Card, Listing, Row};
use super::{JobError, read};
use crate::platform::operation::{InventorySync, StockLevel};
use crate::platform::product::{Image, ProductInput, Variant};
use serde_json::Value;

impl Listing {
    pub fn external_id(&self) -> Result<String, JobError> {
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
    pub fn read(payload: &Value) -> Result<Self, JobError> {
        let mut card: Self = read(payload)?;
        card.check_asked()?;
        card.listing.price = card.payload.price.take().or(card.listing.price);
        card.product.variants.sort_by_key(|row| row.position);
        card.product.images.sort_by_key(|picture| picture.position);
        Ok(card)
    }

    /// One price or one stock can't be asked for where each variant has its own: the channel would
    /// show something else than was approved.
    fn check_asked(&self) -> Result<(), JobError> {
        let variants = &self.product.variants;
        if variants.len() < 2 {
            return Ok(());
        }
        if self.payload.inventory.is_some() {
            return Err(JobError::new(
                "payload.inventory",
                "is one number for several variants: set the variants' stock, then ask for sync_inventory",
            ));
        }
        if self.payload.price.is_some() && variants.iter().any(|row| row.price.is_some()) {
            return Err(JobError::new(
                "payload.price",
                "is one price for variants that have their own: change those, then ask for the update without a price",
            ));
        }
        Ok(())
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

    pub fn product(self) -> Result<ProductInput, JobError> {
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

    pub fn stock(self) -> Result<InventorySync, JobError> {
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
