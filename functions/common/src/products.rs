//! The `products` of the API.
