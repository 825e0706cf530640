//! The `job-maintenance` component.
