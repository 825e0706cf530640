//! Variants as Etsy's products: one for each combination of at most two properties.
//!
//! Options become the two properties that Etsy keeps for sellers' own (513, 514), or the listing's property
//! of the same name where it has one. Etsy wants every combination: those that are not sold are written
//! as disabled products without a SKU. Products that the seller added are kept.

use super::document::{Document, Offer, Row, Value, pieces};
use super::memory::Memory;
use super::model::{Inventory, Product};
use super::money::Price;
use common::platform::{PlatformError, ProductInput, Variant};

/// The properties for what sellers call as they like.
const CUSTOM: [u64; 2] = [513, 514];

/// What decides about the products beside the variants themselves.
pub struct Arrangement<'a> {
    pub product: &'a ProductInput,
    /// What is there.
    pub before: &'a Inventory,
    pub memory: &'a Memory,
    /// Whether products that the seller added stay.
    pub keep_sellers_own: bool,
    /// Whether the stock of variants that are there is set too.
    pub set_stock: bool,
}

/// A property that variants differ by, without its value.
struct Property {
    id: u64,
    name: String,
    scale_id: Option<u64>,
}

impl Arrangement<'_> {
    /// The document that shows the product's variants.
    pub fn document(&self) -> Result<Document, PlatformError> {
        let properties = self.properties();
        let mut rows = Vec::new();
        for variant in &self.product.variants {
            rows.push(self.row(variant, &properties)?);
        }
        let own = rows.len();
        for product in self.before.alive() {
            if self.keep_sellers_own && self.is_sellers_own(product, &rows) {
                fits(product, &properties)?;
                rows.extend(Document::of(&only(product))?.products);
            }
        }
        fill(&mut rows, own, &properties);
        let mut document = Document {
            products: rows,
            price_on_property: self.before.price_on_property.clone(),
            quantity_on_property: self.before.quantity_on_property.clone(),
            sku_on_property: self.before.sku_on_property.clone(),
            readiness_state_on_property: self
                .before
                .readiness_state_on_property
                .clone()
                .unwrap_or_default(),
        };
        document.extend_on_property();
        Ok(document)
    }

    fn properties(&self) -> Vec<Property> {
        let known: Vec<Value> = self
            .before
            .alive()
            .flat_map(|product| product.property_values.iter().map(Value::of))
            .collect();
        let mut free = CUSTOM
            .into_iter()
            .filter(|id| !known.iter().any(|it| it.property_id == *id))
            .collect::<Vec<_>>()
            .into_iter();
        let mut taken = CUSTOM.into_iter();
        let options = self.product.options.iter();
        options
            .map(|option| {
                let same = |it: &&Value| it.property_name.eq_ignore_ascii_case(&option.name);
                match known.iter().find(same) {
                    Some(value) => Property {
                        id: value.property_id,
                        name: value.property_name.clone(),
                        scale_id: value.scale_id,
                    },
                    None => Property {
                        id: free.next().or_else(|| taken.next()).unwrap_or_default(),
                        name: option.name.clone(),
                        scale_id: None,
                    },
                }
            })
            .collect()
    }

    fn row(&self, variant: &Variant, properties: &[Property]) -> Result<Row, PlatformError> {
        let before = self.existing(variant);
        let property_values = match (before, properties.is_empty()) {
            (Some(product), true) => product.property_values.iter().map(Value::of).collect(),
            _ => values(variant, properties, self.before),
        };
        let offering = before.and_then(Product::offering).map(Offer::of);
        let offering = offering.transpose()?;
        let price = Price::parse(&variant.price).ok_or_else(|| {
            PlatformError::rejected_field(format!("variants.{}.price", variant.sku), "is no price")
        })?;
        let is_ours = before.is_some_and(|product| product.sku == variant.sku);
        let quantity = match &offering {
            Some(offer) if is_ours && !self.set_stock => offer.quantity,
            _ => pieces(&variant.sku, variant.inventory_quantity)?,
        };
        let offer = Offer {
            price,
            quantity,
            is_enabled: offering.as_ref().is_none_or(|it| it.is_enabled || !is_ours),
            readiness_state_id: offering.and_then(|it| it.readiness_state_id),
        };
        Ok(Row {
            sku: variant.sku.clone(),
            property_values,
            offerings: vec![offer],
        })
    }

    /// What is there for `variant`: the product of its SKU, else the nameless one of a fresh draft.
    fn existing(&self, variant: &Variant) -> Option<&Product> {
        let mut products = self.before.alive();
        let same = products.find(|product| product.sku == variant.sku);
        let single = self.product.variants.len() == 1 && self.before.alive().count() == 1;
        same.or_else(|| {
            let only = self.before.alive().next()?;
            (single && only.sku.is_empty()).then_some(only)
        })
    }

    /// Whether the seller added it: neither one of our variants nor a filler nor the draft's first one.
    fn is_sellers_own(&self, product: &Product, rows: &[Row]) -> bool {
        let values: Vec<Value> = product.property_values.iter().map(Value::of).collect();
        let replaced = rows.iter().any(|row| {
            row.sku == product.sku || (product.sku.is_empty() && row.same_values(&values))
        });
        let nameless = product.sku.is_empty();
        let filler = nameless && product.offering().is_none_or(|it| !it.is_enabled);
        let first = nameless && values.is_empty();
        !replaced && !filler && !first && !self.memory.made(&product.sku)
    }
}

