{% if divergence == "udf" %}
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
{% else %}
{% include "divergence/_changes_sql.sql" %}
{% endif %}

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
