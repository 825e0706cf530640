//! Attacks on every route there is. Which routes there are is read from spin.toml and the components' tables; the book says
//! how each is called properly. Whoever adds a route adds its entry to [`book`], or these tests fail.

mod book;
mod digest;
mod entry;
mod fields;
mod foreign;
mod headers;
mod machines;
mod paths;
mod raw;
mod rows;
mod signer;
mod sizes;
mod tables;
mod world;
