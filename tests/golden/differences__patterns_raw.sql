-- Purpose: what sets the lines of changed patterns apart from what is usual, for a user who may only read: plain SQL
--   over the log table. A pattern is the message with every token that holds a digit masked.
-- Params:
--   group_patterns Array(UInt64)  the patterns, each a group
--   group_services Array(String)  the service of each
--   group_anywhere Array(UInt64)  1: its lines in any service
--   group_reversed Array(UInt64)  1: ask about the lines of the baseline, since the pattern is gone from the window
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   budget UInt64  the lines to read of a group; of more, a sample is read
--   services Array(String)  the services in scope

-- Columns:
--   group_id UInt32  which group of lines or requests the row is about, from 0 on
--   kind String  all (the group itself, one row each), value (a value of an attribute), key (that the attribute is
--      there at all), or left_out (an attribute whose values are not compared: value says why)
--   source String  where the attribute is: resource, log, span, or column
--   key String  the attribute's name
--   value String  its value, cut to 256 characters
--   target UInt64  lines or requests with it in the group that the question is about
--   usual UInt64  those with it in the group that it is held against
--   target_read UInt64  lines or requests that were read of the first group
--   usual_read UInt64  those that were read of the second
--   target_total UInt64  all lines or requests of the first group, read or not
--   usual_total UInt64  all of the second
--   usual_is_own UInt8  1: held against the same pattern; 0: against all lines of the service, since the pattern is new
--   effect Float64  (p - q) ln (p / q) over the smoothed shares p and q, in nats: the same for a value that vanished
--   g2 Float64  log-likelihood ratio of the two-by-two table
--   dispersion Float64  how many times more than chance the share varies, at least 1
--   p_value Float64  the probability of such a g2 / dispersion or a larger one when nothing sets the groups apart
--   q_value Float64  the same as a false discovery rate over all rows that were tested
--   values UInt64  how many values the attribute has
--   target_witnesses Array(UInt32)  some lines of the first group with it: rows with the same ones say the same thing
--   usual_witnesses Array(UInt32)  some lines of the second group with it
-- Reads: otel_logs
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
    {budget:UInt64} AS budget,
    intDiv(budget, 50) + 1 AS witnesses,

    -- The windows in nanoseconds: is it the current one, from, to, what lies before it of its side, and how long its
    -- side is. Several baseline windows are one side.
    (
        WITH
            arrayMap(span -> (toUnixTimestamp64Nano(span.1), toUnixTimestamp64Nano(span.2)),
                [(current_from, current_to), (baseline_from, baseline_to)]) AS first_two,
            [first_two[2]]
            AS baselines,
            arrayMap(span -> span.2 - span.1, baselines) AS lengths
        SELECT arrayConcat(
            [(1, first_two[1].1, first_two[1].2, 0, first_two[1].2 - first_two[1].1)],
            arrayMap(
                (span, number) -> (0, span.1, span.2, arraySum(arraySlice(lengths, 1, number - 1)), arraySum(lengths)),
                baselines, arrayEnumerate(baselines)))::Array(Tuple(UInt8, Int64, Int64, Int64, Int64))
    ) AS spans,
    -- Where a moment lies in a window of which `span` tells: in which of twelve slices of its side, and in which of
    -- some 3,600 ticks. Lines are sampled by tick and service, so that whole stretches of the table need not be read.
    (at, span) -> least(11, intDiv(at - span.2 + span.4, greatest(1, intDiv(span.5, 12)))) AS slice_of,
    (at, span) -> intDiv(at - span.2 + span.4, greatest(1, intDiv(span.5, 3600))) AS tick_of,


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
    (
        SELECT groupArray((group_id, role, lines))
        FROM
        (
            SELECT group_id::UInt32 AS group_id, role, count() AS lines
            FROM
            (
        WITH
            stored.`Timestamp` AS logged,
            toUnixTimestamp64Nano(toDateTime64(logged, 9, 'UTC')) AS at
        SELECT
            stored.`ServiceName`::String AS service,
            sipHash64(arrayStringConcat(
                -- what a line says, in plain SQL: its severity but INFO, its message with every token masked that holds
                -- a digit, and what tells how it ended
                arrayFilter(part -> part != '', [
                    replaceOne(transform(
                    upper(trimBoth(extract(if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]), '^\\s*[0-9]+\\s*$|[A-Za-z]+'))),
                    arrayConcat(
                        ['T', 'V', 'TRACE', 'TRCE', 'TRC', 'FINEST', 'SILLY', 'FINER', 'VERBOSE', 'VRB'],
                        ['D', 'FINE', 'DEBUG', 'DBUG', 'DBG', 'DEBU', 'CONFIG'],
                        ['I', 'N', 'INFO', 'INF', 'INFORMATION', 'INFORMATIONAL'],
                        ['LOG', 'SYSTEM', 'AUDIT', 'NOTE', 'NOTICE', '9', '10', '11', '12'],
                        ['W', 'WARN', 'WRN', 'WARNING', '13', '14', '15', '16'],
                        ['E', 'C', 'ERR', 'EROR', 'ERRO', 'ERROR', 'FAIL', 'SEVERE'],
                        ['CRIT', 'CRITICAL', 'DPANIC', 'ALERT', '17', '18', '19', '20'],
                        ['F', 'EMERG', 'EMERGENCY', 'FTL', 'FATAL', 'PANIC', '21', '22', '23', '24']
                    ),
                    arrayConcat(
                        arrayWithConstant(10, 'TRACE'),
                        arrayWithConstant(7, 'DEBUG'),
                        arrayWithConstant(6, 'INFO'),
                        arrayWithConstant(9, 'INFO'),
                        arrayWithConstant(8, 'WARN'),
                        arrayWithConstant(8, 'ERROR'),
                        arrayWithConstant(8, 'ERROR'),
                        arrayWithConstant(10, 'FATAL')
                    ), ''), 'INFO', ''),
                    replaceRegexpAll(`Body`, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>'),
                    extract(`Body`,
                        '(?i)(?:HTTP/[0-9.]+|status|code|responded|returned|errno|signal)["\'=: \\]]+([0-9]{1,3})\\b'),
                    arrayStringConcat(
                    arrayMap(
                        key -> concat(key, '=', substring(`LogAttributes`[key], 1, 64)),
                        arraySort(arrayFilter(
                            key -> key IN (
                                'status', 'Status', 'status_code', 'statusCode', 'StatusCode', 'status.code',
                                'http.response.status_code', 'http.status_code', 'http_status', 'http_status_code',
                                'http.status', 'response_code', 'response.status', 'response.status_code',
                                'rpc.grpc.status_code', 'rpc.response.status_code', 'grpc.code', 'grpc_code',
                                'grpc.status_code', 'db.response.status_code', 'exit_code', 'exitCode', 'exit.code',
                                'exit_status', 'process.exit.code', 'signal', 'code', 'errno', 'error_code',
                                'errorCode', 'error.code', 'sqlstate', 'error.type', 'exception.type', 'result',
                                'outcome', 'event.outcome'                            ),
                            mapKeys(`LogAttributes`)))),
                    ' ')                ]), ' ')) AS message,
            at,
            span,
            span.1 AS is_current,
            key
        FROM `otel_logs` AS stored
        ARRAY JOIN arrayFilter(span -> at >= span.2 AND at < span.3, spans) AS span
        ARRAY JOIN [cityHash64(service, message), cityHash64(message),
            cityHash64(service, 0::UInt64), cityHash64(0::UInt64)] AS key
        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WHERE ((logged >= current_from AND logged < current_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(current_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(baseline_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(baseline_to))
          )
          AND stored.`ServiceName` IN {services:Array(String)}
          AND (key, is_current) IN (SELECT key, is_current FROM belonging)
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
        WITH
            stored.`Timestamp` AS logged,
            toUnixTimestamp64Nano(toDateTime64(logged, 9, 'UTC')) AS at
        SELECT
            stored.`ServiceName`::String AS service,
            sipHash64(arrayStringConcat(
                -- what a line says, in plain SQL: its severity but INFO, its message with every token masked that holds
                -- a digit, and what tells how it ended
                arrayFilter(part -> part != '', [
                    replaceOne(transform(
                    upper(trimBoth(extract(if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]), '^\\s*[0-9]+\\s*$|[A-Za-z]+'))),
                    arrayConcat(
                        ['T', 'V', 'TRACE', 'TRCE', 'TRC', 'FINEST', 'SILLY', 'FINER', 'VERBOSE', 'VRB'],
                        ['D', 'FINE', 'DEBUG', 'DBUG', 'DBG', 'DEBU', 'CONFIG'],
                        ['I', 'N', 'INFO', 'INF', 'INFORMATION', 'INFORMATIONAL'],
                        ['LOG', 'SYSTEM', 'AUDIT', 'NOTE', 'NOTICE', '9', '10', '11', '12'],
                        ['W', 'WARN', 'WRN', 'WARNING', '13', '14', '15', '16'],
                        ['E', 'C', 'ERR', 'EROR', 'ERRO', 'ERROR', 'FAIL', 'SEVERE'],
                        ['CRIT', 'CRITICAL', 'DPANIC', 'ALERT', '17', '18', '19', '20'],
                        ['F', 'EMERG', 'EMERGENCY', 'FTL', 'FATAL', 'PANIC', '21', '22', '23', '24']
                    ),
                    arrayConcat(
                        arrayWithConstant(10, 'TRACE'),
                        arrayWithConstant(7, 'DEBUG'),
                        arrayWithConstant(6, 'INFO'),
                        arrayWithConstant(9, 'INFO'),
                        arrayWithConstant(8, 'WARN'),
                        arrayWithConstant(8, 'ERROR'),
                        arrayWithConstant(8, 'ERROR'),
                        arrayWithConstant(10, 'FATAL')
                    ), ''), 'INFO', ''),
                    replaceRegexpAll(`Body`, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>'),
                    extract(`Body`,
                        '(?i)(?:HTTP/[0-9.]+|status|code|responded|returned|errno|signal)["\'=: \\]]+([0-9]{1,3})\\b'),
                    arrayStringConcat(
                    arrayMap(
                        key -> concat(key, '=', substring(`LogAttributes`[key], 1, 64)),
                        arraySort(arrayFilter(
                            key -> key IN (
                                'status', 'Status', 'status_code', 'statusCode', 'StatusCode', 'status.code',
                                'http.response.status_code', 'http.status_code', 'http_status', 'http_status_code',
                                'http.status', 'response_code', 'response.status', 'response.status_code',
                                'rpc.grpc.status_code', 'rpc.response.status_code', 'grpc.code', 'grpc_code',
                                'grpc.status_code', 'db.response.status_code', 'exit_code', 'exitCode', 'exit.code',
                                'exit_status', 'process.exit.code', 'signal', 'code', 'errno', 'error_code',
                                'errorCode', 'error.code', 'sqlstate', 'error.type', 'exception.type', 'result',
                                'outcome', 'event.outcome'                            ),
                            mapKeys(`LogAttributes`)))),
                    ' ')                ]), ' ')) AS message,
            at,
            span,
            span.1 AS is_current,
            cityHash64(stored.`TraceId`) AS trace,
            stored.`TraceId` != '' AS is_traced,
            arrayConcat(
    arrayMap(pair -> ('resource', pair.1, pair.2),
        stored.`ResourceAttributes`::Array(Tuple(String, String))),
    arrayMap(pair -> ('log', pair.1, pair.2), stored.`LogAttributes`::Array(Tuple(String, String))),
    [
        ('column', 'service', stored.`ServiceName`::String),
        ('column', 'level', if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]))
    ]) AS attributes,
            key
        FROM `otel_logs` AS stored
        ARRAY JOIN arrayFilter(span -> at >= span.2 AND at < span.3, spans) AS span
        ARRAY JOIN [cityHash64(service, message), cityHash64(message),
            cityHash64(service, 0::UInt64), cityHash64(0::UInt64)] AS key
        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WHERE ((logged >= current_from AND logged < current_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(current_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(baseline_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(baseline_to))
          )
          AND stored.`ServiceName` IN {services:Array(String)}
          AND (key, is_current) IN (SELECT key, is_current FROM belonging)
        ) AS placed
        INNER JOIN wanted USING (key, is_current)
        WHERE cityHash64(service, tick_of(at, span)) % one_in = 0
    ),

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
            if(
                has(cells, 0) OR total = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    cells,
                    arrayMap((cell, y) -> y / cell, cells, excesses)
                )
            ) AS g2,
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
            if(is_tested, erfc((8 * degrees + 1) / (8 * degrees + 3)
                    * sqrt(degrees * log1p((g2 / dispersion) / degrees)) / sqrt(2)), 1) AS p_value
        FROM scored
    ),

    -- Benjamini and Hochberg's adjustment: the least p n / rank from here up
    adjusted AS
    (
        SELECT *, if(is_tested,
            least(1, min(p_value * n / p_rank) OVER (PARTITION BY is_tested ORDER BY p_value DESC)), 1)
            AS q_value
        FROM
        (
            SELECT *, toFloat64(countIf(is_tested) OVER ()) AS n,
                n + 1 - row_number() OVER (PARTITION BY is_tested ORDER BY p_value DESC) AS p_rank
            FROM tested
        )
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
