//! runtime/cron.
