-- Purpose: when each trace began and ended, so that one trace is found without reading every day's spans.
CREATE TABLE IF NOT EXISTS otel_traces_trace_id_ts{{ on_cluster }}
(
    `TraceId` String CODEC(ZSTD(1)),
    `Start` DateTime CODEC(Delta(4), ZSTD(1)),
    `End` DateTime CODEC(Delta(4), ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{ engine_of("MergeTree") }}
PARTITION BY toDate(Start)
ORDER BY (TraceId, Start)
{% if retention.traces_days %}TTL toDateTime(Start) + toIntervalDay({{ retention.traces_days }}){% endif %}
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1
