//! The `health` of the API.
