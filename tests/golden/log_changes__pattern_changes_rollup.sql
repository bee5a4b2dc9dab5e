-- Purpose: which log patterns changed between two windows of whole minutes, from the minute rollup alone: the fast way to
--   log_changes/pattern_changes. A first row of pattern 0 says that some minute in the windows is not rolled up yet; then ask
--   log_changes/pattern_changes, which reads such minutes from the log table.
-- Params:
--   current_from DateTime('UTC')  start of the current window, inclusive, a whole minute
--   current_to DateTime('UTC')  end of the current window, exclusive, a whole minute
--   baseline_from DateTime('UTC')  start of the baseline window, inclusive, a whole minute
--   baseline_to DateTime('UTC')  end of the baseline window, exclusive, a whole minute
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
-- Reads: kulprit_log_minutes, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_changes
WITH
    {current_from:DateTime('UTC')} AS current_from,
    {current_to:DateTime('UTC')} AS current_to,
    {baseline_from:DateTime('UTC')} AS baseline_from,
    {baseline_to:DateTime('UTC')} AS baseline_to,

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

    -- looked up for the patterns that are shown
    dictGet('kulprit_pattern_dictionary', 'template', pattern_id) AS template,
    dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'), (service, change.4)) AS described,

    -- lines of each shape in the windows, in slices of the past (0 to 31) and steps of the current window (32 to 91); the ledger, which is
    -- zero where every line is rolled up, comes along as shape 0
    tallied AS
    (
        SELECT
            service,
            shape_id,
            abs(sumIf(lines, minute >= current_from AND minute < current_to)) AS current_lines,
            [abs(sumIf(lines, minute >= baseline_from AND minute < baseline_to))
            ] AS baseline_lines,
            sumResample(0, 92, 1)(if(shape_id = 0, 0, lines), multiIf(
                `minute` >= current_from AND `minute` < current_to, least(91, 32 + intDiv(`minute` - current_from, step_seconds)),
                `minute` >= past_from AND `minute` < baseline_to, intDiv(`minute` - past_from, slice_seconds),
                92)
) AS step_lines
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN arrayPushBack(shapesMap.shape_id, 0) AS shape_id, arrayPushBack(shapesMap.lines, ledger) AS lines
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= past_from AND minute < baseline_to)
        )
          AND cells.service IN {services:Array(String)}
        GROUP BY service, shape_id
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it
    counted AS
    (
        SELECT
            service::String AS service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_lines) AS current_count,
            sumForEach(baseline_lines) AS baselines,
            sumForEach(step_lines)::Array(UInt64) AS steps,
            argMax(shape_id, (current_lines + arraySum(baseline_lines), shape_id)) AS shape,
            dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) AS ignored
        FROM tallied
        GROUP BY service, pattern_id
    )
SELECT
    -- by their place in the function's tuple: ClickHouse takes 4 ms longer to find 22 of them by name
    change.1 AS place,
    change.2 AS service,
    change.3 AS pattern_id,
    toValidUTF8(if(template = '', described.1, template)) AS pattern,
    arrayDistinct([toValidUTF8(described.2), toValidUTF8(described.3)]) AS representative_logs,
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
[]::Array(Array(String)),
            groupArray(current_count), groupArray(baselines), groupArray(steps),
            [toUInt64(current_length), toUInt64(baseline_length), {limit:UInt32}]) AS changes
    FROM counted
)
-- one row, whose elements come out in their order
ARRAY JOIN changes AS change
