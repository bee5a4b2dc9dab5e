-- Purpose: request rate, errors and latency of each service in a window and its baseline, and over time, from the spans themselves.
--   A request is a span of kind server or consumer. Durations are sorted into eight buckets for each doubling, as in the rollup.
{% include "health/_windows.sql" %}
{% include "health/_health_header.sql" %}
-- Reads: otel_traces
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,

    -- requests by bucket and stretch of time
    counted AS
    (
        SELECT
            ServiceName::String AS service,
            Timestamp >= current_from AND Timestamp < current_to AS is_current,
            toDateTime(toUnixTimestamp(current_from) + if(is_current, intDiv(toUnixTimestamp(Timestamp) - toUnixTimestamp(current_from), {step_seconds:UInt32}) * {step_seconds:UInt32}, 0), 'UTC') AS time,
            toUInt16(8 * log2(greatest(Duration, 1))) AS bucket,
            toFloat64(count()) AS requests,
            toFloat64(countIf({% include "_spans/request_failed.sql" %})) AS errors,
            exp2(bucket / 8) / 1e6 AS lower_ms,
            exp2((bucket + 1) / 8) / 1e6 AS upper_ms,
            requests AS durations
        FROM otel_traces AS spans
        WHERE ((Timestamp >= current_from AND Timestamp < current_to) OR (Timestamp >= baseline_from AND Timestamp < baseline_to))
          AND {% include "_spans/request_kind.sql" %}

{% if scoped %}
          AND spans.ServiceName IN {services:Array(String)}
{% endif %}
        GROUP BY service, is_current, time, bucket
    ),

{% include "health/_health.sql" %}
