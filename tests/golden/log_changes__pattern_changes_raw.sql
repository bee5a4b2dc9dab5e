-- Purpose: which log patterns changed between two windows, for a user who may only read: the log table alone, plain
--   SQL, no table or function of Kulprit's. A pattern is the message with every token that holds a digit masked,
--   its severity, and what tells how it ended.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
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
-- Reads: otel_logs
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,

    -- The past that tells how much a pattern wobbles: the baseline, in slices as long as the current window if 12 to 30 of them fit, of whole minutes. The current
    -- window's own course is cut into 60 steps at most.
    greatest(1, dateDiff('millisecond', current_from, current_to)) AS current_length,
    greatest(1, dateDiff('millisecond', baseline_from, baseline_to)) AS baseline_length,
    intDiv(current_length + 999, 1000) AS current_seconds,
    intDiv(baseline_length + 999, 1000) AS baseline_seconds,
    baseline_seconds AS past_seconds,
    60 * greatest(1,
        intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59,
        60)) AS slice_seconds,
    intDiv(past_seconds + slice_seconds - 1, slice_seconds) AS past_slices,
    toDateTime(toUnixTimestamp(baseline_to) - slice_seconds * past_slices, 'UTC') AS past_from,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,


    -- lines of each pattern in the two windows
    counted AS
    (
        WITH
            `Timestamp` AS logged,
            toUInt64(1) AS lines
        SELECT
            `ServiceName`::String AS service,
            arrayStringConcat(
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
                    ' ')                ]), ' ') AS text,
            sipHash64(text) AS pattern_id,
            countIf(logged >= current_from AND logged < current_to) AS current_count,
            [sumIf(lines, `logged` >= baseline_from AND `logged` < baseline_to)]
 AS baselines,
            countResample(0, 92, 1)(multiIf(
                -- by the beginning of its minute, as the rollup has it
                `logged` >= current_from AND `logged` < current_to,
                    least(91, 32 + intDiv(
                        greatest(toUnixTimestamp(`logged`) - toUnixTimestamp(`logged`) % 60,
                        toUnixTimestamp(current_from)) - toUnixTimestamp(current_from), step_seconds)),
                `logged` >= past_from AND `logged` < baseline_to,
                    intDiv(greatest(toUnixTimestamp(`logged`) - toUnixTimestamp(`logged`) % 60,
                        toUnixTimestamp(past_from)) - toUnixTimestamp(past_from), slice_seconds),
                92)) AS steps,
            (substring(text, 1, 2048), substring(min(`Body`), 1, 2048),
                substring(max(`Body`), 1, 2048)) AS samples,
            has({ignored_patterns:Array(UInt64)}, pattern_id) AS ignored
        FROM `otel_logs` AS stored
        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WHERE ((logged >= current_from AND logged < current_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(current_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(baseline_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(baseline_to))
          )
          AND stored.`ServiceName` IN {services:Array(String)}
        GROUP BY service, text
    ),

    -- The answer of kulprit_changes in plain SQL, over a relation instead of arrays.
    -- Expects the CTE counted(service, pattern_id, current_count UInt64, baselines Array(UInt64), steps Array(UInt64),
    -- …); yields the CTE ranked.
    -- The formulas and their sources: udf/divergence/src. The operations stand in the same order here and there.

    -- the baseline is the median over the windows in which the service has lines, of the pattern and of all its
    -- patterns together
    held AS
    (
        SELECT
            *,
            arraySort(arrayFilter((lines, total) -> total > 0, baselines, of_service)) AS filled,
            arraySort(arrayFilter(total -> total > 0, of_service)) AS filled_of_service,
            arrayMap(
                counts -> toUInt64(
                    counts[intDiv(length(counts) + 1, 2)]
                    + intDiv(counts[intDiv(length(counts), 2) + 1] - counts[intDiv(length(counts) + 1, 2)], 2)),
                [filled, filled_of_service]) AS medians,
            medians[1] AS baseline_count,
            medians[2] AS service_baseline,
            arraySlice(steps, 1, 32) AS past
        FROM
        (
            SELECT
                *,
                sumForEach(baselines) OVER () AS baseline_totals,
                sumForEach(baselines) OVER (PARTITION BY service) AS of_service,
                row_number() OVER (PARTITION BY service ORDER BY pattern_id) = 1 AS is_first_of_service
            FROM counted
        )
    ),

    -- the sums over each service and over all, and each pattern's chi squared over the slices of the past
    summed_up AS
    (
        SELECT
            *,
            toFloat64(current_count) AS c,
            toFloat64(baseline_count) AS b,
            toFloat64(sum(current_count) OVER of_service) AS service_c,
            toFloat64(service_baseline) AS service_b,
            sum(current_count) OVER () AS current_total,
            sumIf(service_baseline, is_first_of_service) OVER () AS baseline_total,
            countIf(current_count > 0 OR baseline_count > 0) OVER () AS pattern_total,
            sumForEach(past) OVER of_service AS service_past,
            sumForEach(past) OVER () AS past_lines,
            toFloat64(arraySum(past)) AS h,
            greatest(0, toFloat64(arrayCount(total -> total > 0, service_past)) - 1) AS share_degrees,
            if(h = 0, 0,
                arraySum((lines, total) -> if(lines = 0, 0, toFloat64(lines) * lines / total), past, service_past)
                * arraySum(service_past) / h - h) AS share_chi,
            if(arrayExists(total -> total > 0, past_lines),
                toFloat64(arrayLastIndex(total -> total > 0, past_lines))
                    - arrayFirstIndex(total -> total > 0, past_lines) + 1,
                0) AS span,
            greatest(0, span - 1) AS rate_degrees,
            if(h = 0, 0, span * arraySum(lines -> toFloat64(lines) * lines, past) / h - h) AS rate_chi,
            arrayConcat([toUInt64(service_c), service_baseline], service_past) AS service_lines,
            arrayExists(lines -> lines > 0, arrayConcat(of_service, service_past)) AS has_past,
            c * baseline_length / (b * current_length) AS ratio,
            c > 0 AND b > 0 AND c + b >= 5 AS is_rated
        FROM held
        WINDOW of_service AS (PARTITION BY service)
    ),

    -- what a pattern borrows from its service: its dispersion, and how its traffic moved
    borrowed AS
    (
        SELECT
            *,
            if(countIf(is_rated) OVER of_service >= 3, quantileExactLowIf(0.5)(ratio, is_rated) OVER of_service, 1)
                AS traffic,
            greatest(1,
                sum(share_chi) OVER of_service / greatest(1, sumIf(share_degrees, h > 0) OVER of_service)
            ) AS share_pooled,
            greatest(1,
                sum(rate_chi) OVER of_service / greatest(1, sumIf(rate_degrees, h > 0) OVER of_service)) AS rate_pooled
        FROM summed_up
        WINDOW of_service AS (PARTITION BY service)
    ),

    -- the pattern against the other lines of its service, or its rate where there are none
    tested AS
    (
        SELECT
            *,
            (c + 0.5) / (toFloat64(current_total) + 0.5 * pattern_total) AS p,
            (b + 0.5) / (toFloat64(baseline_total) + 0.5 * pattern_total) AS q,
            service_c = 0 OR service_b = 0 OR c + b = service_c + service_b AS has_no_others,
            toFloat64(if(has_no_others, current_length, service_c)) AS c_size,
            toFloat64(if(has_no_others, baseline_length, service_b)) AS b_size,
            c_size + b_size AS total,
            (c * b_size - b * c_size) / total AS excess,
            if(has_no_others,
                [(c + b) * (c_size / total), (c + b) * (b_size / total)],
                [c_size * ((c + b) / total), c_size * (((c_size - c) + (b_size - b)) / total),
                    b_size * ((c + b) / total), b_size * (((c_size - c) + (b_size - b)) / total)]) AS cells,
            if(has_no_others, [excess, -excess], [excess, -excess, -excess, excess]) AS excesses,
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
            if(h = 0, share_pooled, greatest(1, (share_chi + 4 * share_pooled) / (share_degrees + 4)))
                AS share_dispersion,
            if(h = 0, rate_pooled, greatest(1, (rate_chi + 4 * rate_pooled) / (rate_degrees + 4))) AS rate_dispersion,
            if(has_no_others, rate_degrees, share_degrees) + 4 AS degrees,
            if(has_no_others, rate_dispersion, share_dispersion) AS dispersion,
            g2 / dispersion AS strength,
            c + b >= 5 AS is_supported,
            if(is_supported, erfc((8 * degrees + 1) / (8 * degrees + 3)
                    * sqrt(degrees * log1p(strength / degrees)) / sqrt(2)), 1) AS p_value,
            p * log(p / q) AS kl_contribution,
            (c / greatest(current_total, 1) - b / greatest(baseline_total, 1)) / q AS relative_change
        FROM borrowed
        WHERE current_count > 0 OR baseline_count > 0
    ),

    -- whether the rate moved: visibly, by more than chance, and by more than usual, for its service's traffic or for
    -- itself
    moved AS
    (
        SELECT
            *,
            toFloat64(current_length) + baseline_length AS lengths,
            [(c + b) * (current_length / lengths), (c + b) * (baseline_length / lengths)] AS rate_cells,
            (c * baseline_length - b * current_length) / lengths AS rate_excess,
            if(
                has(rate_cells, 0) OR lengths = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    rate_cells,
                    arrayMap((cell, y) -> y / cell, rate_cells, [rate_excess, -rate_excess])
                )
            ) AS rate_g2,
            current_length * traffic AS traffic_length,
            traffic_length + baseline_length AS beyond_lengths,
            [(c + b) * (traffic_length / beyond_lengths), (c + b) * (baseline_length / beyond_lengths)] AS beyond_cells,
            (c * baseline_length - b * traffic_length) / beyond_lengths AS beyond_excess,
            if(
                has(beyond_cells, 0) OR beyond_lengths = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    beyond_cells,
                    arrayMap((cell, y) -> y / cell, beyond_cells, [beyond_excess, -beyond_excess])
                )
            ) AS beyond_g2,
            c = 0 OR b = 0 OR (
                abs(ratio - 1) >= 0.1 AND rate_g2 >= 3.841458820694124
                AND (((ratio > 1) = (ratio > traffic)
                        AND erfc((8 * (share_degrees + 4) + 1) / (8 * (share_degrees + 4) + 3)
                    * sqrt((share_degrees + 4) * log1p((beyond_g2 / share_dispersion) / (share_degrees + 4))) / sqrt(2)) <= 0.05)
                    OR erfc((8 * (rate_degrees + 4) + 1) / (8 * (rate_degrees + 4) + 3)
                    * sqrt((rate_degrees + 4) * log1p((rate_g2 / rate_dispersion) / (rate_degrees + 4))) / sqrt(2)) <= 0.05)
            ) AS has_moved
        FROM tested
    ),

    -- Benjamini and Hochberg's adjustment over the patterns with enough lines
    adjusted AS
    (
        SELECT *, if(is_supported,
            least(1, min(p_value * n / p_rank) OVER (PARTITION BY is_supported ORDER BY p_value DESC)), 1)
            AS q_value
        FROM
        (
            SELECT *, toFloat64(countIf(is_supported) OVER ()) AS n,
                n + 1 - row_number() OVER (PARTITION BY is_supported ORDER BY p_value DESC) AS p_rank
            FROM moved
        )
    ),

    -- what a person sees: the direction is the rate's; a pattern whose share alone changed is the same; every pattern
    -- of a service without a past is new
    told AS
    (
        SELECT
            *,
            q_value <= 0.05 AND has_moved AS is_changed,
            multiIf(
                current_count > 0 AND baseline_count = 0 AND (is_changed OR NOT has_past), 'new',
                NOT is_changed, 'same',
                current_count = 0, 'gone',
                c * baseline_length > b * current_length, 'up',
                'down') AS status
        FROM adjusted
    ),

    -- changes are ranked by their effect, in the symmetric form: a pattern that vanished weighs as much as one that
    -- appeared; so are, after them, those of services without a past; the rest is ranked by its evidence
    placed AS
    (
        SELECT
            *,
            [countIf(ignored != 0 AND current_count > 0) OVER (), sumIf(current_count, ignored != 0) OVER ()]
                AS left_out,
            greatest(0, sum(kl_contribution) OVER ()) AS kl_total,
            least(log(2),
                greatest(0, sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER ())) AS jensen_shannon,
            row_number() OVER (ORDER BY ignored, status = 'same',
                q_value > 0.05 AND status != 'same', if(status = 'same', strength, (p - q) * log(p / q)) DESC,
                current_count + baseline_count DESC, service, pattern_id) AS place
        FROM told
    ),

    -- what else says something of the whole: patterns never seen before that are too rare to be tested, those whose
    -- past ends unlike its first half, and services whose lines rose or fell by half or more; 20 of each
    weighed AS
    (
        SELECT
            *,
            status = 'same' AND current_count > 0 AND NOT arrayExists(lines -> lines > 0, arrayConcat(baselines, past))
                AS is_unheard,
            arrayFirstIndex(lines -> lines > 0, past_lines) AS first_slice,
            intDiv(toInt64(past_slices) - toInt64(first_slice) + 1, 2) AS half,
            arraySum(arraySlice(past, greatest(1, first_slice), greatest(1, half))) / half AS mean,
            toFloat64(past[past_slices]) AS last,
            (last - mean) * (last - mean) / (mean + 1) AS unlike,
            if(first_slice > 0 AND half >= 4 AND unlike >= 25 AND (last >= 2 * mean OR 2 * last <= mean), unlike, -1)
                AS restless,
            service_c * baseline_length AS now,
            toFloat64(service_baseline) * current_length AS usual,
            if((2 * now >= 3 * usual OR 3 * now <= 2 * usual) AND service_c + service_baseline >= 5
                AND row_number() OVER (PARTITION BY service ORDER BY place) = 1, abs(now - usual), -1) AS odd
        FROM placed
        WHERE ignored = 0
    ),

    ranked AS
    (
        SELECT
            *,
            toUInt64((place <= {limit:UInt32})
                + 2 * (is_unheard AND sum(is_unheard) OVER (ORDER BY place) <= 20)
                + 4 * (restless >= 0 AND row_number() OVER (ORDER BY restless DESC, place) <= 20)
                + 8 * (odd >= 0 AND row_number() OVER (ORDER BY odd DESC, place) <= 20)) AS kept_for
        FROM weighed
    )

SELECT
    -- by their place in the function's tuple: ClickHouse takes 4 ms longer to find them by name
    place,
    service,
    pattern_id,
    toValidUTF8(samples.1) AS pattern,
    arrayDistinct([toValidUTF8(samples.2), toValidUTF8(samples.3)]) AS representative_logs,
    '' AS name,
    -- the rest of the tuple's columns but those that only the statement itself needs
    current_count,
    baseline_count,
    kl_contribution,
    relative_change,
    g2,
    dispersion,
    p_value,
    q_value,
    strength,
    status,
    kept_for,
    current_total,
    baseline_total,
    pattern_total,
    kl_total,
    jensen_shannon,
    baseline_totals,
    steps,
    service_lines,
    past_lines,
    left_out
FROM ranked
WHERE kept_for != 0
ORDER BY place

