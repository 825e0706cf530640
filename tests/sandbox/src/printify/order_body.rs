//! Reads what is sent for an order.

use super::catalog::Blueprint;
use super::order::Draft;
use super::product::{Product, Variant};
use super::refusal::{Answer, Refusal, field, invalid, required};
use super::shop::{Shop, elsewhere};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What the first piece costs to send, and each further one.
const SHIPPING: (i64, i64) = (475, 240);

/// A line of an order.
#[derive(Clone, Debug, Serialize)]
pub struct LineItem {
    product_id: Option<String>,
    pub quantity: i64,
    variant_id: i64,
    print_provider_id: i64,
    cost: i64,
    pub shipping_cost: i64,
    pub status: String,
    metadata: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_to_production_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<String>,
}

impl LineItem {
    pub fn of(product: &Product, variant: &Variant, quantity: i64) -> Self {
        Self {
            product_id: Some(product.id.clone()),
            quantity,
            variant_id: variant.id,
            print_provider_id: product.print_provider_id,
            cost: variant.cost * quantity,
            shipping_cost: SHIPPING.0 + SHIPPING.1 * (quantity - 1),
            status: "on-hold".to_owned(),
            metadata: json!({"title": product.title, "price": variant.price, "variant_label": variant.title,
                "sku": variant.sku, "country": "United States"}),
            sent_to_production_at: None,
            fulfilled_at: None,
        }
    }

    pub fn sku(&self) -> Option<&str> {
        self.metadata["sku"].as_str()
    }

    /// What the customer pays for the line.
    pub fn retail(&self) -> i64 {
        self.metadata["price"].as_i64().unwrap_or_default() * self.quantity
    }
}

/// The order that `body` asks for.
pub fn draft(shop: &mut Shop, body: &Value) -> Result<Draft, Refusal> {
    let external_id = match &body["external_id"] {
        id if id.is_string() || id.is_number() => id.clone(),
        _ => return Err(required("external_id")),
    };
    let shipping_method = body["shipping_method"]
        .as_i64()
        .ok_or_else(|| required("shipping_method"))?;
    if !(1..=4).contains(&shipping_method) {
        return Err(field("shipping_method", "is invalid"));
    }
    let lines = lines(shop, body)?;
    Ok(Draft {
        order_type: "api",
        label: match &body["label"] {
            Value::Null => external_id.clone(),
            label => label.clone(),
        },
        external_id,
        lines,
        shipping_method,
        address_to: address(body)?,
    })
}

fn lines(shop: &mut Shop, body: &Value) -> Result<Vec<LineItem>, Refusal> {
    let rows = body["line_items"]
        .as_array()
        .filter(|rows| !rows.is_empty());
    let rows = rows.ok_or_else(|| required("line_items"))?;
    let numbered = rows.iter().enumerate();
    numbered
        .map(|(index, row)| {
            let name = |what: &str| format!("line_items.{index}.{what}");
            let quantity = row["quantity"].as_i64().filter(|it| *it > 0);
            let quantity = quantity.ok_or_else(|| required(&name("quantity")))?;
            line(shop, row, quantity, &name)
        })
        .collect()
}

fn line(
    shop: &mut Shop,
    row: &Value,
    quantity: i64,
    name: &dyn Fn(&str) -> String,
) -> Result<LineItem, Refusal> {
    if let Some(sku) = row["sku"].as_str() {
        let sold = shop.sold_as(sku);
        let (product, variant) = sold.ok_or_else(|| field(&name("sku"), "is invalid"))?;
        return Ok(LineItem::of(product, variant, quantity));
    }
    let variant_id = row["variant_id"]
        .as_i64()
        .ok_or_else(|| required(&name("variant_id")))?;
    if let Some(id) = row["product_id"].as_str() {
        let number = shop.id;
        let product = shop.product(id).map_err(|_| elsewhere(id, number))?;
        let variant = product.variants.iter().find(|it| it.id == variant_id);
        let variant = variant.ok_or_else(|| field(&name("variant_id"), "is invalid"))?;
        return Ok(LineItem::of(product, variant, quantity));
    }
    from_blueprint(row, variant_id, quantity, name)
}

/// A product that is made with the order.
fn from_blueprint(
    row: &Value,
    variant_id: i64,
    quantity: i64,
    name: &dyn Fn(&str) -> String,
) -> Result<LineItem, Refusal> {
    let number = |what: &str| row[what].as_i64().ok_or_else(|| required(&name(what)));
    let (id, provider) = (number("blueprint_id")?, number("print_provider_id")?);
    let blueprint =
        Blueprint::find(id, provider).ok_or_else(|| field(&name("blueprint_id"), "is invalid"))?;
    let variant = blueprint
        .variants()
        .into_iter()
        .find(|it| it.id == variant_id);
    let variant = variant.ok_or_else(|| field(&name("variant_id"), "is invalid"))?;
    Ok(LineItem {
        product_id: None,
        quantity,
        variant_id,
        print_provider_id: provider,
        cost: variant.cost * quantity,
        shipping_cost: SHIPPING.0 + SHIPPING.1 * (quantity - 1),
        status: "on-hold".to_owned(),
        metadata: json!({"title": variant.title, "price": variant.cost, "variant_label": variant.title,
            "sku": null, "country": "United States"}),
        sent_to_production_at: None,
        fulfilled_at: None,
    })
}

/// An address that lacks something is refused with JSON in the reason.
fn address(body: &Value) -> Result<Value, Refusal> {
    let given = body["address_to"]
        .as_object()
        .ok_or_else(|| required("address_to"))?;
    let needed = [
        "first_name",
        "last_name",
        "country",
        "address1",
        "city",
        "zip",
    ];
    let mut wrong = Map::new();
    for name in needed {
        let is_there = given
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|it| !it.trim().is_empty());
        if !is_there {
            wrong.insert(
                name.to_owned(),
                json!([format!("The {name} field is required.")]),
            );
        }
    }
    match wrong.is_empty() {
        true => Ok(Value::Object(given.clone())),
        false => Err(invalid(8103, Value::Object(wrong).to_string())),
    }
}

/// What it costs to send.
pub fn shipping(shop: &mut Shop, body: &Value) -> Answer {
    let standard: i64 = lines(shop, body)?
        .iter()
        .map(|line| line.shipping_cost)
        .sum();
    Ok(
        json!({"standard": standard, "express": standard * 5, "priority": standard * 5,
        "printify_express": standard + 324, "economy": standard - 76}),
    )
}
