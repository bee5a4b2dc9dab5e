-- Purpose: records the shapes of the newest lines that were there before Kulprit came, so that answers group them by
--   pattern at once.
-- Params:
--   since DateTime('UTC')  the first minute to look at
-- Reads: otel_logs
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
SELECT
    `ServiceName`::String AS service,
    kulprit_shape(`Body`) AS shape_id,
    kulprit_shape_text(substring(min(`Body`), 1, 65536)) AS text,
    substring(min(`Body`), 1, 2048) AS sample_min,
    substring(max(`Body`), 1, 2048) AS sample_max,
    min(`Timestamp`) AS first_seen,
    max(`Timestamp`) AS last_seen
FROM `otel_logs`
WHERE `Timestamp` >= {since:DateTime('UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({since:DateTime('UTC')})
GROUP BY service, shape_id
