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

    -- What is new says more than what it displaced: of two events with the same G the one that rose is shown.
    scores AS
    (
        SELECT service::String AS service, block, max(g) AS score, count() AS tests,
            arrayMap(found -> found.2, arraySlice(arrayReverseSort(groupArrayIf(
                (g * if(a * n0 >= b * n1, 1, 0.5), (endpoint::String, event, a, n1, b, n0)), block = 0)), 1, 6)) AS best
        FROM tested
        GROUP BY service, block
    )
