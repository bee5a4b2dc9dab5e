    totals AS
    (
        SELECT service, endpoint, block, count() AS n,
            sumIf(n, block > 0) OVER (PARTITION BY service, endpoint) AS n_history
        FROM requests
        GROUP BY service, endpoint, block
    ),

    -- how many requests show each event, by block
    shown AS
    (
        SELECT service, endpoint, event, sumMap(map(block, toUInt64(1))) AS by_block, countIf(block > 0) AS k_history
        FROM requests INNER JOIN events USING (trace_id, service)
        GROUP BY service, endpoint, event
    ),
