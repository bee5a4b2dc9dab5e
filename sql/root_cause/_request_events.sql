    -- the requests that can show an event, each once for what its service does in the trace, by endpoint
    totals AS
    (
        SELECT service, endpoint, block, count() AS n,
            sumIf(n, block > 0) OVER (PARTITION BY service, endpoint) AS n_history
        FROM visits
        GROUP BY service, endpoint, block
    ),

    -- how many requests show each event, by block
    shown AS
    (
        SELECT
            service, endpoint, event,
            mapFromArrays(groupArray(block), groupArray(k)) AS by_block,
            sumIf(k, block > 0) AS k_history
        FROM
        (
            SELECT service, endpoint, event, block, count() AS k
            FROM visits INNER JOIN events USING (visit)
            GROUP BY service, endpoint, event, block
        )
        GROUP BY service, endpoint, event
    ),
