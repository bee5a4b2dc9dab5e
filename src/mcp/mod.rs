//! The answers as tools for assistants, by the Model Context Protocol. A tool is a question to a route of the HTTP API, asked within this
//! process: its limits, its orgs, its answer and its errors are the route's. [`stdio`] serves one assistant that started this program, [`http`]
//! those that come over the network, with the credentials of the HTTP API.

mod backend;
mod handler;
pub mod http;
pub mod stdio;
mod tools;

pub use backend::{Backend, Connected, Opened, Opener};
