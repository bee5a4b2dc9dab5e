-- Purpose: stores of a batch that was sent before what is missing: a partition is one part, so all its rows or none.
-- Params:
-- Reads: kulprit_batch
{% set columns %}
{% for column in batch.columns %}
{{- column | column }}{% if not loop.last %}, {% endif %}
{% endfor %}
{% endset %}
INSERT INTO {{ batch.table | ident }} ({{ columns | trim | verbatim }})
-- Nothing is left out for being known: the tokens are what went wrong.
SETTINGS insert_deduplicate = 0, max_partitions_per_insert_block = 0
SELECT {{ columns | trim | verbatim }}
FROM kulprit_batch
WHERE _partition_id IN
(
    SELECT _partition_id
    FROM kulprit_batch
    WHERE sipHash128({{ columns | trim | verbatim }}) NOT IN
    (
        SELECT sipHash128({{ columns | trim | verbatim }})
        FROM {{ batch.table | ident }}
        WHERE {{ batch.time | column }} BETWEEN (SELECT min({{ batch.time | column }}) FROM kulprit_batch)
            AND (SELECT max({{ batch.time | column }}) FROM kulprit_batch)
    )
)
