-- Purpose: which log patterns changed between two windows of whole minutes, from the minute rollup alone: the fast way to
--   divergence/pattern_changes. A first row of pattern 0 says that some minute in the windows is not rolled up yet; then ask
--   divergence/pattern_changes, which reads such minutes from the log table.
-- Params:
--   current_from DateTime('UTC')  start of the current window, inclusive, a whole minute
--   current_to DateTime('UTC')  end of the current window, exclusive, a whole minute
--   baseline_from DateTime('UTC')  start of the baseline window, inclusive, a whole minute
--   baseline_to DateTime('UTC')  end of the baseline window, exclusive, a whole minute
--   limit UInt32  the number of patterns to return
--   services Array(String)  the services in scope
-- Columns:
--   service String  the service that logged it
--   pattern_id UInt64  the pattern's id
--   pattern String  its masked text
--   representative_logs Array(String)  one or two of its messages
--   current_count UInt64  lines in the current window
--   baseline_count UInt64  lines in the baseline window
--   kl_contribution Float64  p ln(p/q) in nats, p and q its smoothed shares in the current and the baseline window
--   relative_change Float64  (current share - baseline share) / smoothed baseline share
--   g2 Float64  Dunning's G squared against the other lines of its service; of its rate where the service has no others
--   dispersion Float64  how many times more than chance the pattern wobbled over the slices of the past, at least 1
--   p_value Float64  the probability of g2 / dispersion when nothing changed (Student's t with the past's degrees of freedom); 1 below five lines
--   q_value Float64  the same as a false discovery rate (Benjamini-Hochberg) over all patterns in scope
--   strength Float64  g2 / dispersion, the evidence; by it the patterns are ranked whose q_value is over 0.05
--   status String  new, gone, up, down or same (same: q_value over 0.05)
--   current_total UInt64  lines of all patterns in the current window
--   baseline_total UInt64  lines of all patterns in the baseline window
--   pattern_total UInt64  how many patterns the two windows have
--   kl_total Float64  the sum of kl_contribution over all patterns, in nats
--   jensen_shannon Float64  Jensen-Shannon divergence of the two windows, in nats
--   course_steps Array(UInt64)  1000 + the steps of the current window in which the pattern was logged, each of whole minutes, 60 at most
--   course_lines Array(UInt64)  its lines in each of them
--   past_lines Array(UInt64)  lines of all patterns in each slice of the past
-- Reads: kulprit_log_minutes, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_changes
WITH
    {current_from:DateTime('UTC')} AS current_from,
    {current_to:DateTime('UTC')} AS current_to,
    {baseline_from:DateTime('UTC')} AS baseline_from,
    {baseline_to:DateTime('UTC')} AS baseline_to,

    -- The past that tells how much a pattern wobbles: the baseline and one or two hours up to its end, in slices as long as the
    -- current window if 12 to 30 of them fit, of whole minutes. The current window's own course is cut into 60 steps at most.
    greatest(1, toUnixTimestamp(current_to) - toUnixTimestamp(current_from)) AS current_seconds,
    greatest(1, toUnixTimestamp(baseline_to) - toUnixTimestamp(baseline_from)) AS baseline_seconds,
