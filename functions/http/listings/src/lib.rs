//! The `listings` component.
