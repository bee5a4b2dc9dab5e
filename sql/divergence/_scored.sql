{% if divergence == "udf" %}
    -- one row of arrays, so that the function sees all patterns at once
    arrays AS
    (
        SELECT
            groupArray(service) AS services,
            groupArray(pattern_id) AS pattern_ids,
            groupArray(samples) AS samples_of,
            groupArray(current_count) AS current_counts,
            groupArray(baseline_count) AS baseline_counts,
            kulprit_divergence(current_counts, baseline_counts) AS scores,
            sum(current_count) AS current_total,
            sum(baseline_count) AS baseline_total,
            count() AS pattern_total
        FROM counted
    ),

    -- the scores of each pattern, and the totals over all patterns
    scored AS
    (
        SELECT
            service,
            pattern_id,
            samples,
            current_count,
            baseline_count,
            current_total,
            baseline_total,
            pattern_total,
            score.1 AS kl_contribution,
            score.2 AS relative_change,
            score.3 AS g2,
            score.4 AS p_value,
            score.5 AS q_value
        FROM arrays
        ARRAY JOIN
            services AS service,
            pattern_ids AS pattern_id,
            samples_of AS samples,
            current_counts AS current_count,
            baseline_counts AS baseline_count,
            scores AS score
    ),
{% else %}
{% include "divergence/_scores_sql.sql" %},
{% endif %}

    -- p and q are a pattern's shares of the two windows with half a line added to each pattern. Patterns are ranked by the
    -- symmetric form of the divergence: one that vanished weighs as much as one that appeared
    summed AS
    (
        SELECT
            *,
            (current_count + 0.5) / (current_total + 0.5 * pattern_total) AS p,
            (baseline_count + 0.5) / (baseline_total + 0.5 * pattern_total) AS q,
            (p - q) * log(p / q) AS rank_score,
            sum(kl_contribution) OVER () AS kl_total,
            sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER () AS jensen_shannon
        FROM scored
    )
