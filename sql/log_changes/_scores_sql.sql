    -- The scores of kulprit_divergence in plain SQL, over a relation instead of two arrays.
    -- Expects the CTE counted(…, current_count UInt64, baseline_count UInt64): one row a pattern, every pattern of
    -- either window.
    -- Yields the CTE scored: the columns of counted and kl_contribution, relative_change, g2, p_value, q_value
    -- (Float64).
    -- Takes the CTE names totalled, expected, tested, ranked and scored, and the column names c, b, n, p, q, total,
    -- excess(es), cells and *_total, *_share, p_rank.
    -- The formulas, their units and their sources: udf/divergence/src. The operations stand in the same order here and
    -- there.

    -- Totals of both windows, in 128 bits so that no sum wraps.
    totalled AS (
        SELECT
            *,
            toFloat64(current_count) AS c,
            toFloat64(baseline_count) AS b,
            toFloat64(sum(toUInt128(current_count)) OVER ()) AS c_total,
            toFloat64(sum(toUInt128(baseline_count)) OVER ()) AS b_total,
            toFloat64(count() OVER ()) AS n
        FROM counted
    ),

    -- Smoothed shares p and q, and the 2 × 2 table of each pattern against the rest: expected counts, and observed less
    -- expected, which differs only in its sign.
    expected AS (
        SELECT
            *,
            (c + 0.5) / (c_total + 0.5 * n) AS p,
            (b + 0.5) / (b_total + 0.5 * n) AS q,
            c_total + b_total AS total,
            (c + b) / total AS pattern_share,
            ((c_total - c) + (b_total - b)) / total AS rest_share,
            (c * b_total - b * c_total) / total AS excess,
            [c_total * pattern_share, c_total * rest_share, b_total * pattern_share, b_total * rest_share] AS cells,
            [excess, -excess, -excess, excess] AS excesses
        FROM totalled
    ),

    -- The log-likelihood ratio, 2 Σ E·φ((O − E) ÷ E) with φ(x) = (1 + x)·ln(1 + x) − x; 0 when a margin is empty.
    tested AS (
        SELECT
            *,
            {%+ include "_statistics/g2.sql" %} AS g2,
            erfc(sqrt(g2 / 2)) AS p_value
        FROM expected
    ),

    -- Ranks from the largest p-value down; equal p-values may take their ranks in any order.
    ranked AS (
        SELECT *, n + 1 - row_number() OVER (ORDER BY p_value DESC) AS p_rank
        FROM tested
    ),

    -- Benjamini and Hochberg's adjustment: the least p·n/rank from here up. The default frame takes in equal p-values.
    scored AS (
        SELECT
            * EXCEPT (c, b, c_total, b_total, n, p, q, total, pattern_share, rest_share, excess, cells, excesses, g2,
                p_value, p_rank),
            p * log(p / q) AS kl_contribution,
            (c / greatest(c_total, 1) - b / greatest(b_total, 1)) / q AS relative_change,
            g2,
            p_value,
            least(1, min(p_value * n / p_rank) OVER (ORDER BY p_value DESC)) AS q_value
        FROM ranked
    )
