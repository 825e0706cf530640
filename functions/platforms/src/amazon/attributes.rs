//! A product as Amazon's attributes. Which of them a product type needs is Amazon's to say: the preview does.

mod values;

use super::call::Call;
use super::choices::Choices;
use super::family::{Item, Role};
use super::market::Market;
use super::text::plain;
use common::platform::{PlatformError, ProductInput, Variant};
use serde_json::{Map, Value, json};
use values::{amount, kind_of_code};

pub use values::stock;

/// Amazon shows nine pictures.
const OTHER_PICTURES: usize = 8;

/// The attribute that holds the stock of merchant-fulfilled items.
pub const STOCK: &str = "fulfillment_availability";
/// The attribute that holds the price.
pub const OFFER: &str = "purchasable_offer";

/// What all attributes of one item are made from.
pub struct Maker<'a> {
    product: &'a ProductInput,
    choices: &'a Choices,
    defaults: Option<&'a Map<String, Value>>,
    market_id: &'a str,
    language: Option<&'a str>,
    currency: &'a str,
}

impl<'a> Maker<'a> {
    /// Checks what concerns every item.
    pub fn new(
        call: Call<'a>,
        product: &'a ProductInput,
        choices: &'a Choices,
    ) -> Result<Self, PlatformError> {
        let market = call.market();
        let currency = currency(product, market)?;
        if product.variants.len() > 1 && choices.asin.is_some() {
            return Err(PlatformError::rejected_field(
                "platform_data.asin",
                "is one for several variants: publish them as listings of their own",
            ));
        }
        Ok(Self {
            product,
            choices,
            defaults: call
                .store
                .config
                .get("attributes")
                .and_then(Value::as_object),
            market_id: call.market_id()?,
            language: call
                .store
                .setting("language_tag")
                .or(market.map(|market| market.language)),
            currency,
        })
    }

