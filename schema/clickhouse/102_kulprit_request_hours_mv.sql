-- Purpose: fills kulprit_request_hours from whatever is written into kulprit_request_minutes, corrections included.
CREATE MATERIALIZED VIEW IF NOT EXISTS kulprit_request_hours_mv{{ on_cluster }} TO kulprit_request_hours AS
SELECT
    service,
    toStartOfHour(minute) AS hour,
    sum(kulprit_request_minutes.requests) AS requests,
    sum(kulprit_request_minutes.errors) AS errors,
    (sumMap(durationsMap.bucket, durationsMap.requests) AS durations).1 AS `durationsMap.bucket`,
    durations.2 AS `durationsMap.requests`
FROM kulprit_request_minutes
GROUP BY service, hour
