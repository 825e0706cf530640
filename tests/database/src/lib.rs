//! The database, tested as the functions use it: through `hub.run` as `hub_app`, through the queue's functions as
//! `hub_worker`, on a real Postgres.

mod calls;
mod stage;

pub use calls::{call, claim_args, text, worker_id};
pub use stage::{Member, Stage};
