//! The `job-worker` component.
