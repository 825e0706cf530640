//! The `products` component.
