//! The messages of Grafana's plugin protocol, version 2, and of go-plugin's: as many of their fields as are read or written here.

use std::collections::HashMap;

use prost::Message;

/// Who asks, and what the plugin was configured to.
#[derive(Clone, PartialEq, Message)]
pub struct PluginContext {
    #[prost(int64, tag = "1")]
    pub org_id: i64,
    #[prost(string, tag = "2")]
    pub plugin_id: String,
    /// None where Grafana itself asks, such as for an alert rule.
    #[prost(message, optional, tag = "3")]
    pub user: Option<User>,
    #[prost(message, optional, tag = "4")]
    pub app: Option<AppSettings>,
    #[prost(message, optional, tag = "5")]
    pub data_source: Option<DataSourceSettings>,
}

#[derive(Clone, PartialEq, Message)]
pub struct User {
    #[prost(string, tag = "1")]
    pub login: String,
    #[prost(string, tag = "4")]
    pub role: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct AppSettings {
    #[prost(bytes = "vec", tag = "3")]
    pub json: Vec<u8>,
    #[prost(map = "string, string", tag = "4")]
    pub secrets: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DataSourceSettings {
    #[prost(bytes = "vec", tag = "8")]
    pub json: Vec<u8>,
    #[prost(map = "string, string", tag = "9")]
    pub secrets: HashMap<String, String>,
    #[prost(string, tag = "11")]
    pub uid: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Texts {
    #[prost(string, repeated, tag = "1")]
    pub values: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ResourceRequest {
    #[prost(message, optional, tag = "1")]
    pub context: Option<PluginContext>,
    /// Decoded, without the slash before it and without the query string.
    #[prost(string, tag = "2")]
    pub path: String,
    #[prost(string, tag = "3")]
    pub method: String,
    /// The path and the query string as they were sent.
    #[prost(string, tag = "4")]
    pub url: String,
    #[prost(map = "string, message", tag = "5")]
    pub headers: HashMap<String, Texts>,
    #[prost(bytes = "vec", tag = "6")]
    pub body: Vec<u8>,
}

/// A part of the answer; status and headers count in the first.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceResponse {
    #[prost(int32, tag = "1")]
    pub status: i32,
    #[prost(map = "string, message", tag = "2")]
    pub headers: HashMap<String, Texts>,
    #[prost(bytes = "bytes", tag = "3")]
    pub body: bytes::Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub struct QueryRequest {
    #[prost(message, optional, tag = "1")]
    pub context: Option<PluginContext>,
    #[prost(message, repeated, tag = "3")]
    pub queries: Vec<DataQuery>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DataQuery {
    #[prost(string, tag = "1")]
    pub ref_id: String,
    #[prost(message, optional, tag = "4")]
    pub range: Option<TimeRange>,
    /// The query as the editor wrote it.
    #[prost(bytes = "vec", tag = "5")]
    pub json: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct TimeRange {
    #[prost(int64, tag = "1")]
    pub from_ms: i64,
    #[prost(int64, tag = "2")]
    pub to_ms: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct QueryResponse {
    /// By the query's `refId`.
    #[prost(map = "string, message", tag = "1")]
    pub responses: HashMap<String, DataResponse>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DataResponse {
    /// Each an Arrow file.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub frames: Vec<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub error: String,
    /// As in HTTP.
    #[prost(int32, tag = "4")]
    pub status: i32,
    /// `plugin` or `downstream`: whose fault an error is, for Grafana's own counts.
    #[prost(string, tag = "5")]
    pub error_source: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct HealthRequest {
    #[prost(message, optional, tag = "1")]
    pub context: Option<PluginContext>,
}

#[derive(Clone, PartialEq, Message)]
pub struct HealthResponse {
    #[prost(enumeration = "HealthStatus", tag = "1")]
    pub status: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(bytes = "vec", tag = "3")]
    pub details: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum HealthStatus {
    Unknown = 0,
    Ok = 1,
    Error = 2,
}

#[derive(Clone, PartialEq, Message)]
pub struct MetricsResponse {
    #[prost(message, optional, tag = "1")]
    pub metrics: Option<Metrics>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Metrics {
    /// In Prometheus' text form.
    #[prost(bytes = "vec", tag = "1")]
    pub prometheus: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Empty {}

/// What gRPC's own health service answers.
#[derive(Clone, PartialEq, Message)]
pub struct Serving {
    /// 1 is serving.
    #[prost(int32, tag = "1")]
    pub status: i32,
}
