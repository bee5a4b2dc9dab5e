    grouped AS
    (
        SELECT
            service,
            route,
            status,
            pattern_id,
            any(mask) AS mask,
            count() AS lines,
            countIf(trace_id != '') AS traced,
            uniqExactIf(trace_id, trace_id != '') AS traces,
            arraySort(groupUniqArrayIf(10)(trace_id, trace_id != '')) AS trace_ids,
            min(body) AS sample,
            min(time) AS first_seen,
            max(time) AS last_seen
        FROM placed
        GROUP BY service, route, status, pattern_id
    )

SELECT
    toValidUTF8(service) AS service,
    toValidUTF8(route) AS route,
    toValidUTF8(status) AS status,
    pattern_id,
    toValidUTF8(mask) AS pattern,
    substringUTF8(toValidUTF8(sample), 1, 2048) AS sample,
    lines,
    traced,
    traces,
    arrayMap(id -> toValidUTF8(id), trace_ids) AS trace_ids,
    first_seen::Int64 AS first_seen,
    last_seen::Int64 AS last_seen,
    sum(lines) OVER (PARTITION BY service) AS service_lines,
    sum(lines) OVER () AS total_lines,
    sum(traced) OVER () AS total_traced,
    count() OVER () AS total_groups,
    (min(first_seen) OVER further)::Int64 AS further_first_seen,
    (max(last_seen) OVER further)::Int64 AS further_last_seen
FROM grouped
WINDOW further AS (ORDER BY lines DESC, service, route, status, pattern_id ROWS BETWEEN 1 FOLLOWING
    AND UNBOUNDED FOLLOWING)
ORDER BY lines DESC, service, route, status, pattern_id
LIMIT {limit:UInt32}
