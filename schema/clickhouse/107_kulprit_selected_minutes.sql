-- Purpose: requests of each service and minute that an objective selects by route, method or attributes, as spans tell them, or metrics where a
-- service has no spans. A minute that is rolled up again replaces the row. The row of a service without a name says how far it is rolled up.
CREATE TABLE IF NOT EXISTS kulprit_selected_minutes{{ on_cluster }}
(
    `selector` LowCardinality(String) COMMENT 'a hash of what is selected and of the rules of what a request is',
    `service` LowCardinality(String),
    `minute` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `requests` Float64 CODEC(ZSTD(1)),
    `errors` Float64 CODEC(ZSTD(1)),
    `durationsMap` Nested (
        bucket UInt16,
        requests Int64
    ) CODEC(ZSTD(1)),
    `rolled_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "rolled_at") }}
ORDER BY (selector, service, minute)
{% if retention.traces_days %}TTL minute + toIntervalDay({{ retention.traces_days }}){% endif %}
SETTINGS index_granularity = 256
