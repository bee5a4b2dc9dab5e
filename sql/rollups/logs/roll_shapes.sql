-- Purpose: records the shapes of a bucket's lines: masked text, two messages, first and last seen. Before the counts,
--   so that whoever reads a count finds its text. Doing it twice changes nothing.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
--   whole_bucket Bool  all lines of the bucket rather than those of pending cells
-- Reads: kulprit_log_minutes, {{ logs.table | name }}
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH
    {bucket:DateTime('UTC')} AS bucket,

    -- the cells to roll; a scalar, so that every part below sees the same ones. Unfolded where it is asked, since IN
    -- over an array compares row by row with all its elements.
    (
        SELECT groupArray((service, minute))
        FROM
        (
            SELECT service::String AS service, minute
            FROM kulprit_log_minutes
            WHERE minute >= bucket AND minute < bucket + toIntervalMinute(10)
            GROUP BY service, minute
            HAVING sum(ledger) != 0
        )
    ) AS pending,

    {%+ include "_logs/said.sql" %} AS said
SELECT
    {{ logs.service | ident }}::String AS service,
    kulprit_shape(said) AS shape_id,
    kulprit_shape_text(substring(min(said), 1, 65536)) AS text,
    substring(min({{ logs.body | ident }}), 1, 2048) AS sample_min,
    substring(max({{ logs.body | ident }}), 1, 2048) AS sample_max,
    min({{ logs.timestamp | ident }}) AS first_seen,
    max({{ logs.timestamp | ident }}) AS last_seen
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= bucket AND {{ logs.timestamp | ident }} < bucket + toIntervalMinute(10)
  {{- pruned("logs", "bucket", "bucket + toIntervalMinute(10)") }}
  AND ({whole_bucket:Bool}
      OR (service, toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC'))) IN
          (SELECT cell.1, cell.2 FROM (SELECT arrayJoin(pending) AS cell)))
GROUP BY service, shape_id
