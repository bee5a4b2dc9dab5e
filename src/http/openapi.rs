//! The contract of the API.

/// OpenAPI 3.1.
pub const DOCUMENT: &str = include_str!("openapi.json");
