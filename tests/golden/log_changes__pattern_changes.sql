-- Purpose: which log patterns changed between two windows, exactly: whole minutes that are rolled up come from the minute
--   rollup; minutes that a window's edge cuts, that are not rolled up yet, or that lie before the rollup began come
--   from the log table. All of it in one statement.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   covered_from DateTime64(9, 'UTC')  the minute from which on the rollup knows every line (far in the future: read the log table only)
--   limit UInt32  the number of patterns to return
--   services Array(String)  the services in scope
-- Columns:
--   place UInt64  1 is the best explanation: what chance does not explain (q_value up to 0.05) by its effect, then the rest by its evidence
--   service String  the service that logged it
--   pattern_id UInt64  the pattern's id
--   pattern String  its masked text
--   representative_logs Array(String)  one or two of its messages
--   current_count UInt64  lines in the current window
--   baseline_count UInt64  lines in the baseline window; of several, the median over those in which its service has any line
--   kl_contribution Float64  p ln(p/q) in nats, p and q its smoothed shares in the current and the baseline window
--   relative_change Float64  (current share - baseline share) / smoothed baseline share
--   g2 Float64  Dunning's G squared against the other lines of its service; of its rate where the service has no others
--   dispersion Float64  how many times more than chance the pattern wobbled over the slices of the past, at least 1
--   p_value Float64  the probability of g2 / dispersion when nothing changed (Student's t with the past's degrees of freedom); 1 below five lines
--   q_value Float64  the same as a false discovery rate (Benjamini-Hochberg) over all patterns in scope
--   strength Float64  g2 / dispersion, the evidence
--   status String  new, gone, up, down or same (same: q_value over 0.05)
--   current_total UInt64  lines of all patterns in the current window
--   baseline_total UInt64  the same of all patterns together, service by service
--   pattern_total UInt64  how many patterns the current window and the baseline have
--   kl_total Float64  the sum of kl_contribution over all patterns, in nats
--   jensen_shannon Float64  Jensen-Shannon divergence of the current window and the baseline, in nats
--   baseline_totals Array(UInt64)  lines of all patterns in each baseline window
--   course Array(UInt64)  the pattern's lines in each step of the current window: 60 at most, each of whole minutes
--   past_lines Array(UInt64)  lines of all patterns in each slice of the past, the oldest first
-- Reads: kulprit_log_minutes, otel_logs, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_shape, kulprit_shape_text, kulprit_changes
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
    {covered_from:DateTime64(9, 'UTC')} AS covered_from,

    -- The past that tells how much a pattern wobbles: the baseline and one or two hours up to its end, in slices as
    -- long as the current window if 12 to 30 of them fit, of whole minutes. The current window's own course is cut into 60 steps at most.
    greatest(1, dateDiff('millisecond', current_from, current_to)) AS current_length,
    greatest(1, dateDiff('millisecond', baseline_from, baseline_to)) AS baseline_length,
    intDiv(current_length + 999, 1000) AS current_seconds,
    intDiv(baseline_length + 999, 1000) AS baseline_seconds,
    greatest(baseline_seconds, 3600, least(8 * current_seconds, 7200)) AS past_seconds,
    60 * greatest(1, intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59, 60)) AS slice_seconds,
    toDateTime(toUnixTimestamp(baseline_to) - slice_seconds * intDiv(past_seconds + slice_seconds - 1, slice_seconds), 'UTC') AS past_from,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,

    -- cells (service and minute) whose ledger is not zero: lines have arrived that are not rolled up yet.
    -- A scalar, so that the two halves below see the same cells and no line is counted twice; unfolded there, since IN over an array
    -- compares row by row with all its elements.
    (
        SELECT (groupArray((service, minute)), min(minute), max(minute) + toIntervalMinute(1))
        FROM
        (
            SELECT service::String AS service, minute
            FROM kulprit_log_minutes AS cells
            WHERE ((minute >= toStartOfMinute(current_from) AND minute < current_to)
                OR (minute >= toStartOfMinute(past_from) AND minute < baseline_to)
            )
              AND minute >= covered_from
              AND cells.service IN {services:Array(String)}
            GROUP BY service, minute
            HAVING sum(ledger) != 0
        )
    ) AS pending,

    -- the minutes that the windows' edges cut in two; empty ranges where an edge is a whole minute
    [current_from, current_to, baseline_from, baseline_to, toDateTime64(past_from, 9, 'UTC')] AS edges,
    arrayMap(edge -> toStartOfMinute(edge), edges) AS cut_from,
    arrayMap(edge -> toStartOfMinute(edge + toIntervalNanosecond(59999999999)), edges) AS cut_to,

    -- lines of each shape in the windows, in slices of the past (0 to 31) and steps of the current window (32 to 91)
    rolled AS
    (
        SELECT
            service::String AS service,
            shape_id,
            sumIf(lines, minute >= current_from AND minute < current_to) AS current_lines,
            [sumIf(lines, minute >= baseline_from AND minute < baseline_to)
            ] AS baseline_lines,
            sumResample(0, 92, 1)(lines, multiIf(
                -- by the beginning of its minute, as the rollup has it
                `minute` >= current_from AND `minute` < current_to,
                    least(91, 32 + intDiv(greatest(toUnixTimestamp(`minute`) - toUnixTimestamp(`minute`) % 60, toUnixTimestamp(current_from)) - toUnixTimestamp(current_from), step_seconds)),
                `minute` >= past_from AND `minute` < baseline_to,
                    intDiv(greatest(toUnixTimestamp(`minute`) - toUnixTimestamp(`minute`) % 60, toUnixTimestamp(past_from)) - toUnixTimestamp(past_from), slice_seconds),
                92)
) AS step_lines,
            '' AS sample_min,
            '' AS sample_max,
            1 AS is_rolled
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= past_from AND minute < baseline_to)
        )
          AND minute >= covered_from
          AND NOT arrayExists((since, until) -> minute >= since AND minute < until, cut_from, cut_to)
          AND (service, minute) NOT IN (SELECT cell.1, cell.2 FROM (SELECT arrayJoin(pending.1) AS cell))
          AND cells.service IN {services:Array(String)}
        GROUP BY service, shape_id
    ),

    raw AS
    (
        -- the slot is how the exporter's sorting key begins: without it, no range of times would spare reading the rest
        WITH
            `Timestamp` AS logged,
            toStartOfFiveMinutes(logged) AS slot
        SELECT
            `ServiceName`::String AS service,
            kulprit_shape(`Body`) AS shape_id,
            countIf(logged >= current_from AND logged < current_to)::Int64 AS current_lines,
            [countIf(logged >= baseline_from AND logged < baseline_to)
            ]::Array(Int64) AS baseline_lines,
            countResample(0, 92, 1)(multiIf(
                -- by the beginning of its minute, as the rollup has it
                `Timestamp` >= current_from AND `Timestamp` < current_to,
                    least(91, 32 + intDiv(greatest(toUnixTimestamp(`Timestamp`) - toUnixTimestamp(`Timestamp`) % 60, toUnixTimestamp(current_from)) - toUnixTimestamp(current_from), step_seconds)),
                `Timestamp` >= past_from AND `Timestamp` < baseline_to,
                    intDiv(greatest(toUnixTimestamp(`Timestamp`) - toUnixTimestamp(`Timestamp`) % 60, toUnixTimestamp(past_from)) - toUnixTimestamp(past_from), slice_seconds),
                92)
)::Array(Int64) AS step_lines,
            substring(min(`Body`), 1, 2048) AS sample_min,
            substring(max(`Body`), 1, 2048) AS sample_max,
            0 AS is_rolled
        FROM `otel_logs` AS stored
        WHERE ((logged >= current_from AND logged < current_to
                AND slot >= toStartOfFiveMinutes(current_from) AND slot <= toStartOfFiveMinutes(current_to))
            OR (logged >= past_from AND logged < baseline_to
                AND slot >= toStartOfFiveMinutes(past_from) AND slot <= toStartOfFiveMinutes(baseline_to))
          )
          AND ((logged < covered_from AND slot <= toStartOfFiveMinutes(covered_from))
            OR (logged >= cut_from[1] AND logged < cut_to[1] AND slot = toStartOfFiveMinutes(cut_from[1]))
            OR (logged >= cut_from[2] AND logged < cut_to[2] AND slot = toStartOfFiveMinutes(cut_from[2]))
            OR (logged >= cut_from[3] AND logged < cut_to[3] AND slot = toStartOfFiveMinutes(cut_from[3]))
            OR (logged >= cut_from[4] AND logged < cut_to[4] AND slot = toStartOfFiveMinutes(cut_from[4]))
            OR (logged >= cut_from[5] AND logged < cut_to[5] AND slot = toStartOfFiveMinutes(cut_from[5]))
            OR (logged >= pending.2 AND logged < pending.3
                AND slot >= toStartOfFiveMinutes(pending.2) AND slot <= toStartOfFiveMinutes(pending.3)
                AND (`ServiceName`::String, toStartOfMinute(toDateTime(logged, 'UTC'))) IN (SELECT cell.1, cell.2 FROM (SELECT arrayJoin(pending.1) AS cell))))
          AND stored.`ServiceName` IN {services:Array(String)}
        GROUP BY service, shape_id
    ),

    -- lines of each shape
    tallied AS
    (
        SELECT
            service,
            shape_id,
            sum(current_lines)::UInt64 AS current_shape_lines,
            sumForEach(baseline_lines)::Array(UInt64) AS baseline_shape_lines,
            sumForEach(step_lines)::Array(UInt64) AS step_shape_lines,
            max(sample_min) AS first_sample,
            max(sample_max) AS last_sample,
            max(is_rolled) AS is_described
        FROM (SELECT * FROM rolled UNION ALL SELECT * FROM raw)
        GROUP BY service, shape_id
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it; they come along where the rollup does not know them
    counted AS
    (
        SELECT
            service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_shape_lines) AS current_count,
            sumForEach(baseline_shape_lines) AS baselines,
            sumForEach(step_shape_lines) AS steps,
            argMax((shape_id, if(is_described = 1, [], [first_sample, last_sample])), (current_shape_lines + arraySum(baseline_shape_lines), shape_id)) AS representative,
            representative.1 AS shape,
            representative.2 AS samples,
            dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) AS ignored
        FROM tallied
        GROUP BY service, pattern_id
    )
