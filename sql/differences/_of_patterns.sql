{#
What sets the lines of some patterns apart. Expects `pattern_of_line`, the part that says which pattern a line has.
#}
    -- Which lines make up which group, by a key of service and pattern; pattern 0 means any. Role 1 are the lines that
    -- the question is about, 0 those of the same pattern in the other window, 2 all of the service in the other window.
    belonging AS
    (
        SELECT place.1 AS key, place.2 AS is_current, place.3 AS role, number - 1 AS group_id
        FROM
        (
            SELECT
                row.1 AS pattern, row.2 AS service, row.3 != 0 AS is_anywhere, row.4 != 0 AS is_reversed,
                row.5 AS number,
                if(is_anywhere, cityHash64(pattern), cityHash64(service, pattern)) AS pattern_key,
                if(is_anywhere, cityHash64(0::UInt64), cityHash64(service, 0::UInt64)) AS service_key,
                [(pattern_key, NOT is_reversed, 1), (pattern_key, is_reversed, 0), (service_key, is_reversed, 2)]
                    ::Array(Tuple(UInt64, UInt8, UInt8)) AS places
            FROM
            (
                SELECT arrayJoin(arrayZip(
                    {group_patterns:Array(UInt64)}, {group_services:Array(String)}, {group_anywhere:Array(UInt64)},
                    {group_reversed:Array(UInt64)}, arrayEnumerate({group_patterns:Array(UInt64)}))) AS row
            )
        )
        ARRAY JOIN places AS place
    ),

    -- the lines of each role
{% set with_attributes = false %}
    (
        SELECT groupArray((group_id, role, lines))
        FROM
        (
            SELECT group_id::UInt32 AS group_id, role, count() AS lines
            FROM
            (
{% include "differences/_placed.sql" +%}
            ) AS placed
            INNER JOIN belonging USING (key, is_current)
            GROUP BY group_id, role
        )
    ) AS tallies,

    -- a pattern is held against itself, or, where it had few lines or none, against all of its service
    sizes AS
    (
        SELECT
            tally.1 AS group_id,
            sumIf(tally.3, tally.2 = 1) AS target_total,
            sumIf(tally.3, tally.2 = 0) AS own_total,
            (own_total >= 200)::UInt8 AS usual_is_own,
            if(usual_is_own = 1, own_total, sumIf(tally.3, tally.2 = 2)) AS usual_total
        FROM (SELECT arrayJoin(tallies) AS tally)
        GROUP BY group_id
    ),

    wanted AS
    (
        SELECT
            key, is_current, group_id::UInt32 AS group_id, role = 1 AS is_target,
            if(is_target, target_total, usual_total) AS lines,
            intDiv(lines, budget) + 1 AS one_in,
            intDiv(least(budget, lines), witnesses) + 1 AS one_witness_in,
            usual_is_own
        FROM belonging
        INNER JOIN sizes USING (group_id)
        WHERE role = 1 OR (role = 0) = (usual_is_own = 1)
    ),

{% set with_attributes = true %}
    facts AS
    (
        SELECT
            group_id,
            is_target::UInt8 AS is_target,
            slice_of(at, span) AS slice,
            trace,
            is_traced,
            -- what goes with the message is no news of a new message
            if(usual_is_own = 1, 0, placed.message) AS message,
            attributes,
            cityHash64(at, trace, attributes) AS line,
            line % one_witness_in = 0 AS is_witness
        FROM
        (
{% include "differences/_placed.sql" +%}
        ) AS placed
        INNER JOIN wanted USING (key, is_current)
        WHERE cityHash64(service, tick_of(at, span)) % one_in = 0
    ),

{% include "differences/_tested.sql" +%}
