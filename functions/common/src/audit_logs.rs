//! The `audit_logs` of the API.
