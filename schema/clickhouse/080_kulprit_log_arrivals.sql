-- Purpose: credits the ledger of kulprit_log_minutes with the lines of each INSERT into the log table.
-- Plain SQL without a function of Kulprit's: a broken UDF can neither fail such an INSERT nor make a client repeat it.
CREATE MATERIALIZED VIEW IF NOT EXISTS kulprit_log_arrivals{{ on_cluster }} TO kulprit_log_minutes
(
    `service` LowCardinality(String),
    `minute` DateTime('UTC'),
    `shapesMap.shape_id` Array(UInt64),
    `shapesMap.lines` Array(Int64)
) AS
SELECT
    {{ logs.service | ident }} AS service,
    toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC')) AS minute,
    [toUInt64(0)] AS `shapesMap.shape_id`,
    [toInt64(count() * (1 + cityHash64(minute) % 65521))] AS `shapesMap.lines`
FROM {{ logs.table | ident }}
GROUP BY service, minute
