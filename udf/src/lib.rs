//! The functions that ClickHouse runs for Kulprit, and the pure maths behind them.

pub mod catalog;
pub mod shape;
