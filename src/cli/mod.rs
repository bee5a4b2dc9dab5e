pub mod engine;
pub mod udf;
