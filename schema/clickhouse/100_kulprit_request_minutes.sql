-- Purpose: the minute rollup of requests: per service and minute how many there were, how many failed, and how long they took. Bucket b holds
-- durations from 2^(b/8) to 2^((b+1)/8) nanoseconds: eight buckets for each doubling, so a quantile is within 9 % of the truth.
--
-- No partitions and no limit on parts: a write into this table must never make an INSERT into the spans' table fail. Counts are signed, so that
-- a correction is a row like any other.
CREATE TABLE IF NOT EXISTS kulprit_request_minutes{{ on_cluster }}
(
    `service` LowCardinality(String),
    `minute` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `requests` Int64 CODEC(T64, ZSTD(1)),
    `errors` Int64 CODEC(T64, ZSTD(1)),
    `unsettled` Int64 COMMENT 'spans that arrived and whose parents have not been looked at yet' CODEC(T64, ZSTD(1)),
    `durationsMap` Nested (
        bucket UInt16,
        requests Int64
    ) CODEC(ZSTD(1))
)
ENGINE = {{ engine_of("SummingMergeTree") }}
ORDER BY (service, minute)
{% if retention.traces_days %}TTL minute + toIntervalDay({{ retention.traces_days }}){% endif %}
SETTINGS index_granularity = 256, parts_to_delay_insert = 1000000, parts_to_throw_insert = 1000000, max_parts_in_total = 10000000
