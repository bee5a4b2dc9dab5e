-- Purpose: stores of a batch that was sent before what is missing: a partition is one part, so all its rows or none.
-- Params:
-- Reads: kulprit_batch
INSERT INTO `otel_logs` (`Timestamp`, `ServiceName`, `Body`)
-- Nothing is left out for being known: the tokens are what went wrong.
SETTINGS insert_deduplicate = 0, max_partitions_per_insert_block = 0
SELECT `Timestamp`, `ServiceName`, `Body`
FROM kulprit_batch
WHERE _partition_id IN
(
    SELECT _partition_id
    FROM kulprit_batch
    WHERE sipHash128(`Timestamp`, `ServiceName`, `Body`) NOT IN
    (
        SELECT sipHash128(`Timestamp`, `ServiceName`, `Body`)
        FROM `otel_logs`
        WHERE `Timestamp` BETWEEN (SELECT min(`Timestamp`) FROM kulprit_batch)
            AND (SELECT max(`Timestamp`) FROM kulprit_batch)
    )
)
