{# Benjamini and Hochberg's adjustment of p_value as q_value: the least p·n/rank from here up. Expects names:
   is_tested, a column that says which rows count, and tests, their relation. The default frame takes in equal
   p-values. #}
        SELECT *, if({{ is_tested | name }},
            least(1, min(p_value * n / p_rank) OVER (PARTITION BY {{ is_tested | name }} ORDER BY p_value DESC)), 1)
            AS q_value
        FROM
        (
            SELECT *, toFloat64(countIf({{ is_tested | name }}) OVER ()) AS n,
                n + 1 - row_number() OVER (PARTITION BY {{ is_tested | name }} ORDER BY p_value DESC) AS p_rank
            FROM {{ tests | name }}
        )
