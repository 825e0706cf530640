//! What tests may tell the fake.

use super::{Amazon, orders};
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// Does what `what` says.
///
/// # Errors
/// The reason when it can't.
pub fn obey(fake: &mut Amazon, what: &str, body: &Value, at: Stamp) -> Result<Value, String> {
    match what {
        "orders" => {
            let order = serde_json::from_value(body.clone()).map_err(|it| it.to_string())?;
            let id = orders::place(&mut fake.seller, order, at)?;
            return Ok(json!({ "id": id }));
        }
        "sales" => {
            let quantity = body["quantity"].as_i64().unwrap_or(1);
            let left = fake.seller.sell(sku(body), quantity)?;
            return Ok(json!({ "left": left }));
        }
        "webhooks" => return fake.notifications.set_up(body),
        "drop_subscriptions" => fake.notifications.drop_all(),
        "uninstall" => fake.logins.revoke(),
        "acceptance" => fake.seller.acceptance_s = number(body, "seconds")?,
        "search_lag" => fake.seller.search_lag_s = number(body, "seconds")?,
        "quota" => quota(fake, body)?,
        "edit" => edit(fake, body)?,
        "fba" => fake.seller.send_in(sku(body))?,
        other => return Err(format!("the fake Amazon knows no `{other}`")),
    }
    Ok(json!({}))
}

fn sku(body: &Value) -> &str {
    body["sku"].as_str().unwrap_or_default()
}

fn number(body: &Value, name: &str) -> Result<f64, String> {
    body[name]
        .as_f64()
        .ok_or_else(|| format!("`{name}` is missing"))
}

fn quota(fake: &mut Amazon, body: &Value) -> Result<(), String> {
    if body["lift"] == true {
        fake.quotas.lift();
        return Ok(());
    }
    let operation = body["operation"].as_str().unwrap_or_default();
    let (per_second, burst) = (number(body, "per_second")?, number(body, "burst")?);
    fake.quotas.set(operation, per_second, burst)
}

/// The seller changes attributes in Seller Central.
fn edit(fake: &mut Amazon, body: &Value) -> Result<(), String> {
    let item = fake.seller.items.get_mut(sku(body));
    let item = item.ok_or_else(|| format!("there is no item `{}`", sku(body)))?;
    let fields = body["attributes"].as_object();
    item.attributes
        .extend(fields.ok_or("`attributes` is missing")?.clone());
    Ok(())
}
