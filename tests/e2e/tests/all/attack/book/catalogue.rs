//! Products and listings.

use crate::attack::entry::{Entry, entry};
use serde_json::json;

const FILE: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\r\n\
    {new},Imported,Title,Default Title,{new},3,5.00\r\n";

pub fn entries() -> Vec<Entry> {
    vec![
        entry("GET /products", 200),
        entry("POST /products", 201)
            .json(json!({"sku": "{new}", "title": "Made"}))
            .takes(&["status"]),
        entry("POST /products/import", 200).text("text/csv", FILE),
        entry("GET /products/{id}", 200).at("/products/{product}"),
        entry("PATCH /products/{id}", 200)
            .at("/products/{product}")
            .json(json!({"title": "Changed"}))
            .takes(&["status"]),
        entry("DELETE /products/{id}", 204).at("/products/{product}"),
        entry("GET /listings", 200),
        entry("POST /listings", 201)
            .json(json!({"product_id": "{product}", "store_id": "{store}", "price": "1.00"})),
        entry("GET /listings/{id}", 200).at("/listings/{listing}"),
        entry("PATCH /listings/{id}", 200)
            .at("/listings/{listing}")
            .json(json!({"inventory": 3})),
        entry("DELETE /listings/{id}", 204).at("/listings/{listing}"),
    ]
}
