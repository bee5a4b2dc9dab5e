//! The SQL files, compiled into the binary.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Each file under `sql/` by its path without the ending. A name that begins with `_` is a part of other files.
        pub const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../sql/", $name, ".sql")))),*];
    };
}

files![
    "demo/create_database",
    "demo/drop_database",
    "divergence/_answer_columns",
    "divergence/_best_first",
    "divergence/_scored",
    "divergence/_scores_sql",
    "divergence/divergence_of_arrays",
    "divergence/divergence_of_arrays_sql",
    "divergence/pattern_changes",
    "divergence/pattern_changes_raw",
    "divergence/pattern_changes_rollup",
    "patterns/assignments",
    "patterns/choose",
    "patterns/list",
    "patterns/reload_patterns",
    "patterns/reload_shapes",
    "patterns/show",
    "patterns/stored",
    "patterns/unmapped_shapes",
    "reliability/_error_groups",
    "reliability/_error_header",
    "reliability/_error_lines",
    "reliability/_health",
    "reliability/_health_header",
    "reliability/_request_failed",
    "reliability/_request_kind",
    "reliability/_slo_columns",
    "reliability/_slo_events",
    "reliability/_slo_windows",
    "reliability/_windows",
    "reliability/error_patterns",
    "reliability/error_patterns_raw",
    "reliability/request_coverage",
    "reliability/roll_requests",
    "reliability/services_metered",
    "reliability/services_metrics",
    "reliability/services_rollup",
    "reliability/services_seen",
    "reliability/services_spans",
    "reliability/set_request_coverage",
    "reliability/slo_availability",
    "reliability/slo_latency",
    "reliability/span_extent",
    "reliability/trace_extent",
    "reliability/trace_logs",
    "reliability/trace_panel",
    "reliability/trace_spans",
    "reliability/traces",
    "rollup/bucket_state",
    "rollup/coverage",
    "rollup/credit_unseen",
    "rollup/newest_line",
    "rollup/pending_buckets",
    "rollup/recent_since",
    "rollup/roll_minutes",
    "rollup/roll_shapes",
    "rollup/seed_shapes",
    "rollup/set_coverage",
    "rollup/unrolled_buckets",
    "schema/columns",
    "schema/missing_tables",
    "scope/delete_mapping",
    "scope/log_streams",
    "scope/mappings",
    "scope/put_mapping",
];

/// The queries' names, parts left out, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name).filter(|name| !name.contains("/_"))
}
