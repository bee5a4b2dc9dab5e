    -- The scores of kulprit_changes in plain SQL, over a relation instead of arrays.
    -- Expects the CTE counted(service, pattern_id, current_count UInt64, baseline_count UInt64, slices Tuple(Array(UInt64), Array(UInt64)), …).
    -- The formulas and their sources: udf/src/divergence/changes.rs. The operations stand in the same order here and there.

    -- the sums over each service and over all, and each pattern's chi squared over the slices of the past
    summed_up AS
    (
        SELECT
            *,
            toFloat64(current_count) AS c,
            toFloat64(baseline_count) AS b,
            toFloat64(sum(current_count) OVER of_service) AS service_c,
            toFloat64(sum(baseline_count) OVER of_service) AS service_b,
            sum(current_count) OVER () AS current_total,
            sum(baseline_count) OVER () AS baseline_total,
            countIf(current_count > 0 OR baseline_count > 0) OVER () AS pattern_total,
            sumMap(slices.1, slices.2) OVER of_service AS service_slices,
            sumMap(slices.1, slices.2) OVER () AS all_slices,
            toFloat64(arraySum(slices.2)) AS h,
            greatest(0, toFloat64(length(service_slices.1)) - 1) AS share_degrees,
            if(h = 0, 0,
                arraySum((slice, lines) -> toFloat64(lines) * lines / service_slices.2[indexOf(service_slices.1, slice)], slices.1, slices.2)
                * arraySum(service_slices.2) / h - h) AS share_chi,
            if(empty(all_slices.1), 0, toFloat64(all_slices.1[-1]) - all_slices.1[1] + 1) AS span,
            greatest(0, span - 1) AS rate_degrees,
            if(h = 0, 0, span * arraySum(lines -> toFloat64(lines) * lines, slices.2) / h - h) AS rate_chi
        FROM counted
        WINDOW of_service AS (PARTITION BY service)
    ),

    borrowed AS
    (
        SELECT
            *,
            greatest(1, sum(share_chi) OVER of_service / greatest(1, sumIf(share_degrees, h > 0) OVER of_service)) AS share_pooled,
            greatest(1, sum(rate_chi) OVER of_service / greatest(1, sumIf(rate_degrees, h > 0) OVER of_service)) AS rate_pooled
        FROM summed_up
        WINDOW of_service AS (PARTITION BY service)
    ),

    -- the pattern against the other lines of its service, or its rate where there are none; the tail of Student's t by Wallace's approximation
    tested AS
    (
        SELECT
            *,
            (c + 0.5) / (toFloat64(current_total) + 0.5 * pattern_total) AS smoothed_c,
            (b + 0.5) / (toFloat64(baseline_total) + 0.5 * pattern_total) AS smoothed_b,
            service_c = 0 OR service_b = 0 OR c + b = service_c + service_b AS has_no_others,
            toFloat64(if(has_no_others, current_seconds, service_c)) AS c_size,
            toFloat64(if(has_no_others, baseline_seconds, service_b)) AS b_size,
            c_size + b_size AS total,
            (c * b_size - b * c_size) / total AS excess,
            if(has_no_others,
                [(c + b) * (c_size / total), (c + b) * (b_size / total)],
                [c_size * ((c + b) / total), c_size * (((c_size - c) + (b_size - b)) / total), b_size * ((c + b) / total), b_size * (((c_size - c) + (b_size - b)) / total)]) AS cells,
            if(has_no_others, [excess, -excess], [excess, -excess, -excess, excess]) AS excesses,
            {% include "divergence/_g2.sql" %} AS g2,
            if(has_no_others, rate_degrees, share_degrees) + 4 AS degrees,
            if(has_no_others, rate_pooled, share_pooled) AS pooled,
            if(h = 0, pooled, greatest(1, (if(has_no_others, rate_chi, share_chi) + 4 * pooled) / degrees)) AS dispersion,
            g2 / dispersion AS strength,
            c + b >= 5 AS is_supported,
            if(is_supported, erfc((8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log1p(strength / degrees)) / sqrt(2)), 1) AS p_value
        FROM borrowed
        WHERE current_count > 0 OR baseline_count > 0
    ),

    ranked AS
    (
        SELECT *, toFloat64(countIf(is_supported) OVER ()) AS n, n + 1 - row_number() OVER (PARTITION BY is_supported ORDER BY p_value DESC) AS p_rank
        FROM tested
    ),

    -- Benjamini and Hochberg's adjustment: the least p·n/rank from here up. The default frame takes in equal p-values.
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
            all_slices.2 AS past_lines,
            smoothed_c * log(smoothed_c / smoothed_b) AS kl_contribution,
            (c / greatest(current_total, 1) - b / greatest(baseline_total, 1)) / smoothed_b AS relative_change,
            g2,
            dispersion,
            p_value,
            if(is_supported, least(1, min(p_value * n / p_rank) OVER (PARTITION BY is_supported ORDER BY p_value DESC)), 1) AS q_value,
            strength
        FROM ranked
    ),
