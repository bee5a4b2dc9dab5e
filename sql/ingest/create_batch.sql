-- Purpose: a temporary table for a batch that was sent before, parted as the table that it belongs in.
-- Params:
-- Reads:
CREATE TEMPORARY TABLE kulprit_batch AS {{ batch.table | ident }}
ENGINE = MergeTree
{% if batch.partition_key %}
PARTITION BY {{ batch.partition_key | verbatim }}
{% endif %}
ORDER BY tuple()
