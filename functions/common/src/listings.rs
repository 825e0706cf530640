//! The `listings` of the API.
