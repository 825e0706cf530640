//! The `approvals` of the API.
