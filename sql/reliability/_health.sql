    -- Expects the CTE counted(service String, is_current UInt8, time DateTime('UTC'), requests, errors, lower_ms, upper_ms, durations Float64): how many
    -- requests there were, and how many of them (durations) took between lower_ms and upper_ms.

    -- whole windows, which get the time 1970, and stretches of them
    by_bucket AS
    (
        SELECT service, is_current, time, lower_ms, upper_ms, sum(requests) AS requests, sum(errors) AS errors, sum(durations) AS durations
        FROM counted
        GROUP BY GROUPING SETS ((service, is_current, lower_ms, upper_ms), (service, is_current, time, lower_ms, upper_ms))
    ),

    -- one row a service and stretch, its buckets in order
    by_stretch AS
    (
        SELECT
            service,
            is_current,
            time,
            sum(by_bucket.requests) AS requests,
            sum(by_bucket.errors) AS errors,
            arraySort(bucket -> bucket.2, groupArrayIf((lower_ms, upper_ms, durations), durations > 0)) AS buckets,
            arrayCumSum(bucket -> bucket.3, buckets) AS cumulative,
            cumulative[-1] AS known
        FROM by_bucket
        WHERE is_current OR time = 0
        GROUP BY service, is_current, time
    ),

    -- a quantile lies in the first bucket that reaches its rank, at the place that even spacing inside the bucket gives it
    ranked AS
    (
        SELECT
            *,
            [0.5, 0.95, 0.99] AS levels,
            arrayMap(level -> arrayFirstIndex(reached -> reached >= level * known, cumulative), levels) AS places,
            arrayMap(
                (level, place) -> multiIf(
                    known <= 0, nan,
                    -- nothing is known about the last bucket but its beginning
                    isInfinite(buckets[place].2), buckets[place].1,
                    buckets[place].1 + (buckets[place].2 - buckets[place].1) * (level * known - (cumulative[place] - buckets[place].3)) / buckets[place].3),
                levels, places) AS quantiles
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
