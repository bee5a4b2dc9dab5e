    -- Expects the CTE counted(service String, is_current UInt8, time DateTime('UTC'), requests, errors, lower_ms,
    -- upper_ms, durations Float64): how many requests there were, and how many of them (durations) took between
    -- lower_ms and upper_ms.

    -- whole windows, which get the time 1970, and stretches of them
    by_bucket AS
    (
        SELECT service, is_current, time, lower_ms, upper_ms, sum(requests) AS requests, sum(errors) AS errors,
            sum(durations) AS durations
        FROM counted
        GROUP BY GROUPING SETS ((service, is_current, lower_ms, upper_ms),
            (service, is_current, time, lower_ms, upper_ms))
    ),

    -- one row a service and stretch: where each bucket begins and ends, and how many durations a millisecond there are
    -- from there on. Buckets of several histograms may overlap: then their densities add up.
    by_stretch AS
    (
        SELECT
            service,
            is_current,
            time,
            sum(by_bucket.requests) AS requests,
            sum(by_bucket.errors) AS errors,
            sumIf(durations, durations > 0) AS known,
            -- nothing is known about the last bucket of a histogram but its beginning
            maxIf(lower_ms, durations > 0 AND isInfinite(upper_ms)) AS open_from,
            groupArrayIf(
                (lower_ms, upper_ms, durations / (upper_ms - lower_ms)),
                durations > 0 AND NOT isInfinite(upper_ms)) AS buckets,
            arraySort(arrayConcat(arrayMap(bucket -> (bucket.1, bucket.3), buckets),
                arrayMap(bucket -> (bucket.2, -bucket.3), buckets))) AS steps,
            arrayMap(step -> step.1, steps) AS edges,
            arrayCumSum(step -> step.2, steps) AS densities,
            -- how many durations lie below the edge after each
            arrayCumSum((density, edge, next) -> greatest(density, 0) * (next - edge), densities, edges,
                arrayPopFront(arrayPushBack(edges, edges[-1]))) AS cumulative
        FROM by_bucket
        WHERE is_current OR time = 0
        GROUP BY service, is_current, time
    ),

    -- a quantile lies before the first edge that reaches its rank, at the place that even spacing gives it
    ranked AS
    (
        SELECT
            *,
            arrayMap(level -> level * known, [0.5, 0.95, 0.99]) AS ranks,
            -- a hair less, since the sums are rounded
            arrayMap(rank -> arrayFirstIndex(reached -> reached >= rank * (1 - 1e-9), cumulative), ranks) AS places,
            arrayMap(
                (rank, place) -> multiIf(
                    known <= 0, nan,
                    place = 0, open_from,
                    edges[place + 1] - (cumulative[place] - rank) / densities[place]),
                ranks, places) AS quantiles
        FROM by_stretch
    )

SELECT
    service,
    multiIf(time != 0, 'series', is_current, 'current', 'baseline') AS period,
    time,
    requests,
    errors,
    quantiles[1] AS p50_ms,
    quantiles[2] AS p95_ms,
    quantiles[3] AS p99_ms
FROM ranked
ORDER BY service, period, time
