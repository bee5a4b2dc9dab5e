-- Purpose: how far `kulprit ingest` has stored each file, so that it stores nothing twice. The newest row wins.
CREATE TABLE IF NOT EXISTS kulprit_file_positions{{ on_cluster }}
(
    `target` LowCardinality(String) COMMENT 'the table that the file was stored in',
    `id` String COMMENT 'the file, whatever it is called',
    `path` String COMMENT 'where it was last',
    `device` UInt64,
    `inode` UInt64,
    `head` String COMMENT 'length and hash of its first bytes, as JSON',
    `stored` String COMMENT 'how far it is stored, as JSON',
    `sending` String COMMENT 'the batch on its way and how far the file is stored with it, as JSON; empty if there is none',
    `updated_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "updated_at") }}
ORDER BY (target, id)
TTL toDateTime(updated_at) + toIntervalDay(365)
