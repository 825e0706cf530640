//! Who calls: the parts that turn what a request carries into an identity.
//!
//! [`jwt`] verifies bearer tokens with keys from [`jwk`]; [`jwks`] fetches and shares the keys of an
//! identity provider.

pub mod jwk;

pub mod cookie;
