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
    "doctor/database",
    "doctor/dictionaries",
    "doctor/log_columns",
    "doctor/may_answer_from_logs",
    "doctor/may_answer_from_rollup",
    "doctor/may_apply_schema",
    "doctor/may_keep_rollup",
    "doctor/pending",
    "doctor/server",
    "doctor/shapes",
    "doctor/tables",
    "patterns/assignments",
    "patterns/choose",
    "patterns/list",
    "patterns/reload_patterns",
    "patterns/reload_shapes",
    "patterns/show",
    "patterns/stored",
    "patterns/unmapped_shapes",
    "reliability/_blocks",
    "reliability/_g_test",
    "reliability/_log_event",
    "reliability/_log_window",
    "reliability/_requests",
    "reliability/_span_window",
    "reliability/edges",
    "reliability/event_examples",
    "reliability/hurt_traces",
    "reliability/latency_scores",
    "reliability/log_request_scores",
    "reliability/log_scores",
    "reliability/log_volume",
    "reliability/saturation_scores",
    "reliability/service_changes",
    "reliability/span_request_scores",
    "reliability/span_volume",
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
    "schema/version",
    "scope/delete_mapping",
    "scope/log_streams",
    "scope/mappings",
    "scope/put_mapping",
];

/// The queries' names, parts left out, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name).filter(|name| !name.contains("/_"))
}
