//! Everything that the seller has.

use super::feeds::{Document, Feed};
use super::item::Item;
use super::listings::Change;
use super::notify::Happened;
use super::orders::Order;
use super::rules;
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// How many seconds Amazon takes to decide on what it accepted.
pub const ACCEPTANCE_S: f64 = 2.0;

/// Everything that the seller has.
#[derive(Debug, Serialize)]
pub struct Seller {
    pub items: BTreeMap<String, Item>,
    pub orders: Vec<Order>,
    pub documents: BTreeMap<String, Document>,
    pub feeds: BTreeMap<String, Feed>,
    pub acceptance_s: f64,
    /// How long a search does not know a new item.
    pub search_lag_s: f64,
    /// Requests that asked for a buyer or a recipient.
    pub restricted_reads: u32,
    /// What happened and was not told yet.
    #[serde(skip)]
    pub news: Vec<Happened>,
    next: u64,
}

impl Seller {
    pub fn new() -> Self {
        Self {
            items: BTreeMap::new(),
            orders: Vec::new(),
            documents: BTreeMap::new(),
            feeds: BTreeMap::new(),
            acceptance_s: ACCEPTANCE_S,
            search_lag_s: 0.0,
            restricted_reads: 0,
            news: Vec::new(),
            next: 0,
        }
    }

    /// A number that was not given out yet.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The SKUs of the family that `sku` groups.
    pub fn children(&self, sku: &str) -> Vec<String> {
        let items = self.items.values();
        items
            .filter(|item| item.parent_sku() == Some(sku))
            .map(|item| item.sku.clone())
            .collect()
    }

    /// Takes a valid write in. A removal is done at once, everything else shows later.
    pub fn accept(&mut self, sku: &str, change: Change, at: Stamp) {
        match change {
            Change::Remove => {
                if let Some(item) = self.items.remove(sku) {
                    self.news.push(Happened::Status {
                        sku: sku.to_owned(),
                        asin: item.asin,
                        statuses: vec!["DELETED"],
                    });
                }
            }
            Change::Set {
                product_type,
                attributes,
            } => {
                let number = self.number();
                let due = at.seconds + self.acceptance_s;
                let searchable_s = at.seconds + self.search_lag_s;
                let new = || Item {
                    searchable_s,
                    ..Item::new(sku, number, &product_type, at)
                };
                let item = self.items.entry(sku.to_owned()).or_insert_with(new);
                item.product_type = product_type.clone();
                item.accepted.push((due, attributes));
            }
        }
    }

    /// Lets everything that is due by `at` happen.
    pub fn settle(&mut self, at: Stamp) {
        super::feeds::process(self, at);
        let skus: Vec<String> = self.items.keys().cloned().collect();
        let is_due = |item: &Item| {
            let first = item.accepted.first();
            first.is_some_and(|(due, _)| *due <= at.seconds)
        };
        for sku in &skus {
            while self.items.get(sku).is_some_and(is_due) {
                self.settle_one(sku, at);
            }
        }
    }

    fn settle_one(&mut self, sku: &str, at: Stamp) {
        let parents: Vec<String> = self.items.keys().cloned().collect();
        let Some(item) = self.items.get_mut(sku) else {
            return;
        };
        let (status, stock, issues) = (item.status(), item.stock(), item.issues.clone());
        let was_settled = item.is_settled;
        let (_, attributes) = item.accepted.remove(0);
        item.attributes = attributes;
        let parent = item.attributes.get("child_parent_sku_relationship");
        let parent = parent.and_then(|it| it[0]["parent_sku"].as_str());
        let has_parent = parent.is_none_or(|parent| parents.iter().any(|sku| sku == parent));
        let at_once = rules::at_once(&item.product_type, &item.attributes);
        item.issues = at_once;
        item.issues
            .extend(rules::later(&item.attributes, has_parent));
        item.is_settled = true;
        item.updated_at = at.text();
        let (sku, asin) = (sku.to_owned(), item.asin.clone());
        if item.status() != status || !was_settled {
            self.news.push(Happened::Status {
                sku: sku.clone(),
                asin: asin.clone(),
                statuses: item.status(),
            });
        }
        if item.issues != issues {
            self.news.push(Happened::Issues {
                sku: sku.clone(),
                asin,
                issues: item.issues.clone(),
            });
        }
        if item.stock() != stock
            && let Some((_, Some(quantity))) = item.stock().first()
        {
            let quantity = *quantity;
            self.news.push(Happened::Stock { sku, quantity });
        }
    }

    /// A customer takes `quantity` of `sku`.
    pub fn sell(&mut self, sku: &str, quantity: i64) -> Result<i64, String> {
        let item = self.items.get_mut(sku);
        let item = item.ok_or_else(|| format!("there is no item `{sku}`"))?;
        let has = item.stock().first().and_then(|(_, has)| *has).unwrap_or(0);
        let left = (has - quantity).max(0);
        let before = item.status();
        item.set_stock(left);
        let (asin, after) = (item.asin.clone(), item.status());
        self.news.push(Happened::Stock {
            sku: sku.to_owned(),
            quantity: left,
        });
        if before != after {
            self.news.push(Happened::Status {
                sku: sku.to_owned(),
                asin,
                statuses: after,
            });
        }
        Ok(left)
    }

    /// The item goes into Amazon's own warehouses.
    pub fn send_in(&mut self, sku: &str) -> Result<(), String> {
        let item = self.items.get_mut(sku);
        let item = item.ok_or_else(|| format!("there is no item `{sku}`"))?;
        let rows = json!([{"fulfillment_channel_code": "AMAZON_NA"}]);
        item.attributes
            .insert("fulfillment_availability".to_owned(), rows);
        Ok(())
    }
}
