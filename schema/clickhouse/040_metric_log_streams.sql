-- Purpose: which log streams stand behind a metric of a panel. The newest row of a key wins; `deleted` marks one taken back.
-- A row whose dashboard, panel_title and metric_name are all empty states the services of the whole org.
CREATE TABLE IF NOT EXISTS metric_log_streams{{ on_cluster }}
(
    `org` String,
    `dashboard` String,
    `panel_title` String,
    `metric_name` String,
    `services` Array(String),
    `attributes` Map(String, String) COMMENT 'resource or log attributes that a line must carry',
    `updated_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    `deleted` UInt8 DEFAULT 0
)
ENGINE = {{ engine_of("ReplacingMergeTree", "updated_at, deleted") }}
ORDER BY (org, dashboard, panel_title, metric_name)
