-- Purpose: credits the ledger of kulprit_log_minutes with the lines of each INSERT into the log table.
-- Plain SQL without a function of Kulprit's: a broken UDF can neither fail such an INSERT nor make a client repeat it.
CREATE MATERIALIZED VIEW IF NOT EXISTS kulprit_log_arrivals{{ on_cluster }} TO kulprit_log_minutes
(
    `service` LowCardinality(String),
    `minute` DateTime('UTC'),
    `ledger` Int64
) AS
SELECT
    ServiceName AS service,
    toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
    toInt64(count() * (1 + cityHash64(minute) % 65521)) AS ledger
FROM {{ source("logs") }}
GROUP BY service, minute
