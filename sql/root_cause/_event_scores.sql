    -- a of n1 requests in the block, b of n0 in the rest of the history; a block without the event counts as well
    tables AS
    (
        SELECT
            service, endpoint, event, block,
            by_block[block] AS a,
            n AS n1,
            toUInt64(k_history - if(block = 0, 0, a)) AS b,
            toUInt64(n_history - if(block = 0, 0, n)) AS n0
        FROM shown INNER JOIN totals USING (service, endpoint)
    ),

{% include "root_cause/_g_test.sql" %},

    scores AS
    (
        SELECT service, block, max(g) AS score, count() AS tests,
            argMax((endpoint, event, a, n1, b, n0), (g, endpoint, event)) AS best
        FROM tested
        GROUP BY service, block
    )
