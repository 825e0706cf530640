//! The `approval-expiry` component.
