-- Purpose: deletes the texts and messages of all shapes that a stretch of time has had, since lines of it are gone: no
--   message of theirs may stay. rollups/logs/restore_shapes and rolling bring back those of lines that are there.
-- Params:
--   first_minute DateTime('UTC')  the first minute of the stretch
--   last_minute DateTime('UTC')  the last minute of the stretch
-- Reads: kulprit_shapes, kulprit_log_minutes
ALTER TABLE kulprit_shapes DELETE WHERE (service, shape_id) IN
(
    SELECT service, shape_id
    FROM kulprit_log_minutes
    ARRAY JOIN shapesMap.shape_id AS shape_id
    WHERE minute >= {first_minute:DateTime('UTC')} AND minute <= {last_minute:DateTime('UTC')}
)
SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1
