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
-- Reads: kulprit_log_minutes, otel_logs, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_shape, kulprit_shape_text, kulprit_changes
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
    {covered_from:DateTime64(9, 'UTC')} AS covered_from,

    -- The past that tells how much a pattern wobbles: the baseline and one or two hours up to its end, in slices as long as the
    -- current window if 12 to 30 of them fit, of whole minutes. The current window's own course is cut into 60 steps at most.
    greatest(1, toUnixTimestamp(current_to) - toUnixTimestamp(current_from)) AS current_seconds,
    greatest(1, toUnixTimestamp(baseline_to) - toUnixTimestamp(baseline_from)) AS baseline_seconds,
greatest(baseline_seconds, 3600, least(8 * current_seconds, 7200)) AS past_seconds,
    60 * greatest(1, intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59, 60)) AS slice_seconds,
    toUnixTimestamp(baseline_to) - slice_seconds * intDiv(past_seconds + slice_seconds - 1, slice_seconds) AS past_start,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,

    -- cells (service and minute) whose ledger is not zero: lines have arrived that are not rolled up yet.
    -- A scalar, so that the two halves below see the same cells and no line is counted twice.
    (
        SELECT (groupArray((service, minute)), min(minute), max(minute) + toIntervalMinute(1))
        FROM
        (
            SELECT service::String AS service, minute
            FROM kulprit_log_minutes AS cells
            WHERE ((minute >= toStartOfMinute(current_from) AND minute < current_to) OR (minute >= toStartOfMinute(baseline_from) AND minute < baseline_to))
              AND cells.service IN {services:Array(String)}
            GROUP BY service, minute
            HAVING sum(ledger) != 0
        )
    ) AS pending,

    -- the minutes that the windows' edges cut in two; empty ranges where an edge is a whole minute
    [current_from, current_to, baseline_from, baseline_to] AS edges,
    arrayMap(edge -> toStartOfMinute(edge), edges) AS cut_from,
    arrayMap(edge -> toStartOfMinute(edge + toIntervalNanosecond(59999999999)), edges) AS cut_to,

    rolled AS
    (
        SELECT
            service::String AS service,
            shape_id,
            toUInt64(if(minute >= current_from AND minute < current_to, 1000 + intDiv(toUnixTimestamp(minute) - toUnixTimestamp(current_from), step_seconds), intDiv(toUnixTimestamp(minute) - past_start, slice_seconds))) AS slice,
            sumIf(lines, minute >= current_from AND minute < current_to) AS current_lines,
            sumIf(lines, minute >= baseline_from AND minute < baseline_to) AS baseline_lines,
            sum(lines) AS lines_of_slice,
            '' AS sample_min,
            '' AS sample_max,
            1 AS is_rolled
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE ((minute >= current_from AND minute < current_to) OR (toUnixTimestamp(minute) >= past_start AND minute < baseline_to))
          AND minute >= covered_from
          AND NOT arrayExists((since, until) -> minute >= since AND minute < until, cut_from, cut_to)
          AND (service, minute) NOT IN (pending.1)
          AND cells.service IN {services:Array(String)}
        GROUP BY service, shape_id, slice
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
            toUInt64(if(logged >= current_from AND logged < current_to, 1000 + intDiv(toUnixTimestamp(logged) - toUnixTimestamp(current_from), step_seconds), intDiv(toUnixTimestamp(logged) - past_start, slice_seconds))) AS slice,
            toInt64(countIf(logged >= current_from AND logged < current_to)) AS current_lines,
            toInt64(countIf(logged >= baseline_from AND logged < baseline_to)) AS baseline_lines,
            toInt64(count()) AS lines_of_slice,
            substring(min(`Body`), 1, 2048) AS sample_min,
            substring(max(`Body`), 1, 2048) AS sample_max,
            0 AS is_rolled
        FROM `otel_logs` AS stored
        WHERE ((logged >= current_from AND logged < current_to
                AND slot >= toStartOfFiveMinutes(current_from) AND slot <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND slot >= toStartOfFiveMinutes(baseline_from) AND slot <= toStartOfFiveMinutes(baseline_to)))
          AND ((logged < covered_from AND slot <= toStartOfFiveMinutes(covered_from))
            OR (logged >= cut_from[1] AND logged < cut_to[1] AND slot = toStartOfFiveMinutes(cut_from[1]))
            OR (logged >= cut_from[2] AND logged < cut_to[2] AND slot = toStartOfFiveMinutes(cut_from[2]))
            OR (logged >= cut_from[3] AND logged < cut_to[3] AND slot = toStartOfFiveMinutes(cut_from[3]))
            OR (logged >= cut_from[4] AND logged < cut_to[4] AND slot = toStartOfFiveMinutes(cut_from[4]))
            OR (logged >= pending.2 AND logged < pending.3
                AND slot >= toStartOfFiveMinutes(pending.2) AND slot <= toStartOfFiveMinutes(pending.3)
                AND (`ServiceName`::String, toStartOfMinute(toDateTime(logged, 'UTC'))) IN (pending.1)))
          AND stored.`ServiceName` IN {services:Array(String)}
        GROUP BY service, shape_id, slice
    ),

    -- lines of each shape in each step of the current window and each slice of the past
    tallied AS
    (
        SELECT
            service,
            shape_id,
            slice,
            toUInt64(sum(current_lines)) AS current_shape_lines,
            toUInt64(sum(baseline_lines)) AS baseline_shape_lines,
            toUInt64(sum(lines_of_slice)) AS slice_lines,
            max(sample_min) AS first_sample,
            max(sample_max) AS last_sample,
            max(is_rolled) AS is_described
        FROM (SELECT * FROM rolled UNION ALL SELECT * FROM raw)
        GROUP BY service, shape_id, slice
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it
    counted AS
    (
        SELECT
            service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_shape_lines) AS current_count,
            sum(baseline_shape_lines) AS baseline_count,
            sumMapIf([slice], [slice_lines], slice < 1000) AS slices,
            sumMapIf([slice], [slice_lines], slice >= 1000) AS course,
            argMax((first_sample, last_sample, is_described, shape_id), (current_shape_lines + baseline_shape_lines, shape_id)) AS samples
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
    toValidUTF8(multiIf(template != '', template, samples.3 = 1, described.1, kulprit_shape_text(samples.1))) AS pattern,
    arrayDistinct(if(samples.3 = 1, [toValidUTF8(described.2), toValidUTF8(described.3)], [toValidUTF8(samples.1), toValidUTF8(samples.2)])) AS representative_logs,
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

FROM
(
    SELECT
        *,
        dictGet('kulprit_pattern_dictionary', 'template', pattern_id) AS template,
        -- this dictionary remembers what it does not find, so it is asked only for shapes that it surely has
        dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'), (service, if(samples.3 = 1, samples.4, 0))) AS described
    FROM
    (
        SELECT *
        FROM summed
        WHERE dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) = 0
ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, rank_score DESC, current_count + baseline_count DESC, service, pattern_id
        LIMIT {limit:UInt32}
    )
)
ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, rank_score DESC, current_count + baseline_count DESC, service, pattern_id

