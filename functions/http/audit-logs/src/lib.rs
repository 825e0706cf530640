//! The `audit-logs` component.