SELECT
    place,
    service,
    pattern_id,
    toValidUTF8(multiIf(template != '', template, empty(samples), described.1, kulprit_shape_text(samples[1]))) AS pattern,
    arrayMap(sample -> toValidUTF8(sample), arrayDistinct(if(empty(samples), [described.2, described.3], samples))) AS representative_logs,
    * EXCEPT (place, service, pattern_id, samples, template, described)
FROM
(
    SELECT
    -- by their place in the function's tuple: ClickHouse takes 4 ms longer to find 22 of them by name
    change.1 AS place,
    change.2 AS service,
    change.3 AS pattern_id,
change.5 AS samples,
        dictGet('kulprit_pattern_dictionary', 'template', pattern_id) AS template,
        -- this dictionary remembers what it does not find, so it is asked only for shapes that it surely has
        dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'), (service, if(empty(samples), change.4, 0))) AS described,
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
    change.16 AS current_total,
    change.17 AS baseline_total,
    change.18 AS pattern_total,
    change.19 AS kl_total,
    change.20 AS jensen_shannon,
    change.21 AS baseline_totals,
    change.22 AS course,
    change.23 AS past_lines
FROM
(
    -- one row of arrays, so that the function sees all patterns at once
    SELECT
        kulprit_changes(
            groupArray(service), groupArray(pattern_id), groupArray(shape), groupArray(ignored::UInt64),
groupArray(samples),
            groupArray(current_count), groupArray(baselines), groupArray(steps),
            [toUInt64(current_length), toUInt64(baseline_length), {limit:UInt32}]) AS changes
    FROM counted
)
-- one row, whose elements come out in their order
ARRAY JOIN changes AS change
)
ORDER BY place
