-- Purpose: requests of each service and minute that an objective selects, by the spans. Run again it replaces what it
--   wrote before, so that late spans count.
-- Params:
--   from DateTime('UTC')  the first minute
--   to DateTime('UTC')  the minute to stop before
--   selector String  which requests: a hash of what the configuration says of them
-- Reads: otel_traces
INSERT INTO kulprit_selected_minutes
    (selector, service, minute, requests, errors, durationsMap.bucket, durationsMap.requests)
SELECT
    {selector:String} AS selector,
    service,
    minute,
    sum(by_bucket.requests) AS requests,
    sum(by_bucket.errors) AS errors,
    groupArrayIf(bucket, timed != 0) AS buckets,
    groupArrayIf(timed, timed != 0) AS bucket_requests
FROM
{% set spans_read = "rollups/requests/_read.sql" %}
(
    SELECT
        ServiceName::String AS service,
        toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
        toUInt16(8 * log2(greatest(toInt64(Duration), 1))) AS bucket,
        toFloat64(sum({% include "_spans/weight.sql" %})) AS requests,
        toFloat64(sumIf({% include "_spans/weight.sql" %}, {% include "_spans/request_failed.sql" %})) AS errors,
        sumIf({% include "_spans/weight.sql" %}, NOT {% include "_spans/is_stream.sql" %}) AS timed
    FROM {{ source("otel_traces") }}
    WHERE Timestamp >= {from:DateTime('UTC')} AND Timestamp < {to:DateTime('UTC')}
        {{- pruned("otel_traces", "{from:DateTime('UTC')}", "{to:DateTime('UTC')}") }}
      AND {% include "_spans/is_request.sql" +%}
{% if selector %}
      AND {% include "_spans/is_selected.sql" +%}
{% endif %}
      AND ServiceName != ''
    GROUP BY service, minute, bucket
) AS by_bucket
GROUP BY service, minute
