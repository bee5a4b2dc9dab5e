-- Purpose: which log patterns changed between two windows of whole minutes, from the minute rollup alone: the fast way
--   to log_changes/pattern_changes, right where the rollup counts the log table's parts as they are now
--   (rollups/parts/changes).
-- Params:
--   current_from DateTime('UTC')  start of the current window, inclusive, a whole minute
--   current_to DateTime('UTC')  end of the current window, exclusive, a whole minute
--   baseline_from DateTime('UTC')  start of the baseline window, inclusive, a whole minute
--   baseline_to DateTime('UTC')  end of the baseline window, exclusive, a whole minute
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
-- Reads: kulprit_log_minutes, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_changes
WITH
    {current_from:DateTime('UTC')} AS current_from,
    {current_to:DateTime('UTC')} AS current_to,
    {baseline_from:DateTime('UTC')} AS baseline_from,
    {baseline_to:DateTime('UTC')} AS baseline_to,

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


    -- looked up for the patterns that are shown
    dictGet('kulprit_pattern_dictionary', ('template', 'name'), pattern_id) AS known,
    dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'),
        (service, change.4)) AS described,

    -- lines of each shape in the windows, in slices of the past (0 to 31) and steps of the current window (32 to 91)
    counted AS
    (
        SELECT
            cells.service::String AS service,
            shape_id,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sumIf(lines, minute >= current_from AND minute < current_to)::UInt64 AS current_count,
            [sumIf(lines, `minute` >= baseline_from AND `minute` < baseline_to)]
::Array(UInt64) AS baselines,
            sumResample(0, 92, 1)(lines, multiIf(
                `minute` >= current_from AND `minute` < current_to,
                    least(91, 32 + intDiv(`minute` - current_from, step_seconds)),
                `minute` >= past_from AND `minute` < baseline_to,
                    intDiv(`minute` - past_from, slice_seconds),
                92))::Array(UInt64) AS steps,
            has({ignored_patterns:Array(UInt64)}, pattern_id)
                OR dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) AS ignored
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE ((minute >= current_from AND minute < current_to)
            OR (minute >= past_from AND minute < baseline_to)
        )
          AND cells.service IN {services:Array(String)}
        GROUP BY cells.service, shape_id
    )

SELECT
    -- by their place in the function's tuple: ClickHouse takes 4 ms longer to find them by name
    change.1 AS place,
    change.2 AS service,
    change.3 AS pattern_id,
    toValidUTF8(if(known.1 = '', described.1, known.1)) AS pattern,
    arrayDistinct([toValidUTF8(described.2), toValidUTF8(described.3)]) AS representative_logs,
    known.2 AS name,
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
            []::Array(Array(String)),
            groupArray(current_count), groupArray(baselines), groupArray(steps),
            [toUInt64(current_length), toUInt64(baseline_length), {limit:UInt32}, toUInt64(past_slices)]) AS changes,
        [uniqExactIf((service, pattern_id), ignored != 0 AND current_count > 0), sumIf(current_count, ignored != 0)]
            AS left_out
    FROM counted
)
-- one row, whose elements come out in their order
ARRAY JOIN changes AS change

