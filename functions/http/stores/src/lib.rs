//! The `stores` component.
