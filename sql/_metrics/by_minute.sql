{# Requests of each service and minute, as its metrics tell them. #}
WITH
    {from:DateTime64(9, 'UTC')} AS current_from,
    {to:DateTime64(9, 'UTC')} AS current_to,
    -- no baseline
    current_from AS baseline_from,
    current_from AS baseline_to,
    60 AS step,
{% include "_metrics/requests.sql" +%}

    by_minute AS
    (
        SELECT service, time AS minute, sum(counted.requests) AS requests, sum(counted.errors) AS errors
        FROM counted
        WHERE is_current AND service != ''
        GROUP BY service, minute
    )
