    -- The answer of kulprit_changes in plain SQL, over a relation instead of arrays.
    -- Expects the CTE counted(service, pattern_id, current_count UInt64, baselines Array(UInt64), steps Array(UInt64),
    -- …); yields the CTE ranked.
    -- The formulas and their sources: udf/divergence/src. The operations stand in the same order here and there.

    -- the baseline is the median over the windows in which the service has lines, of the pattern and of all its
    -- patterns together; of the ledger (pattern 0) the most, since one window is enough to know
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
            if(pattern_id = 0, arrayMax(baselines), medians[1]) AS baseline_count,
            medians[2] AS service_baseline,
            arraySlice(steps, 1, 32) AS past,
            arraySlice(steps, 33) AS course
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
            if(h = 0, 0, span * arraySum(lines -> toFloat64(lines) * lines, past) / h - h) AS rate_chi
        FROM held
        WINDOW of_service AS (PARTITION BY service)
    ),

    borrowed AS
    (
        SELECT
            *,
            greatest(1,
                sum(share_chi) OVER of_service / greatest(1, sumIf(share_degrees, h > 0) OVER of_service)
            ) AS share_pooled,
            greatest(1,
                sum(rate_chi) OVER of_service / greatest(1, sumIf(rate_degrees, h > 0) OVER of_service)) AS rate_pooled
        FROM summed_up
        WINDOW of_service AS (PARTITION BY service)
    ),

    -- the pattern against the other lines of its service, or its rate where there are none; the tail of Student's t by
    -- Wallace's approximation
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
            {%+ include "log_changes/_g2.sql" %} AS g2,
            if(has_no_others, rate_degrees, share_degrees) + 4 AS degrees,
            if(has_no_others, rate_pooled, share_pooled) AS pooled,
            if(h = 0, pooled,
                greatest(1, (if(has_no_others, rate_chi, share_chi) + 4 * pooled) / degrees)) AS dispersion,
            g2 / dispersion AS strength,
            c + b >= 5 AS is_supported,
            if(is_supported,
                erfc((8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log1p(strength / degrees)) / sqrt(2)),
                1) AS p_value,
            p * log(p / q) AS kl_contribution,
            (c / greatest(current_total, 1) - b / greatest(baseline_total, 1)) / q AS relative_change
        FROM borrowed
        WHERE current_count > 0 OR baseline_count > 0
    ),

    -- ranks for Benjamini and Hochberg's adjustment: the least p·n/rank from here up. The default frame takes in equal
    -- p-values.
    adjusted AS
    (
        SELECT *, if(is_supported,
            least(1, min(p_value * n / p_rank) OVER (PARTITION BY is_supported ORDER BY p_value DESC)), 1) AS q_value
        FROM
        (
            SELECT *, toFloat64(countIf(is_supported) OVER ()) AS n,
                n + 1 - row_number() OVER (PARTITION BY is_supported ORDER BY p_value DESC) AS p_rank
            FROM tested
        )
    ),

    -- what chance does not explain is ranked by its effect, in the symmetric form: a pattern that vanished weighs as
    -- much as one that appeared; the rest is ranked by its evidence
    ranked AS
    (
        SELECT
            *,
            multiIf(q_value > 0.05, 'same', baseline_count = 0, 'new', current_count = 0, 'gone', relative_change > 0,
                'up', 'down') AS status,
            greatest(0, sum(kl_contribution) OVER ()) AS kl_total,
            least(log(2),
                greatest(0, sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER ())) AS jensen_shannon,
            row_number() OVER (ORDER BY pattern_id = 0 DESC, ignored, q_value <= 0.05 DESC,
                if(q_value <= 0.05, (p - q) * log(p / q), strength) DESC, current_count + baseline_count DESC, service,
                pattern_id) AS place
        FROM adjusted
    )
