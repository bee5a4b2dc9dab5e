-- Purpose: kulprit_request_minutes by the hour, for the long windows of service level objectives.
CREATE TABLE IF NOT EXISTS kulprit_request_hours{{ on_cluster }}
(
    `service` LowCardinality(String),
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `requests` Int64 CODEC(T64, ZSTD(1)),
    `errors` Int64 CODEC(T64, ZSTD(1)),
    `durationsMap` Nested (
        bucket UInt16,
        requests Int64
    ) CODEC(ZSTD(1))
)
ENGINE = {{ engine_of("SummingMergeTree") }}
ORDER BY (service, hour)
{% if retention.traces_days %}TTL hour + toIntervalDay({{ retention.traces_days }}){% endif %}
SETTINGS index_granularity = 256, parts_to_delay_insert = 1000000, parts_to_throw_insert = 1000000, max_parts_in_total = 10000000
