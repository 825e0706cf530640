//! The `query` of the API.