greatest(baseline_seconds, 3600, least(8 * current_seconds, 7200)) AS past_seconds,
    60 * greatest(1, intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59, 60)) AS slice_seconds,
    toUnixTimestamp(baseline_to) - slice_seconds * intDiv(past_seconds + slice_seconds - 1, slice_seconds) AS past_start,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,

    -- looked up for the patterns that are shown
    dictGet('kulprit_pattern_dictionary', 'template', pattern_id) AS template,
    dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'), (service, samples)) AS described,

    -- lines of each shape in each step of the current window and each slice of the past; the ledger, which is zero where every line is rolled up, comes along as shape 0
    tallied AS
    (
        SELECT
            service::String AS service,
            shape_id,
            toUInt64(if(minute >= current_from AND minute < current_to, 1000 + intDiv(toUnixTimestamp(minute) - toUnixTimestamp(current_from), step_seconds), intDiv(toUnixTimestamp(minute) - past_start, slice_seconds))) AS slice,
            toUInt64(abs(sumIf(lines, minute >= current_from AND minute < current_to))) AS current_lines,
            toUInt64(abs(sumIf(lines, minute >= baseline_from AND minute < baseline_to))) AS baseline_lines,
            toUInt64(abs(sum(lines))) AS slice_lines
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN arrayPushBack(shapesMap.shape_id, 0) AS shape_id, arrayPushBack(shapesMap.lines, ledger) AS lines
        WHERE ((minute >= current_from AND minute < current_to) OR (toUnixTimestamp(minute) >= past_start AND minute < baseline_to))
          AND cells.service IN {services:Array(String)}
        GROUP BY service, shape_id, slice
        HAVING current_lines > 0 OR baseline_lines > 0 OR shape_id != 0
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it
    counted AS
    (
        SELECT
            service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_lines) AS current_count,
            sum(baseline_lines) AS baseline_count,
            sumMapIf([slice], [slice_lines], slice < 1000) AS slices,
            sumMapIf([slice], [slice_lines], slice >= 1000) AS course,
            argMax(shape_id, (current_lines + baseline_lines, shape_id)) AS samples
        FROM tallied
        GROUP BY service, pattern_id
    ),

    -- one row of arrays, so that the function sees all patterns at once
    arrays AS
    (
        SELECT
            groupArray(service) AS services_of,
            groupArray(pattern_id) AS pattern_ids,
            groupArray(samples) AS samples_of,
            groupArray(course) AS courses,
            groupArray(current_count) AS current_counts,
            groupArray(baseline_count) AS baseline_counts,
            kulprit_changes(services_of, current_counts, baseline_counts, groupArray(slices.1), groupArray(slices.2), [toUInt64(current_seconds), toUInt64(baseline_seconds)]) AS scores,
            sum(current_count) AS current_total,
            sum(baseline_count) AS baseline_total,
            countIf(current_count > 0 OR baseline_count > 0) AS pattern_total,
            sumMap(slices.1, slices.2).2 AS past_lines
        FROM counted
    ),

    -- the scores of each pattern, and the totals over all patterns
    scored AS
    (
        SELECT
            service,
            pattern_id,
            samples,
            course,
            current_count,
            baseline_count,
            current_total,
            baseline_total,
            pattern_total,
            past_lines,
            score.1 AS kl_contribution,
            score.2 AS relative_change,
            score.3 AS g2,
            score.4 AS dispersion,
            score.5 AS p_value,
            score.6 AS q_value,
            score.7 AS strength
        FROM arrays
        ARRAY JOIN
            services_of AS service,
            pattern_ids AS pattern_id,
            samples_of AS samples,
            courses AS course,
            current_counts AS current_count,
            baseline_counts AS baseline_count,
            scores AS score
        WHERE current_count > 0 OR baseline_count > 0
    ),

    -- p and q are a pattern's shares of the two windows with half a line added to each pattern
    summed AS
    (
        SELECT
            *,
            (current_count + 0.5) / (current_total + 0.5 * pattern_total) AS p,
            (baseline_count + 0.5) / (baseline_total + 0.5 * pattern_total) AS q,
            sum(kl_contribution) OVER () AS kl_total,
            sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER () AS jensen_shannon,
            -- what chance does not explain is ranked by its effect, in the symmetric form: a pattern that vanished weighs as much
            -- as one that appeared; the rest is ranked by its evidence
            if(q_value <= 0.05, (p - q) * log(p / q), strength) AS rank_score
        FROM scored
    )

SELECT
    service,
    pattern_id,
    toValidUTF8(if(template = '', described.1, template)) AS pattern,
    arrayDistinct([toValidUTF8(described.2), toValidUTF8(described.3)]) AS representative_logs,
    current_count,
    baseline_count,
    kl_contribution,
    relative_change,
    g2,
    dispersion,
    p_value,
    q_value,
    strength,
    multiIf(q_value > 0.05, 'same', baseline_count = 0, 'new', current_count = 0, 'gone', relative_change > 0, 'up', 'down') AS status,
    current_total,
    baseline_total,
    pattern_total,
    kl_total,
    jensen_shannon,
    course.1 AS course_steps,
    course.2 AS course_lines,
    past_lines

FROM summed
WHERE dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) = 0
ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, rank_score DESC, current_count + baseline_count DESC, service, pattern_id
LIMIT {limit:UInt32}
