            -- An exponential histogram as one with bounds: its buckets are the coarsest of its stream, but no finer
            -- than eight for each doubling, as in the rollup of spans. What is negative is no duration.
            SELECT ServiceName, MetricName, MetricUnit, ResourceAttributes, ScopeName, Attributes, StartTimeUnix,
                TimeUnix, AggregationTemporality, toFloat64(Count) AS total,
                   arrayConcat([ZeroCount, 0], arrayMap(
                       place -> arraySum(arraySlice(
                           PositiveBucketCounts,
                           toInt64(greatest(1, place * ratio - PositiveOffset + 1)),
                           toInt64(greatest(0, least(ratio, (place + 1) * ratio - PositiveOffset))))),
                       places), [toUInt64(0)]) AS counts,
                   arrayPushFront(
                       arrayMap(place -> exp2(place / exp2(scale)), arrayPushBack(places, toInt64(last) + 1)),
                       exp2(-64)) AS bounds
            FROM
            (
                SELECT
                    *,
                    exp2(Scale - scale) AS ratio,
                    minIf(greatest(floor(PositiveOffset / ratio), -64 * exp2(scale)),
                        notEmpty(PositiveBucketCounts)) OVER stream AS first,
                    maxIf(least(floor((PositiveOffset + length(PositiveBucketCounts) - 1) / ratio), 64 * exp2(scale)),
                        notEmpty(PositiveBucketCounts)) OVER stream AS last,
                    range(toInt64(first), toInt64(last) + 1) AS places
                FROM
                (
                    SELECT *, least(minIf(Scale, notEmpty(PositiveBucketCounts)) OVER stream, 3) AS scale
                    FROM {{ source(table) }}
                    WHERE {% include "_metrics/is_known.sql" %} AND AggregationTemporality IN (1, 2)
                      AND {% include "_metrics/has_value.sql" +%}
                      AND ((TimeUnix > current_from - lookback AND TimeUnix <= current_to
                          {{- pruned(table, "current_from - lookback", "current_to") }})
                          OR (TimeUnix > baseline_from - lookback AND TimeUnix <= baseline_to
                              {{- pruned(table, "baseline_from - lookback", "baseline_to") }}))
                    WINDOW stream AS (PARTITION BY ServiceName, MetricName, ResourceAttributes, ScopeName, Attributes)
                )
                WINDOW stream AS (PARTITION BY ServiceName, MetricName, ResourceAttributes, ScopeName, Attributes)
            )
