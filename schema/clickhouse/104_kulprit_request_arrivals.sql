-- Purpose: counts the requests of each INSERT into the spans' table by what each span says of itself. Whether one is a request
-- at all may depend on its parent (sql/_spans/is_request.sql), which may be in another INSERT: such spans are counted as
-- unsettled, too, until rollups/requests/roll has looked. Plain SQL of functions that cannot fail on any row.
CREATE MATERIALIZED VIEW IF NOT EXISTS kulprit_request_arrivals{{ on_cluster }} TO kulprit_request_minutes AS
SELECT
    ServiceName AS service,
    toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
    sumIf({% include "_spans/weight.sql" %}, {% include "_spans/names_request.sql" %}) AS requests,
    sumIf(
        {% include "_spans/weight.sql" %},
        {% include "_spans/names_request.sql" %} AND {% include "_spans/span_failed.sql" %}) AS errors,
    toInt64(countIf(ParentSpanId != '')) AS unsettled,
    (sumMapIf(
        [toUInt16(8 * log2(greatest(ifNull(toInt64(Duration), 0), 1)))], [{% include "_spans/weight.sql" %}],
        {% include "_spans/names_request.sql" %} AND NOT {% include "_spans/is_stream.sql" +%}
    ) AS durations).1 AS `durationsMap.bucket`,
    durations.2 AS `durationsMap.requests`
FROM {{ source("otel_traces") }}
WHERE ParentSpanId = '' OR NOT {% include "_spans/call_kind.sql" +%}
GROUP BY service, minute
COMMENT {{ counting_rule | literal }}
