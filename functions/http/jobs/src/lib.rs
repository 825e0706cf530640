//! The `jobs` component.
