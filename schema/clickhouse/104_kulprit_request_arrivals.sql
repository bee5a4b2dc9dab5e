-- Purpose: counts the requests of each INSERT into the spans' table. Plain SQL of functions that cannot fail on any row.
CREATE MATERIALIZED VIEW IF NOT EXISTS kulprit_request_arrivals{{ on_cluster }} TO kulprit_request_minutes AS
SELECT
    ServiceName AS service,
    toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
    toInt64(count()) AS requests,
    toInt64(countIf({% include "_spans/request_failed.sql" %})) AS errors,
    (sumMap([toUInt16(8 * log2(greatest(Duration, 1)))], [toInt64(1)]) AS durations).1 AS `durationsMap.bucket`,
    durations.2 AS `durationsMap.requests`
FROM otel_traces
WHERE {% include "_spans/request_kind.sql" %}

GROUP BY service, minute
