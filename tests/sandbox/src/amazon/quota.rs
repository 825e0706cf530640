//! A token bucket for each operation, at the default rates of the models.

use crate::stamp::Stamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Operation, requests a second, burst.
const DEFAULTS: [(&str, f64, f64); 15] = [
    ("searchListingsItems", 5.0, 5.0),
    ("getListingsItem", 5.0, 10.0),
    ("putListingsItem", 5.0, 10.0),
    ("patchListingsItem", 5.0, 5.0),
    ("deleteListingsItem", 5.0, 5.0),
    ("searchOrders", 0.0056, 20.0),
    ("getOrder", 0.5, 30.0),
    ("confirmShipment", 2.0, 10.0),
    ("createFeedDocument", 0.5, 15.0),
    ("createFeed", 0.0083, 15.0),
    ("getFeed", 2.0, 15.0),
    ("getFeedDocument", 0.0222, 10.0),
    ("getSubscription", 1.0, 5.0),
    ("createSubscription", 1.0, 5.0),
    ("searchDefinitionsProductTypes", 5.0, 10.0),
];

#[derive(Debug, Serialize)]
struct Bucket {
    per_second: f64,
    burst: f64,
    left: f64,
    seconds: f64,
    /// Requests that were let through, and those that were not.
    served: u32,
    refused: u32,
}

/// The buckets of one seller and application.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Quotas(BTreeMap<&'static str, Bucket>);

impl Quotas {
    pub fn new() -> Self {
        let full = |(operation, per_second, burst)| {
            let bucket = Bucket {
                per_second,
                burst,
                left: burst,
                seconds: 0.0,
                served: 0,
                refused: 0,
            };
            (operation, bucket)
        };
        Self(DEFAULTS.into_iter().map(full).collect())
    }

    /// Takes one request off `operation`; whether there was one, and the rate that the answer's header says.
    pub fn take(&mut self, operation: &str, at: Stamp) -> (bool, Option<f64>) {
        let Some(bucket) = self.0.get_mut(operation) else {
            return (true, None);
        };
        let passed = (at.seconds - bucket.seconds).max(0.0);
        bucket.left = (bucket.left + passed * bucket.per_second).min(bucket.burst);
        bucket.seconds = at.seconds;
        let is_served = bucket.left >= 1.0;
        if is_served {
            bucket.left -= 1.0;
            bucket.served += 1;
        } else {
            bucket.refused += 1;
        }
        (is_served, Some(bucket.per_second))
    }

    /// Gives `operation` a full bucket of another size.
    pub fn set(&mut self, operation: &str, per_second: f64, burst: f64) -> Result<(), String> {
        let bucket = self
            .0
            .get_mut(operation)
            .ok_or_else(|| format!("there is no operation `{operation}`"))?;
        bucket.per_second = per_second;
        bucket.burst = burst;
        bucket.left = burst;
        Ok(())
    }

    /// Lets everything through.
    pub fn lift(&mut self) {
        for bucket in self.0.values_mut() {
            bucket.burst = f64::from(u32::MAX);
            bucket.left = bucket.burst;
        }
    }
}
