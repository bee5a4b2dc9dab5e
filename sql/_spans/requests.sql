{% include "_spans/entries.sql" +%}

    -- a request is taken once for each trace, service and endpoint
    all_requests AS
    (
        SELECT trace_id, service, endpoint, block_of(min(started)) AS block
        FROM entries
        GROUP BY trace_id, service, endpoint
    ),
