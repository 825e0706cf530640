//! The `stores` of the API.
