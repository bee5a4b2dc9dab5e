-- Purpose: the parts of a table that a rollup has not counted yet, and those that it counts though they are gone. A
--   part is known by its name and its content.
-- Params:
--   rollup String  which rollup: logs or requests
--   database String  the table's database; empty means the current one
--   table String  the table's name
-- Columns:
--   parts UInt64  how many parts the table has; a view has none
--   state UInt64  a hash of the parts that it has (rollups/parts/state)
--   changes Array(Tuple(String, String, String, Int64, Int64, UInt32, UInt64, UInt64, UInt32, UInt32, Int64))
--      each such part: name, content, partition, first and last block, level, last mutation, rows, first and last
--      minute of its rows in seconds where the rollup knows them, and how often the rollup counts it (0: not yet)
-- Reads: system.parts, kulprit_rolled_parts
SELECT
    sum(is_there) AS parts,
    groupBitXorIf(cityHash64(part, content), is_there > 0) AS state,
    groupArrayIf(
        (part, content, partition_id, min_block, max_block, level, mutation, rows, first_minute, last_minute, known),
        (is_there > 0) != (known > 0)) AS changes
FROM
(
    SELECT
        part,
        content,
        any(partition_id) AS partition_id,
        any(min_block) AS min_block,
        any(max_block) AS max_block,
        any(level) AS level,
        any(mutation) AS mutation,
        any(rows) AS rows,
        toUInt32(max(first_minute)) AS first_minute,
        toUInt32(max(last_minute)) AS last_minute,
        sum(known) AS known,
        sum(is_there) AS is_there
    FROM
    (
        SELECT
            name AS part,
            hash_of_all_files AS content,
            partition_id,
            min_block_number AS min_block,
            max_block_number AS max_block,
            level,
            -- the version of a part without mutations is its first block
            toUInt64(if(data_version > max_block_number, data_version, 0)) AS mutation,
            rows,
            toDateTime(0, 'UTC') AS first_minute,
            toDateTime(0, 'UTC') AS last_minute,
            toInt64(0) AS known,
            toUInt64(1) AS is_there
        FROM system.parts
        WHERE active
            AND database = if({database:String} = '', currentDatabase(), {database:String})
            AND table = {table:String}
        UNION ALL
        SELECT
            part,
            content,
            partition_id,
            min_block,
            max_block,
            level,
            mutation,
            rows,
            first_minute,
            last_minute,
            known,
            toUInt64(0) AS is_there
        FROM kulprit_rolled_parts
        WHERE rollup = {rollup:String}
    )
    GROUP BY part, content
)
