//! The HTTP trigger.

mod headers;
mod instances;
mod respond;
mod server;

pub(crate) use server::{HttpRoutes, serve};
