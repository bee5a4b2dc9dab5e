    -- Dunning's G of a of n1 against b of n0: chi-squared with one degree of freedom when nothing changed
    tested AS
    (
        SELECT
            *,
            (a + b) / (n1 + n0) AS p,
            2 * (if(a > 0, a * log(a / (n1 * p)), 0) + if(b > 0, b * log(b / (n0 * p)), 0)
               + if(n1 > a, (n1 - a) * log((n1 - a) / (n1 * (1 - p))), 0)
               + if(n0 > b, (n0 - b) * log((n0 - b) / (n0 * (1 - p))), 0)) AS g
        FROM tables
        WHERE n1 > 0 AND n0 > 0
    )
