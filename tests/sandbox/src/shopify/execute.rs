//! Answers a GraphQL request: schema, cost, then root field by root field.

use super::shop::{Location, Publication, Shop};
use super::{fulfilment, inventory, order, order_view, product_set, product_view, webhook};
use crate::graphql::{
    Arguments, Field, GraphqlError, MUTATION, Object, Projection, Request, RootField, connection,
    estimate, leaf, nullable, object, unknown,
};
use crate::schema::AdminSchema;
use crate::stamp::Stamp;
use serde_json::{Map, Value, json};

/// The most that one query may cost.
const MAX_COST: u32 = 1000;

/// Answers `request` and charges for it: gives the body that goes over the wire.
pub fn execute(
    shop: &mut Shop,
    request: &Request,
    schema: Option<&AdminSchema>,
    now: Stamp,
) -> Value {
    *shop.requests.entry(request.name().to_owned()).or_insert(0) += 1;
    if let Some(errors) = schema.and_then(|schema| misfits(schema, request)) {
        return json!({ "errors": errors });
    }
    let requested = estimate(request);
    shop.bucket.refill(now);
    if requested > MAX_COST {
        let message = format!(
            "Query cost is {requested}, which exceeds the single query max cost limit ({MAX_COST})."
        );
        let error = GraphqlError::new("MAX_COST_EXCEEDED", message);
        return failed(&error);
    }
    if f64::from(requested) > shop.bucket.available {
        let error = GraphqlError::new("THROTTLED", "Throttled");
        let cost = cost(shop, requested, None);
        return json!({"errors": [error.body()], "extensions": {"cost": cost}});
    }
    match roots(shop, request, now) {
        Err(error) => failed(&error),
        Ok((data, actual)) => {
            shop.bucket.available -= f64::from(actual);
            let cost = cost(shop, requested, Some(actual));
            json!({"data": data, "extensions": {"cost": cost}})
        }
    }
}

fn misfits(schema: &AdminSchema, request: &Request) -> Option<Value> {
    let problems: Vec<Value> = schema
        .check(&request.text, &request.variables)
        .into_iter()
        .filter(|problem| !problem.deprecation)
        .map(|problem| GraphqlError::new("undefinedField", problem.message).body())
        .collect();
    (!problems.is_empty()).then_some(Value::Array(problems))
}

fn failed(error: &GraphqlError) -> Value {
    json!({"errors": [error.body()]})
}

fn cost(shop: &Shop, requested: u32, actual: Option<u32>) -> Value {
    json!({
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": shop.bucket.status(),
    })
}

fn roots(
    shop: &mut Shop,
    request: &Request,
    now: Stamp,
) -> Result<(Map<String, Value>, u32), GraphqlError> {
    let mut data = Map::new();
    let mut projection = Projection {
        request,
        objects: 0,
    };
    for root in request.root_fields()? {
        let (owner, field) = if request.is_mutation() {
            let payload = mutation(shop, &root, now)?;
            ("Mutation", nullable(Some(payload)))
        } else {
            ("QueryRoot", query(shop, root.name, &root.arguments)?)
        };
        let value = projection.field(owner, root.name, &field, &root.arguments, root.selection)?;
        data.insert(root.key, value);
    }
    let base = if request.is_mutation() { MUTATION } else { 0 };
    Ok((data, projection.objects + base))
}

fn mutation(shop: &mut Shop, root: &RootField<'_>, now: Stamp) -> Result<Object, GraphqlError> {
    let arguments = &root.arguments;
    Ok(match root.name {
        "productSet" => product_set::set(shop, arguments, now),
        "webhookSubscriptionCreate" => webhook::create(shop, arguments),
        "productDelete" => product_set::delete(shop, arguments),
        "publishablePublish" => product_set::publish(shop, arguments, true),
        "publishableUnpublish" => product_set::publish(shop, arguments, false),
        "inventorySetQuantities" => {
            inventory::set(shop, arguments, root.idempotency_key.as_deref(), now)?
        }
        "fulfillmentCreate" => fulfilment::create(shop, arguments, now),
        other => return Err(unknown("Mutation", other)),
    })
}

fn query(shop: &Shop, name: &str, arguments: &Arguments) -> Result<Field, GraphqlError> {
    let id = arguments
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let product = |found: Option<&super::shop::Product>| {
        nullable(found.map(|it| product_view::product(shop, it)))
    };
    Ok(match name {
        "shop" => nullable(Some(shop_view(shop))),
        "product" => product(shop.product(id)),
        "productByIdentifier" => {
            let identifier = arguments.get("identifier").unwrap_or(&Value::Null);
            product(shop.products.iter().find(|it| {
                identifier["id"] == it.id.as_str() || identifier["handle"] == it.handle.as_str()
            }))
        }
        "products" => connection(
            shop.products
                .iter()
                .map(|it| product_view::product(shop, it)),
        ),
        "locations" => connection(shop.locations.iter().map(location)),
        "publications" => connection(shop.publications.iter().map(publication)),
        "inventoryItem" => nullable(product_view::item_by_id(shop, id)),
        "order" => {
            let found = shop.orders.iter().find(|it| it.id == id);
            nullable(found.map(|it| order_view::order(shop, it)))
        }
        "orders" => {
            let query = arguments.get("query").and_then(Value::as_str);
            let found = order::search(shop, query)?;
            connection(found.into_iter().map(|it| order_view::order(shop, it)))
        }
        "webhookSubscriptions" => connection(
            shop.subscriptions
                .iter()
                .filter(|it| webhook::is_asked_for(it, arguments))
                .map(webhook::view),
        ),
        other => return Err(unknown("QueryRoot", other)),
    })
}

fn shop_view(shop: &Shop) -> Object {
    object(
        "Shop",
        [
            ("id", leaf("gid://shopify/Shop/1")),
            ("name", leaf(shop.name.clone())),
            ("myshopifyDomain", leaf(shop.domain.clone())),
            ("currencyCode", leaf(shop.currency.clone())),
        ],
    )
}

fn location(it: &Location) -> Object {
    object(
        "Location",
        [
            ("id", leaf(it.id.clone())),
            ("name", leaf(it.name)),
            ("isActive", leaf(true)),
            ("fulfillsOnlineOrders", leaf(it.fulfills_online_orders)),
        ],
    )
}

fn publication(it: &Publication) -> Object {
    let app = object("App", [("id", leaf(it.app)), ("handle", leaf(it.app))]);
    let channel = object(
        "Channel",
        [
            ("id", leaf(it.app)),
            ("handle", leaf(it.app)),
            ("name", leaf(it.channel)),
        ],
    );
    object(
        "Publication",
        [
            ("id", leaf(it.id.clone())),
            ("channels", connection([channel])),
            (
                "catalog",
                nullable(Some(object("AppCatalog", [("apps", connection([app]))]))),
            ),
        ],
    )
}
