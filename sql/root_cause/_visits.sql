    -- a request is taken once for each trace, service and endpoint
    all_visits AS
    (
        SELECT visit, any(trace) AS trace, service, endpoint, argMin(block, started) AS block
        FROM question_requests
        GROUP BY visit, service, endpoint
    ),
