//! The DDL files, compiled into the binary, in the order in which they are applied.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Each file under `schema/clickhouse/` by its name.
        pub const FILES: &[(&str, &str)] =
            &[$((concat!("schema/", $name), include_str!(concat!("../../../../schema/clickhouse/", $name, ".sql")))),*];
    };
}

files![
    "010_otel_logs",
    "020_otel_traces",
    "021_otel_traces_trace_id_ts",
    "022_otel_traces_trace_id_ts_mv",
    "030_otel_metrics_gauge",
    "031_otel_metrics_sum",
    "032_otel_metrics_histogram",
    "040_metric_log_streams",
    "050_kulprit_shapes",
    "051_kulprit_shape_samples",
    "052_kulprit_shape_patterns",
    "053_kulprit_patterns",
    "054_kulprit_pattern_choices",
    "055_kulprit_current_patterns",
    "056_kulprit_current_shape_patterns",
    "057_kulprit_catalog_version",
    "060_kulprit_log_minutes",
    "070_kulprit_log_coverage",
    "071_kulprit_rolled_parts",
    "072_kulprit_rollup_agreements",
    "090_kulprit_shape_dictionary",
    "091_kulprit_pattern_of_shape",
    "092_kulprit_pattern_dictionary",
    "100_kulprit_request_minutes",
    "101_kulprit_request_hours",
    "102_kulprit_request_hours_mv",
    "103_kulprit_request_coverage",
    "104_kulprit_request_arrivals",
    "105_kulprit_metered_minutes",
    "106_kulprit_file_positions",
    "107_kulprit_selected_minutes",
    "108_kulprit_org_choices",
];

/// Those that are dictionaries.
pub const DICTIONARIES: &[&str] = &[
    "schema/090_kulprit_shape_dictionary",
    "schema/091_kulprit_pattern_of_shape",
    "schema/092_kulprit_pattern_dictionary",
];

/// Views that only a table of spans in the OpenTelemetry exporter's layout can have.
pub const NEEDS_SPANS: &[&str] = &["schema/104_kulprit_request_arrivals"];
