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
            {%+ include "_statistics/g2.sql" %} AS g2,
            if(h = 0, share_pooled, greatest(1, (share_chi + 4 * share_pooled) / (share_degrees + 4)))
                AS share_dispersion,
            if(h = 0, rate_pooled, greatest(1, (rate_chi + 4 * rate_pooled) / (rate_degrees + 4))) AS rate_dispersion,
            if(has_no_others, rate_degrees, share_degrees) + 4 AS degrees,
            if(has_no_others, rate_dispersion, share_dispersion) AS dispersion,
            g2 / dispersion AS strength,
            c + b >= 5 AS is_supported,
{% set t_squared = "strength" %}
{% set degrees_of_freedom = "degrees" %}
            if(is_supported, {%+ include "_statistics/student_tail.sql" %}, 1) AS p_value,
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
{% set cells = "rate_cells" %}
{% set excesses = "[rate_excess, -rate_excess]" %}
{% set whole = "lengths" %}
            {%+ include "_statistics/g2.sql" %} AS rate_g2,
            current_length * traffic AS traffic_length,
            traffic_length + baseline_length AS beyond_lengths,
            [(c + b) * (traffic_length / beyond_lengths), (c + b) * (baseline_length / beyond_lengths)] AS beyond_cells,
            (c * baseline_length - b * traffic_length) / beyond_lengths AS beyond_excess,
{% set cells = "beyond_cells" %}
{% set excesses = "[beyond_excess, -beyond_excess]" %}
{% set whole = "beyond_lengths" %}
            {%+ include "_statistics/g2.sql" %} AS beyond_g2,
            c = 0 OR b = 0 OR (
                abs(ratio - 1) >= 0.1 AND rate_g2 >= 3.841458820694124
                AND (((ratio > 1) = (ratio > traffic)
{% set t_squared = "(beyond_g2 / share_dispersion)" %}
{% set degrees_of_freedom = "(share_degrees + 4)" %}
                        AND {%+ include "_statistics/student_tail.sql" %} <= 0.05)
{% set t_squared = "(rate_g2 / rate_dispersion)" %}
{% set degrees_of_freedom = "(rate_degrees + 4)" %}
                    OR {%+ include "_statistics/student_tail.sql" %} <= 0.05)
            ) AS has_moved
        FROM tested
    ),

    -- Benjamini and Hochberg's adjustment over the patterns with enough lines
    adjusted AS
    (
{% set is_tested = "is_supported" %}
{% set tests = "moved" %}
{% include "_statistics/benjamini_hochberg.sql" +%}
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
