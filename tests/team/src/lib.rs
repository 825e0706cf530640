//! Workspaces, members and invitations, tested as their components run: the routes on a real Postgres, called by people who
//! are signed in and, at first, members of nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "support code of tests: what does not work ends the test"
)]

mod person;
mod team;

pub use person::Person;
pub use team::Team;
