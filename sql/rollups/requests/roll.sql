-- Purpose: makes the minute rollup of requests equal to the spans, minute by minute, and settles what it counted by
--   what each span says of itself. Run twice, the second run adds nothing; spans that were deleted are taken out again.
-- Params:
--   from DateTime('UTC')  the first minute
--   to DateTime('UTC')  the minute to stop before
-- Reads: otel_traces, kulprit_request_minutes
INSERT INTO kulprit_request_minutes
    (service, minute, requests, errors, unsettled, durationsMap.bucket, durationsMap.requests)
SELECT
    service,
    minute,
    sum(delta_requests) AS requests,
    sum(delta_errors) AS errors,
    sum(delta_unsettled) AS unsettled,
    groupArrayIf(bucket, bucket >= 0 AND delta_timed != 0)::Array(UInt16) AS buckets,
    groupArrayIf(delta_timed, bucket >= 0 AND delta_timed != 0) AS bucket_requests
FROM
(
    -- Requests and errors are kept by minute, and by bucket only how long requests took that are no streams: what the
    -- rollup has of the minute stands in the bucket -1.
    SELECT
        service,
        minute,
        bucket,
        sum(requests) AS delta_requests,
        sum(errors) AS delta_errors,
        sum(unsettled) AS delta_unsettled,
        sum(timed) AS delta_timed
    FROM
{% set spans_read = "rollups/requests/_read.sql" %}
    (
        SELECT
            ServiceName::String AS service,
            toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
            toInt32(8 * log2(greatest(toInt64(Duration), 1))) AS bucket,
            sum({% include "_spans/weight.sql" %}) AS requests,
            sumIf({% include "_spans/weight.sql" %}, {% include "_spans/request_failed.sql" %}) AS errors,
            toInt64(0) AS unsettled,
            sumIf({% include "_spans/weight.sql" %}, NOT {% include "_spans/is_stream.sql" %}) AS timed
        FROM {{ source("otel_traces") }}
        WHERE Timestamp >= {from:DateTime('UTC')} AND Timestamp < {to:DateTime('UTC')}
            {{- pruned("otel_traces", "{from:DateTime('UTC')}", "{to:DateTime('UTC')}") }}
          AND {% include "_spans/is_request.sql" +%}
        GROUP BY service, minute, bucket
        UNION ALL
        SELECT
            rolled.service::String AS service,
            minute,
            entry.1 AS bucket,
            -entry.2 AS requests,
            -entry.3 AS errors,
            -entry.4 AS unsettled,
            -entry.5 AS timed
        FROM kulprit_request_minutes AS rolled
        ARRAY JOIN arrayConcat(
            [(toInt32(-1), rolled.requests, rolled.errors, rolled.unsettled, toInt64(0))],
            arrayMap(
                (bucket, count) -> (toInt32(bucket), toInt64(0), toInt64(0), toInt64(0), count),
                durationsMap.bucket, durationsMap.requests)) AS entry
        WHERE minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
    )
    GROUP BY service, minute, bucket
)
GROUP BY service, minute
HAVING requests != 0 OR errors != 0 OR unsettled != 0 OR notEmpty(buckets)