impl Row {
    fn same_values(&self, other: &[Value]) -> bool {
        let texts = |values: &[Value]| -> Vec<(u64, Vec<String>)> {
            let mut all: Vec<_> = values
                .iter()
                .map(|it| (it.property_id, it.values.clone()))
                .collect();
            all.sort();
            all
        };
        texts(&self.property_values) == texts(other)
    }
}

/// Products of one listing differ by the same properties, or Etsy refuses them all.
fn fits(product: &Product, properties: &[Property]) -> Result<(), PlatformError> {
    let theirs = product.property_values.iter().map(|it| it.property_id);
    if theirs.eq(properties.iter().map(|it| it.id)) {
        return Ok(());
    }
    Err(PlatformError::rejected_field(
        "options",
        format!(
            "are not those of the product `{}`, which was added on Etsy: remove it there, or give the product the same options",
            product.sku
        ),
    ))
}

fn only(product: &Product) -> Inventory {
    Inventory {
        products: vec![product.clone()],
        price_on_property: Vec::new(),
        quantity_on_property: Vec::new(),
        sku_on_property: Vec::new(),
        readiness_state_on_property: None,
    }
}

fn values(variant: &Variant, properties: &[Property], before: &Inventory) -> Vec<Value> {
    let texts = variant.option_values.iter();
    properties
        .iter()
        .zip(texts)
        .map(|(property, text)| {
            let known = before
                .alive()
                .flat_map(|product| &product.property_values)
                .find(|it| it.property_id == property.id && it.values == [text.clone()]);
            Value {
                property_id: property.id,
                value_ids: known.map(|it| it.value_ids.clone()).unwrap_or_default(),
                scale_id: property.scale_id,
                property_name: property.name.clone(),
                values: vec![text.clone()],
            }
        })
        .collect()
}

/// Adds the combinations that nobody sells, disabled. `own` rows are ours.
fn fill(rows: &mut Vec<Row>, own: usize, properties: &[Property]) {
    let [first, second] = properties else { return };
    let of = |rows: &[Row], id: u64| -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        for value in rows.iter().flat_map(|row| &row.property_values) {
            if value.property_id == id && !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    };
    let Some(model) = rows.first().and_then(|row| row.offerings.first()).cloned() else {
        return;
    };
    let same_first = |rows: &[Row], value: &Value| {
        let ours = rows.iter().take(own);
        let mut of_value = ours.filter(|row| row.property_values.first() == Some(value));
        of_value
            .next()
            .and_then(|row| Some(row.offerings.first()?.price.clone()))
    };
    for one in of(rows, first.id) {
        let price = same_first(rows, &one).unwrap_or_else(|| model.price.clone());
        for other in of(rows, second.id) {
            let pair = vec![one.clone(), other];
            if rows.iter().any(|row| row.same_values(&pair)) {
                continue;
            }
            rows.push(Row {
                sku: String::new(),
                property_values: pair,
                offerings: vec![Offer {
                    price: price.clone(),
                    quantity: 0,
                    is_enabled: false,
                    ..model.clone()
                }],
            });
        }
    }
}
