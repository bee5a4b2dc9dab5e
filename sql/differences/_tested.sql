{#
What sets the two sides of each group apart.
Expects the CTEs facts(group_id, is_target, slice, line, trace, is_traced, message, attributes, is_witness): one row a
line or request that was read, and sizes(group_id, target_total, usual_total, usual_is_own).
#}
    -- each value of each attribute; the empty key stands for all lines
    counted AS
    (
        SELECT
            group_id,
            attribute.1 AS source,
            attribute.2 AS key,
            substringUTF8(toValidUTF8(attribute.3), 1, 256) AS value,
            countIf(is_target) AS target,
            countIf(NOT is_target) AS usual,
            countResample(0, 24, 1)(slice + 12 * is_target) AS slices,
            groupArrayIf(toUInt32(line), is_witness AND is_target) AS target_witnesses,
            groupArrayIf(toUInt32(line), is_witness AND NOT is_target) AS usual_witnesses,
            groupUniqArrayIf(64)(message, message != 0 AND NOT is_target) AS messages,
            -- lines of one request are one piece of evidence
            uniqIf(trace, is_traced AND is_target AND key = '') + countIf(NOT is_traced AND is_target) AS units
        FROM facts
        ARRAY JOIN arrayPushFront(attributes, ('', '', '')) AS attribute
        GROUP BY group_id, source, key, value
    ),

    -- each attribute, and those of its values that enough lines have
    keys AS
    (
        SELECT
            group_id,
            source,
            key,
            sum(target) AS key_target,
            sum(usual) AS key_usual,
            sumForEach(slices) AS key_slices,
            groupArrayArray(target_witnesses) AS key_target_witnesses,
            groupArrayArray(usual_witnesses) AS key_usual_witnesses,
            sum(units) AS key_units,
            count() AS values,
            sum(arrayCount(lines -> lines > 0, slices)) AS value_slices,
            avg(isNotNull(toFloat64OrNull(value))) AS numeric_part,
            sum(length(messages)) AS message_values,
            length(groupUniqArrayArray(messages)) AS message_count,
            arraySlice(arrayReverseSort(
                row -> row.2 + row.3,
                groupArrayIf((value, target, usual, slices, target_witnesses, usual_witnesses), target + usual >= 5)
            ), 1, 200) AS common
        FROM counted
        GROUP BY group_id, source, key
    ),

    -- the whole group beside each attribute, and whether the attribute's values can be compared
    grouped AS
    (
        SELECT
            *,
            anyIf((key_target, key_usual, key_units, key_slices), key = '') OVER (PARTITION BY group_id) AS of_group,
            key_target + key_usual AS key_lines,
            multiIf(
                -- most values once or twice
                key_lines >= 10 AND values > 0.4 * key_lines, 'ids',
                -- each value at one time only, though there are several lines with it
                values >= 12 AND value_slices <= 2.5 * values AND key_lines >= 6 * values, 'moments',
                -- measured, not named
                values > 20 AND numeric_part > 0.9, 'numbers',
                -- one value for each message, such as a line of code: it says no more than the message
                message_count >= 3 AND message_values <= 1.05 * message_count AND values > 1
                    AND key_usual >= 5 * message_values, 'message',
                '') AS left_out
        FROM keys
    ),

    listed AS
    (
        SELECT
            group_id,
            source,
            key,
            values,
            of_group.1 AS target_read,
            of_group.2 AS usual_read,
            of_group.3 AS units_read,
            of_group.4 AS all_slices,
            row.1 AS kind,
            row.2 AS value,
            row.3 AS target,
            row.4 AS usual,
            row.5 AS slices,
            row.6 AS target_witnesses,
            row.7 AS usual_witnesses
        FROM
        (
            SELECT
                * EXCEPT (common, key_units, key_lines),
                [(if(key = '', 'all', 'key'), '', key_target, key_usual, key_slices, key_target_witnesses,
                    key_usual_witnesses)] AS whole,
                arrayMap(
                    row -> ('value', row.1, row.2, row.3, row.4, row.5, row.6),
                    -- of numbers only one that most lines have
                    arrayFilter(
                        row -> key != '' AND (left_out = '' OR (left_out = 'numbers' AND 2 * row.2 > key_target)),
                        common)) AS of_value,
                if(left_out = '', [],
                    [('left_out', left_out, key_target, key_usual, key_slices, [], [])]) AS of_left_out
            FROM grouped
        )
        ARRAY JOIN arrayConcat(whole, of_value, of_left_out) AS row
        -- what all lines have, or none, is no difference
        WHERE kind IN ('all', 'left_out') OR target < target_read OR usual < usual_read
    ),

    -- how much the share of a value varies from slice to slice of what is usual: Pearson's chi squared; a value borrows
    -- from the others of its attribute
    varied AS
    (
        SELECT
            *,
            usual / greatest(1, usual_read) AS part,
            arrayCount(total -> total > 0, arraySlice(all_slices, 1, 12)) AS slices_read,
            if(usual = 0, 0,
                -- of the share and of its rest: over the slices, sum (l - n p)^2 / (n p (1 - p))
                arraySum(
                    (lines, total) -> if(total = 0, 0, pow(lines - total * part, 2) / total),
                    arraySlice(slices, 1, 12), arraySlice(all_slices, 1, 12))
                / greatest(part * (1 - part), 1 / (2 * usual_read))) AS chi
        FROM listed
    ),

    -- the two-by-two table of each, and what it borrows
    tabled AS
    (
        SELECT
            *,
            greatest(0, toFloat64(slices_read) - 1) AS own_degrees,
            own_degrees + 4 AS degrees,
            greatest(1, avgIf(chi, usual > 0) OVER (PARTITION BY group_id, source, key)
                / greatest(1, own_degrees)) AS pooled,
            greatest(1, target_read / greatest(1, units_read),
                if(usual = 0, pooled, (chi + 4 * pooled) / degrees)) AS dispersion,
            toFloat64(target_read) AS c_size,
            toFloat64(usual_read) AS b_size,
            toFloat64(target) AS c,
            toFloat64(usual) AS b
        FROM varied
    ),

    expected AS
    (
        SELECT
            *,
            c_size + b_size AS total,
            (c + b) / greatest(1, total) AS part_of_both,
            (c * b_size - b * c_size) / greatest(1, total) AS excess,
            [c_size * part_of_both, c_size * (1 - part_of_both), b_size * part_of_both, b_size * (1 - part_of_both)]
                AS cells,
            [excess, -excess, -excess, excess] AS excesses,
            (c + 0.5) / (c_size + 1) AS p,
            (b + 0.5) / (b_size + 1) AS q
        FROM tabled
    ),

    scored AS
    (
        SELECT
            *,
            {%+ include "_statistics/g2.sql" %} AS g2,
            (p - q) * log(p / q) AS effect,
            -- five lines, or five that are missing
            kind IN ('value', 'key') AND c_size > 0 AND b_size > 0 AND (c >= 5 OR c_size * q >= 5) AS is_tested
        FROM expected
    ),

    tested AS
    (
        SELECT
            *,
            -- the tail of Student's t, by Wallace's approximation
{% set t_squared = "(g2 / dispersion)" %}
{% set degrees_of_freedom = "degrees" %}
            if(is_tested, {%+ include "_statistics/student_tail.sql" %}, 1) AS p_value
        FROM scored
    ),

    -- Benjamini and Hochberg's adjustment: the least p n / rank from here up
    adjusted AS
    (
{% set is_tested = "is_tested" %}
{% set tests = "tested" %}
{% include "_statistics/benjamini_hochberg.sql" +%}
    )

SELECT
    group_id,
    kind,
    source,
    key,
    value,
    target,
    usual,
    target_read,
    usual_read,
    target_total,
    usual_total,
    usual_is_own,
    effect,
    g2,
    dispersion,
    p_value,
    q_value,
    values,
    target_witnesses,
    usual_witnesses
FROM adjusted
INNER JOIN sizes USING (group_id)
-- no more than sixty of a group, those with the largest effect
WHERE kind IN ('all', 'left_out') OR (q_value <= 0.001 AND effect >= 0.01)
ORDER BY group_id, kind = 'all' DESC, kind = 'left_out', effect DESC, source, key, value
LIMIT 60 BY group_id
