-- Purpose: requests of each service and minute as its metrics tell them. A minute that is rolled up again replaces the row, since counters can
-- only be read in the order of time and points come late.
CREATE TABLE IF NOT EXISTS kulprit_metered_minutes{{ on_cluster }}
(
    `service` LowCardinality(String),
    `minute` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `requests` Float64 CODEC(ZSTD(1)),
    `errors` Float64 CODEC(ZSTD(1)),
    `rolled_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "rolled_at") }}
ORDER BY (service, minute)
{% if retention.metrics_days %}TTL minute + toIntervalDay({{ retention.metrics_days }}){% endif %}
SETTINGS index_granularity = 256