    /// Which of Amazon's sets of requirements `item` is to meet.
    pub const fn requirements(&self, item: Item<'_>) -> &'static str {
        match (item.role, &self.choices.asin) {
            (Role::Parent, _) => "LISTING_PRODUCT_ONLY",
            (_, Some(_)) => "LISTING_OFFER_ONLY",
            (_, None) => "LISTING",
        }
    }

    /// Every attribute of `item`: the store's defaults, then what the product says, then what the listing says.
    pub fn of(&self, item: Item<'_>) -> Result<Map<String, Value>, PlatformError> {
        let mut made = Map::new();
        match &self.choices.asin {
            Some(asin) => {
                made.insert("merchant_suggested_asin".to_owned(), self.value(asin));
            }
            None => self.facts(item, &mut made),
        }
        if let Some(variant) = item.role.variant() {
            self.terms(variant, &mut made)?;
            if self.choices.asin.is_none() {
                self.identity(variant, &mut made)?;
            }
        }
        if let Role::Child(variant, parent) = item.role {
            self.place_in_family(variant, parent, &mut made)?;
        }
        let mut all = Map::new();
        let own = self.choices.variant_attributes.get(item.sku);
        for (name, value) in self
            .defaults
            .into_iter()
            .chain([&made, &self.choices.attributes])
            .chain(own)
            .flatten()
        {
            all.insert(name.clone(), self.wrapped(value));
        }
        if matches!(item.role, Role::Parent) {
            all.remove(OFFER);
            all.remove(STOCK);
        }
        Ok(all)
    }

    /// What the thing is.
    fn facts(&self, item: Item<'_>, made: &mut Map<String, Value>) {
        let product = self.product;
        made.insert("item_name".to_owned(), self.text(&product.title));
        if !product.vendor.trim().is_empty() {
            made.insert("brand".to_owned(), self.text(product.vendor.trim()));
        }
        let description = plain(&product.description);
        if !description.is_empty() {
            made.insert("product_description".to_owned(), self.text(&description));
        }
        for (index, image) in product.images.iter().take(1 + OTHER_PICTURES).enumerate() {
            let name = match index {
                0 => "main_product_image_locator".to_owned(),
                _ => format!("other_product_image_locator_{index}"),
            };
            let place = json!([{"media_location": image.url, "marketplace_id": self.market_id}]);
            made.insert(name, place);
        }
        if matches!(item.role, Role::Parent) {
            made.insert("parentage_level".to_owned(), self.value("parent"));
            made.insert("variation_theme".to_owned(), self.theme());
            made.insert(
                "child_parent_sku_relationship".to_owned(),
                json!([{"child_relationship_type": "variation", "marketplace_id": self.market_id}]),
            );
        }
    }

    /// At which price and from which stock it is sold.
    fn terms(&self, variant: &Variant, made: &mut Map<String, Value>) -> Result<(), PlatformError> {
        made.insert("condition_type".to_owned(), self.value("new_new"));
        made.insert(
            OFFER.to_owned(),
            json!([{
                "marketplace_id": self.market_id,
                "currency": self.currency,
                "our_price": [{"schedule": [{"value_with_tax": amount(&variant.price)?}]}],
            }]),
        );
        made.insert(STOCK.to_owned(), stock(variant.inventory_quantity));
        if let Some(grams) = variant.weight_grams.filter(|grams| *grams > 0) {
            let weight =
                json!([{"value": grams, "unit": "grams", "marketplace_id": self.market_id}]);
            made.insert("item_package_weight".to_owned(), weight);
        }
        Ok(())
    }

    /// By which number the world knows it.
    fn identity(
        &self,
        variant: &Variant,
        made: &mut Map<String, Value>,
    ) -> Result<(), PlatformError> {
        match &variant.barcode {
            Some(code) => {
                let kind = kind_of_code(code)?;
                let code = json!([{"type": kind, "value": code, "marketplace_id": self.market_id}]);
                made.insert("externally_assigned_product_identifier".to_owned(), code);
            }
            None => {
                made.insert(
                    "supplier_declared_has_product_identifier_exemption".to_owned(),
                    json!([{"value": true, "marketplace_id": self.market_id}]),
                );
            }
        }
        Ok(())
    }

    fn place_in_family(
        &self,
        variant: &Variant,
        parent: &str,
        made: &mut Map<String, Value>,
    ) -> Result<(), PlatformError> {
        made.insert("parentage_level".to_owned(), self.value("child"));
        made.insert("variation_theme".to_owned(), self.theme());
        made.insert(
            "child_parent_sku_relationship".to_owned(),
            json!([{
                "child_relationship_type": "variation",
                "parent_sku": parent,
                "marketplace_id": self.market_id,
            }]),
        );
        for (index, option) in self.product.options.iter().enumerate() {
            let value = variant.option_values.get(index).ok_or_else(|| {
                PlatformError::rejected_field(
                    "product.variants",
                    format!("`{}` has no value for `{}`", variant.sku, option.name),
                )
            })?;
            made.insert(self.option_attribute(&option.name), self.text(value));
        }
        Ok(())
    }

    fn theme(&self) -> Value {
        let own = self.choices.variation_theme.clone();
        let theme = own.unwrap_or_else(|| {
            let names = self.product.options.iter();
            let names: Vec<String> = names
                .map(|option| self.option_attribute(&option.name).to_uppercase())
                .collect();
            names.join("/")
        });
        json!([{"name": theme, "marketplace_id": self.market_id}])
    }

    /// Amazon writes American: `color`.
    fn option_attribute(&self, option: &str) -> String {
        if let Some(chosen) = self.choices.option_attributes.get(option) {
            return chosen.clone();
        }
        let name = option.trim().to_lowercase().replace([' ', '-'], "_");
        match name.as_str() {
            "colour" => "color".to_owned(),
            _ => name,
        }
    }

    fn text(&self, text: &str) -> Value {
        match self.language {
            Some(language) => {
                json!([{"value": text, "language_tag": language, "marketplace_id": self.market_id}])
            }
            None => self.value(text),
        }
    }

    fn value(&self, text: &str) -> Value {
        json!([{"value": text, "marketplace_id": self.market_id}])
    }

    /// People may write `"country_of_origin": "DE"` for Amazon's array of objects.
    fn wrapped(&self, value: &Value) -> Value {
        match value {
            Value::Array(_) => value.clone(),
            Value::Object(_) => json!([value]),
            plain => json!([{"value": plain, "marketplace_id": self.market_id}]),
        }
    }
}

/// The currency of the prices: the Amazon store's own, if it is known.
fn currency<'a>(
    product: &'a ProductInput,
    market: Option<&'static Market>,
) -> Result<&'a str, PlatformError> {
    match (product.currency.as_deref(), market) {
        (Some(asked), Some(market)) if asked != market.currency => {
            Err(PlatformError::rejected_field(
                "currency",
                format!(
                    "the Amazon store sells in {}, the listing is in {asked}",
                    market.currency
                ),
            ))
        }
        (Some(asked), _) => Ok(asked),
        (None, Some(market)) => Ok(market.currency),
        (None, None) => Err(PlatformError::rejected_field(
            "currency",
            "is missing: set the listing's currency",
        )),
    }
}
