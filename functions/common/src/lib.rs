//! The domain of Stage Hub: models, rules, SQL, ports and the `Platform` trait. No Spin, no WIT, no I/O
//! of its own: everything from outside comes through [`ports`].
//!
//! A request goes [`serve`] → a noun's routes (`stores`, `products`, …) → [`identity`] and [`session`] (who, where, may they)
//! → one SQL statement through `hub.serve` → [`reply`] with its [`limits`] and [`cors`] headers. A tick goes [`worker`] → [`platform`] → the same
//! database. [`query`] turns the query string into SQL, [`outcome`] turns a statement's answer into a status.

pub mod api_keys;
pub mod approvals;
pub mod audit_logs;
pub mod auth;
pub mod channels;
pub mod connections;
pub mod constraints;
pub mod cors;
pub mod credentials;
pub mod error;
pub mod fields;
pub mod health;
pub mod identity;
pub mod invitations;
pub mod jobs;
pub mod limits;
pub mod listings;
pub mod members;
pub mod orders;
pub mod outcome;
pub mod platform;
pub mod ports;
pub mod products;
pub mod query;
pub mod reply;
pub mod request;
pub mod resource;
pub mod router;
pub mod secret;
pub mod serve;
pub mod session;
pub mod settings;
pub mod stores;
pub mod token;
pub mod webhook_events;
pub mod webhook_keys;
pub mod webhooks;
pub mod worker;
pub mod workspaces;

pub use error::{Error, Result};
