-- Purpose: which log patterns changed between two windows, exactly: whole minutes that are rolled up come from the
--   minute rollup; minutes that a window's edge cuts, whose lines the rollup does not count as they are now, or that
--   lie before the rollup began come from the log table. All of it in one statement, which takes each cell (service
--   and minute) from one of the two.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   covered_from DateTime64(9, 'UTC')  the minute from which on the rollup knows every line (far in the future: read
--      the log table only)
--   uncounted_cells Array(UInt64)  hashes of the cells (service and minute) with lines of parts of the log table that
--      the rollup has not counted yet (rollups/logs/cells_of_parts)
--   uncounted_spans Array(Tuple(DateTime('UTC'), DateTime('UTC')))
--      starts and ends of stretches of which parts are gone that the rollup still counts (rollups/parts/changes)
--   uncounted_from DateTime('UTC')  the first minute of all of these
--   uncounted_to DateTime('UTC')  the end of all of these
--   limit UInt32  the number of patterns to return
--   ignored_patterns Array(UInt64)  the patterns that the org leaves out of rankings (log_changes/choices)
--   services Array(String)  the services in scope
-- Columns:
--   place UInt64  The place in the ranking: changes by their effect, services without a past, then the rest by its evidence.
--   service String  The service that logged the pattern.
--   pattern_id UInt64  The pattern.
--   pattern String  The pattern's masked text.
--   representative_logs Array(String)  One or two of its messages.
--   name String  What the catalog or its keepers call it; empty where it has no name.
--   current_count UInt64  Lines in the current window.
--   baseline_count UInt64  Lines in the baseline; of several windows, the median over those with lines of its service.
--   kl_contribution Float64  What it adds to kl_total: p ln(p/q) in nats, p and q its smoothed shares of both windows.
--   relative_change Float64  (current share - baseline share) / smoothed baseline share: 1.5 is +150 %.
--   g2 Float64  G² of the pattern against the other lines of its service, or of its rate where there are none.
--   dispersion Float64  How many times more than chance its counts varied in the slices of the past; at least 1.
--   p_value Float64  The probability of such a strength or more when nothing changed (Student's t); 1 below five lines.
--   q_value Float64  The same as a false discovery rate (Benjamini-Hochberg) over all patterns in scope.
--   strength Float64  The evidence for a change: g2 divided by dispersion.
--   status String  new, gone, up, down or same. The direction is the rate's; same: q_value over 0.05, or only the share changed.
--   kept_for UInt64  Bits: 1 among those asked for, 2 never seen before and untested, 4 its past ends unlike it began, 8 its service.
--   current_total UInt64  Lines of all patterns in the current window.
--   baseline_total UInt64  Lines of all patterns in the baseline: for each service the median of its windows.
--   pattern_total UInt64  Patterns that have lines in either window.
--   kl_total Float64  The Kullback–Leibler divergence of the current window from the baseline, in nats.
--   jensen_shannon Float64  The Jensen–Shannon divergence of the two windows, in nats: 0 to ln 2.
--   baseline_totals Array(UInt64)  Lines of all patterns in each baseline window.
--   steps Array(UInt64)  Its lines in 32 slices of the past and in 60 steps of the current window, each of whole minutes.
--   service_lines Array(UInt64)  Lines of its service in the current window, in the baseline and in each slice of the past.
--   past_lines Array(UInt64)  Lines of all patterns in each slice of the past, the oldest first.
--   left_out Array(UInt64)  How many ignored patterns have lines in the current window, and these lines.
-- Reads: kulprit_log_minutes, otel_logs, kulprit_pattern_of_shape, kulprit_pattern_dictionary,
-- kulprit_shape_dictionary
-- Calls: kulprit_shape, kulprit_shape_text, kulprit_changes
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
    {covered_from:DateTime64(9, 'UTC')} AS covered_from,

    -- The past that tells how much a pattern wobbles: the baseline and one or two hours up to its
    -- end, in slices as long as the current window if 12 to 30 of them fit, of whole minutes. The current
    -- window's own course is cut into 60 steps at most.
    greatest(1, dateDiff('millisecond', current_from, current_to)) AS current_length,
    greatest(1, dateDiff('millisecond', baseline_from, baseline_to)) AS baseline_length,
    intDiv(current_length + 999, 1000) AS current_seconds,
    intDiv(baseline_length + 999, 1000) AS baseline_seconds,
    greatest(baseline_seconds, 3600, least(8 * current_seconds, 7200)) AS past_seconds,
    60 * greatest(1,
        intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59,
        60)) AS slice_seconds,
    intDiv(past_seconds + slice_seconds - 1, slice_seconds) AS past_slices,
    toDateTime(toUnixTimestamp(baseline_to) - slice_seconds * past_slices, 'UTC') AS past_from,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,


    -- the minutes that the windows' edges cut in two; empty ranges where an edge is a whole minute
    arrayConcat(
        
        [current_from, current_to, baseline_from, baseline_to, toDateTime64(past_from, 9, 'UTC')]
    ) AS edges,
    arrayMap(edge -> toStartOfMinute(edge), edges) AS cut_from,
    arrayMap(edge -> toStartOfMinute(edge + toIntervalNanosecond(59999999999)), edges) AS cut_to,
    cut_minutes AS
    (
        SELECT cut.1 AS minute
        FROM (SELECT arrayJoin(arrayZip(cut_from, cut_to)) AS cut)
        WHERE cut.1 < cut.2
    ),

    -- lines of each shape in the windows, in slices of the past (0 to 31) and steps of the current window (32 to 91)
    rolled AS
    (
        SELECT
            service::String AS service,
            shape_id,
            sumIf(lines, minute >= current_from AND minute < current_to) AS current_lines,
            [sumIf(lines, `minute` >= baseline_from AND `minute` < baseline_to)]
 AS baseline_lines,
            sumResample(0, 92, 1)(lines, multiIf(
                -- by the beginning of its minute, as the rollup has it
                `minute` >= current_from AND `minute` < current_to,
                    least(91, 32 + intDiv(
                        greatest(toUnixTimestamp(`minute`) - toUnixTimestamp(`minute`) % 60,
                        toUnixTimestamp(current_from)) - toUnixTimestamp(current_from), step_seconds)),
                `minute` >= past_from AND `minute` < baseline_to,
                    intDiv(greatest(toUnixTimestamp(`minute`) - toUnixTimestamp(`minute`) % 60,
                        toUnixTimestamp(past_from)) - toUnixTimestamp(past_from), slice_seconds),
                92)) AS step_lines,
            '' AS sample_said,
            '' AS sample_min,
            '' AS sample_max,
            1 AS is_rolled
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE ((minute >= current_from AND minute < current_to)
            OR (minute >= past_from AND minute < baseline_to)
          ) AND minute >= covered_from
          AND NOT arrayExists((since, until) -> minute >= since AND minute < until, cut_from, cut_to)
          AND NOT (minute >= {uncounted_from:DateTime('UTC')} AND minute < {uncounted_to:DateTime('UTC')}
              AND (cityHash64(service, minute) IN (SELECT arrayJoin({uncounted_cells:Array(UInt64)}))
                OR arrayExists(span -> minute >= span.1 AND minute < span.2,
                    {uncounted_spans:Array(Tuple(DateTime('UTC'), DateTime('UTC')))})))
          AND cells.service IN {services:Array(String)}
        GROUP BY service, shape_id
    ),

    raw AS
    (
        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WITH
            `Timestamp` AS logged,
            toInt64(1) AS lines,
            concat(
                -- what a line says: its severity, the attributes that tell how it ended, and its message
                '\x1e', if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]), '\x1f',
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
                    ' '),
                '\x1f', `Body`) AS said
        SELECT
            `ServiceName`::String AS service,
            kulprit_shape(said) AS shape_id,
            countIf(logged >= current_from AND logged < current_to)::Int64 AS current_lines,
            [sumIf(lines, `logged` >= baseline_from AND `logged` < baseline_to)]
 AS baseline_lines,
            countResample(0, 92, 1)(multiIf(
                -- by the beginning of its minute, as the rollup has it
                `logged` >= current_from AND `logged` < current_to,
                    least(91, 32 + intDiv(
                        greatest(toUnixTimestamp(`logged`) - toUnixTimestamp(`logged`) % 60,
                        toUnixTimestamp(current_from)) - toUnixTimestamp(current_from), step_seconds)),
                `logged` >= past_from AND `logged` < baseline_to,
                    intDiv(greatest(toUnixTimestamp(`logged`) - toUnixTimestamp(`logged`) % 60,
                        toUnixTimestamp(past_from)) - toUnixTimestamp(past_from), slice_seconds),
                92))::Array(Int64) AS step_lines,
            substring(min(said), 1, 4096) AS sample_said,
            substring(min(`Body`), 1, 2048) AS sample_min,
            substring(max(`Body`), 1, 2048) AS sample_max,
            0 AS is_rolled
        FROM `otel_logs` AS stored
        WHERE ((logged >= current_from AND logged < current_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(current_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(current_to))
            OR (logged >= past_from AND logged < baseline_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(past_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(baseline_to))
          )
          AND ((logged < covered_from
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(covered_from))
            OR (arrayExists((since, until) -> logged >= since AND logged < until, cut_from, cut_to)
                AND toStartOfFiveMinutes(`Timestamp`) IN (SELECT toStartOfFiveMinutes(minute) FROM cut_minutes))
            OR (logged >= {uncounted_from:DateTime('UTC')} AND logged < {uncounted_to:DateTime('UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({uncounted_from:DateTime('UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({uncounted_to:DateTime('UTC')})
                AND (cityHash64(`ServiceName`::String, toStartOfMinute(toDateTime(logged, 'UTC')))
                        IN (SELECT arrayJoin({uncounted_cells:Array(UInt64)}))
                    OR arrayExists(span -> logged >= span.1 AND logged < span.2,
                        {uncounted_spans:Array(Tuple(DateTime('UTC'), DateTime('UTC')))})))
          )
          AND stored.`ServiceName` IN {services:Array(String)}
        GROUP BY service, shape_id
    ),

    -- lines of each shape; messages come along where the rollup does not know them
    counted AS
    (
        SELECT
            service,
            shape_id,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_lines)::UInt64 AS current_count,
            sumForEach(baseline_lines)::Array(UInt64) AS baselines,
            sumForEach(step_lines)::Array(UInt64) AS steps,
            if(max(is_rolled) = 1, [], [max(sample_said), max(sample_min), max(sample_max)]) AS samples,
            has({ignored_patterns:Array(UInt64)}, pattern_id)
                OR dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) AS ignored
        FROM (SELECT * FROM rolled UNION ALL SELECT * FROM raw)
        GROUP BY service, shape_id
    )

SELECT
    place,
    service,
    pattern_id,
    toValidUTF8(
        multiIf(known.1 != '', known.1, empty(samples), described.1, kulprit_shape_text(samples[1]))) AS pattern,
    arrayMap(
        sample -> toValidUTF8(sample),
        arrayDistinct(if(empty(samples), [described.2, described.3], arraySlice(samples, 2)))) AS representative_logs,
    known.2 AS name,
    * EXCEPT (place, service, pattern_id, samples, known, described)
FROM
(
    SELECT
    -- by their place in the function's tuple: ClickHouse takes 4 ms longer to find them by name
    change.1 AS place,
    change.2 AS service,
    change.3 AS pattern_id,
    change.5 AS samples,
        dictGet('kulprit_pattern_dictionary', ('template', 'name'), pattern_id) AS known,
        -- this dictionary remembers what it does not find, so it is asked only for shapes that it surely has
        dictGet(
            'kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'),
            (service, if(empty(samples), change.4, 0))
        ) AS described,
    -- the rest of the tuple's columns but those that only the statement itself needs
    change.6 AS current_count,
    change.7 AS baseline_count,
    change.8 AS kl_contribution,
    change.9 AS relative_change,
    change.10 AS g2,
    change.11 AS dispersion,
    change.12 AS p_value,
    change.13 AS q_value,
    change.14 AS strength,
    change.15 AS status,
    change.16 AS kept_for,
    change.17 AS current_total,
    change.18 AS baseline_total,
    change.19 AS pattern_total,
    change.20 AS kl_total,
    change.21 AS jensen_shannon,
    change.22 AS baseline_totals,
    change.23 AS steps,
    change.24 AS service_lines,
    change.25 AS past_lines,
    left_out
FROM
(
    -- one row of arrays, so that the function sees all patterns at once; it adds up the shapes of each
    SELECT
        kulprit_changes(
            groupArray(service), groupArray(pattern_id), groupArray(shape_id), groupArray(ignored::UInt64),
            groupArray(samples),
            groupArray(current_count), groupArray(baselines), groupArray(steps),
            [toUInt64(current_length), toUInt64(baseline_length), {limit:UInt32}, toUInt64(past_slices)]) AS changes,
        [uniqExactIf((service, pattern_id), ignored != 0 AND current_count > 0), sumIf(current_count, ignored != 0)]
            AS left_out
    FROM counted
)
-- one row, whose elements come out in their order
ARRAY JOIN changes AS change

)
ORDER BY place
