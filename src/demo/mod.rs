//! A small simulated shop with one incident: traces, logs and metrics of the same requests, equal for an equal seed and anchor.
//!
//! [`plan`] says when and how much, [`simulation`] plays the shoppers' requests through the services (one file each) and yields
//! what they leave behind slice by slice, [`load`] puts it into ClickHouse, [`collector`] sends it as it happens, and [`truth`] knows what really happened.

mod background;
mod cart;
mod catalog;
mod checkout;
pub mod collector;
mod currency;
mod frontend;
mod incident;
pub mod load;
pub mod meters;
mod otlp;
mod payment;
pub mod plan;
mod recommendation;
pub mod record;
mod request;
pub mod rng;
mod row_binary;
pub mod rows;
mod shipping;
pub mod shop;
pub mod simulation;
#[cfg(test)]
mod tests;
pub mod truth;
mod words;
