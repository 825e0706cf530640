//! Receipts: what customers ordered, and the parcels that were reported.

use super::form::Form;
use super::listing_view::page;
use super::{Etsy, Refused, USER_ID, epoch};
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// A receipt.
#[derive(Debug)]
pub struct Receipt {
    pub id: u64,
    /// `paid`, `completed`, `open`, `canceled`, `fully refunded`.
    pub status: String,
    pub country: String,
    pub created: i64,
    pub updated: i64,
    pub lines: Vec<Line>,
    pub parcels: Vec<Parcel>,
    pub shipped: Option<i64>,
}

/// A line of it.
#[derive(Debug)]
pub struct Line {
    pub id: u64,
    pub sku: String,
    pub title: String,
    pub quantity: i64,
    /// Hundredths, of one.
    pub price: i64,
    pub listing: Option<(u64, u64)>,
}

/// A parcel.
#[derive(Debug)]
pub struct Parcel {
    pub id: u64,
    pub carrier: String,
    pub code: String,
    pub at: i64,
}

impl Receipt {
    fn total(&self) -> i64 {
        self.lines
            .iter()
            .map(|line| line.price * line.quantity)
            .sum()
    }

    fn is_paid(&self) -> bool {
        self.status != "open" && self.status != "canceled"
    }
}

fn missing(id: u64) -> Refused {
    Refused::new(
        404,
        format!("Could not find a Receipt with receipt_id = {id}"),
    )
}

impl Etsy {
    /// `getShopReceipts`.
    pub fn list_receipts(&self, query: &Form) -> Result<Value, Refused> {
        let (limit, offset) = page(query)?;
        let since = query.int("min_last_modified")?.unwrap_or(0);
        let until = query.int("max_last_modified")?.unwrap_or(i64::MAX);
        let ascending = matches!(query.text("sort_order"), Some("asc" | "ascending" | "up"));
        let by = query.text("sort_on").unwrap_or("created");
        if !["created", "updated", "receipt_id"].contains(&by) {
            return Err(Refused::bad(format!("Invalid value for sort_on: {by}")));
        }
        let (paid, shipped) = (query.truth("was_paid")?, query.truth("was_shipped")?);
        let mut all: Vec<&Receipt> = self
            .receipts
            .values()
            .filter(|it| (since..=until).contains(&it.updated))
            .filter(|it| paid.is_none_or(|paid| paid == it.is_paid()))
            .filter(|it| shipped.is_none_or(|shipped| shipped == it.shipped.is_some()))
            .collect();
        all.sort_by_key(|it| match by {
            "updated" => (it.updated, it.id),
            "created" => (it.created, it.id),
            _ => (0, it.id),
        });
        if !ascending {
            all.reverse();
        }
        let shown = all.iter().skip(offset).take(limit);
        let results: Vec<Value> = shown.map(|it| self.receipt(it)).collect();
        Ok(json!({"count": all.len(), "results": results}))
    }

    /// `getShopReceipt`.
    pub fn get_receipt(&self, id: u64) -> Result<Value, Refused> {
        let receipt = self.receipts.get(&id).ok_or_else(|| missing(id))?;
        Ok(self.receipt(receipt))
    }

    /// `createReceiptShipment`: each success e-mails the buyer.
    pub fn report_parcel(&mut self, id: u64, form: &Form, at: Stamp) -> Result<Value, Refused> {
        let parcel_id = self.number();
        let now = epoch(at);
        let receipt = self.receipts.get_mut(&id).ok_or_else(|| missing(id))?;
        if receipt.status == "canceled" {
            return Err(Refused::new(409, "The receipt was canceled"));
        }
        let code = form.text("tracking_code").unwrap_or_default().to_owned();
        let carrier = form.text("carrier_name").unwrap_or_default().to_owned();
        let strict = receipt.country == "IN" || (receipt.country == "US" && receipt.total() > 1000);
        if strict && (code.is_empty() || carrier.is_empty()) {
            return Err(Refused::bad("A tracking number is required"));
        }
        if !code.is_empty() && carrier.is_empty() {
            return Err(Refused::bad(
                "carrier_name is required with a tracking_code",
            ));
        }
        receipt.shipped.get_or_insert(now);
        receipt.updated = now;
        receipt.status = "completed".to_owned();
        if !code.is_empty() {
            receipt.parcels.push(Parcel {
                id: parcel_id,
                carrier,
                code: code.clone(),
                at: now,
            });
        }
        self.mails.push((id, code));
        self.get_receipt(id)
    }

    /// A receipt as Etsy shows it. It shows no address: access to those is granted case by case.
    pub fn receipt(&self, receipt: &Receipt) -> Value {
        let total = self.money(receipt.total());
        let nothing = self.money(0);
        let parcels: Vec<Value> = receipt
            .parcels
            .iter()
            .map(|it| {
                json!({"receipt_shipping_id": it.id, "shipment_notification_timestamp": it.at,
                    "carrier_name": it.carrier, "tracking_code": it.code})
            })
            .collect();
        let lines: Vec<Value> = receipt
            .lines
            .iter()
            .map(|it| self.line(receipt, it))
            .collect();
        json!({
            "receipt_id": receipt.id, "receipt_type": 0, "seller_user_id": USER_ID,
            "seller_email": null, "buyer_user_id": 43_000_001, "buyer_email": null,
            "name": "A. Buyer", "first_line": null, "second_line": null, "city": null,
            "state": null, "zip": null, "status": receipt.status, "formatted_address": null,
            "country_iso": receipt.country, "payment_method": "cc", "payment_email": null,
            "message_from_seller": null, "message_from_buyer": null,
            "message_from_payment": null, "is_paid": receipt.is_paid(),
            "is_shipped": receipt.shipped.is_some(), "create_timestamp": receipt.created,
            "created_timestamp": receipt.created, "update_timestamp": receipt.updated,
            "updated_timestamp": receipt.updated, "is_gift": false, "gift_message": "",
            "gift_sender": "", "grandtotal": total, "subtotal": total, "total_price": total,
            "total_shipping_cost": nothing, "total_tax_cost": nothing,
            "total_vat_cost": nothing, "discount_amt": nothing, "gift_wrap_price": nothing,
            "shipments": parcels, "transactions": lines, "refunds": [],
        })
    }

    fn line(&self, receipt: &Receipt, line: &Line) -> Value {
        let paid = receipt.is_paid().then_some(receipt.created);
        json!({
            "transaction_id": line.id, "title": line.title, "description": null,
            "seller_user_id": USER_ID, "buyer_user_id": 43_000_001,
            "create_timestamp": receipt.created, "created_timestamp": receipt.created,
            "paid_timestamp": paid, "shipped_timestamp": receipt.shipped,
            "quantity": line.quantity, "listing_image_id": null, "receipt_id": receipt.id,
            "is_digital": false, "file_data": "", "listing_id": line.listing.map(|it| it.0),
            "transaction_type": "listing", "product_id": line.listing.map(|it| it.1),
            "sku": line.sku, "price": self.money(line.price), "shipping_cost": self.money(0),
            "variations": [], "product_data": [], "shipping_profile_id": null,
            "min_processing_days": 1, "max_processing_days": 3, "shipping_method": null,
            "shipping_upgrade": null, "expected_ship_date": null, "buyer_coupon": 0.0,
            "shop_coupon": 0.0,
        })
    }
}
