//! The `approvals` component.
