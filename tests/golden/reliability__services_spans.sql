-- Purpose: request rate, errors and latency of each service in a window and its baseline, and over time, from the spans themselves.
--   A request is a span of kind server or consumer. Durations are sorted into eight buckets for each doubling, as in the rollup.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   step_seconds UInt32  the time between two points of the series
--   services Array(String)  the services in scope
-- Columns:
--   service String  the service that served the requests
--   period String  current, baseline, or series: one stretch of the current window
--   time DateTime('UTC')  the beginning of the stretch; 1970 for a whole window
--   requests Float64  requests served
--   errors Float64  requests that failed by the service's own fault
--   p50_ms Float64  half of the requests took no longer; NaN where no duration is known
--   p95_ms Float64  95 of 100 requests took no longer
--   p99_ms Float64  99 of 100 requests took no longer
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
            toFloat64(countIf((StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error')
            OR toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 500
            OR toUInt16OrZero(SpanAttributes['http.status_code']) >= 500
            -- the gRPC codes that are the server's fault: unknown, deadline exceeded, unimplemented, internal, unavailable, data loss
            OR SpanAttributes['rpc.grpc.status_code'] IN ('2', '4', '12', '13', '14', '15')))) AS errors,
            exp2(bucket / 8) / 1e6 AS lower_ms,
            exp2((bucket + 1) / 8) / 1e6 AS upper_ms,
            requests AS durations
        FROM otel_traces AS spans
        WHERE ((Timestamp >= current_from AND Timestamp < current_to) OR (Timestamp >= baseline_from AND Timestamp < baseline_to))
          AND SpanKind IN ('Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
          AND spans.ServiceName IN {services:Array(String)}
        GROUP BY service, is_current, time, bucket
    ),

    -- Expects the CTE counted(service String, is_current UInt8, time DateTime('UTC'), requests, errors, lower_ms, upper_ms, durations Float64): how many
    -- requests there were, and how many of them (durations) took between lower_ms and upper_ms.

    -- whole windows, which get the time 1970, and stretches of them
    by_bucket AS
    (
        SELECT service, is_current, time, lower_ms, upper_ms, sum(requests) AS requests, sum(errors) AS errors, sum(durations) AS durations
        FROM counted
        GROUP BY GROUPING SETS ((service, is_current, lower_ms, upper_ms), (service, is_current, time, lower_ms, upper_ms))
    ),

    -- one row a service and stretch, its buckets in order
    by_stretch AS
    (
        SELECT
            service,
            is_current,
            time,
            sum(by_bucket.requests) AS requests,
            sum(by_bucket.errors) AS errors,
            arraySort(bucket -> bucket.2, groupArrayIf((lower_ms, upper_ms, durations), durations > 0)) AS buckets,
            arrayCumSum(bucket -> bucket.3, buckets) AS cumulative,
            cumulative[-1] AS known
        FROM by_bucket
        WHERE is_current OR time = 0
        GROUP BY service, is_current, time
    ),

    -- a quantile lies in the first bucket that reaches its rank, at the place that even spacing inside the bucket gives it
    ranked AS
    (
        SELECT
            *,
            [0.5, 0.95, 0.99] AS levels,
            arrayMap(level -> arrayFirstIndex(reached -> reached >= level * known, cumulative), levels) AS places,
            arrayMap(
                (level, place) -> multiIf(
                    known <= 0, nan,
                    -- nothing is known about the last bucket but its beginning
                    isInfinite(buckets[place].2), buckets[place].1,
                    buckets[place].1 + (buckets[place].2 - buckets[place].1) * (level * known - (cumulative[place] - buckets[place].3)) / buckets[place].3),
                levels, places) AS quantiles
        FROM by_stretch
    )

SELECT
    service,
    multiIf(time != 0, 'series', is_current, 'current', 'baseline') AS period,
    time,
    requests,
    errors,
    quantiles[1] AS p50_ms,
    quantiles[2] AS p95_ms,
    quantiles[3] AS p99_ms
FROM ranked
ORDER BY service, period, time
