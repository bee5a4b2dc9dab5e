{% if divergence == "udf" %}
    -- one row of arrays, so that the function sees all patterns at once
    arrays AS
    (
        SELECT
            groupArray((service, pattern_id, current_count, baseline_count, samples)) AS lines_of,
            groupArray(current_count) AS current_counts,
            groupArray(baseline_count) AS baseline_counts
        FROM counted
    ),

    -- the scores of each pattern
    scored AS
    (
        SELECT
            line.1 AS service,
            line.2 AS pattern_id,
            line.3 AS current_count,
            line.4 AS baseline_count,
            line.5 AS samples,
            score.1 AS kl_contribution,
            score.2 AS relative_change,
            score.3 AS g2,
            score.4 AS p_value,
            score.5 AS q_value
        FROM arrays
        ARRAY JOIN lines_of AS line, kulprit_divergence(current_counts, baseline_counts) AS score
    ),
{% else %}
{% include "divergence/_scores_sql.sql" %},
{% endif %}

    -- totals over all patterns; p and q are a pattern's shares of the two windows with half a line added to each pattern
    shared AS
    (
        SELECT
            *,
            sum(current_count) OVER () AS current_total,
            sum(baseline_count) OVER () AS baseline_total,
            count() OVER () AS pattern_total,
            sum(kl_contribution) OVER () AS kl_total,
            (current_count + 0.5) / (current_total + 0.5 * pattern_total) AS p,
            (baseline_count + 0.5) / (baseline_total + 0.5 * pattern_total) AS q
        FROM scored
    ),

    -- patterns are ranked by the symmetric form of the divergence: one that vanished weighs as much as one that appeared
    summed AS
    (
        SELECT
            *,
            sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER () AS jensen_shannon,
            (p - q) * log(p / q) AS rank_score
        FROM shared
    )
