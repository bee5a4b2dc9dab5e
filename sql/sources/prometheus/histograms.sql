-- Purpose: reads points of classic histograms from Prometheus, each of which is several series there, in the
--   columns that the OpenTelemetry exporter makes.
-- Params:
--   service_labels Array(String)  labels that may name the service, the best first
{% include "sources/_place_params.sql" %}
-- Columns:
-- Reads:
INSERT INTO otel_metrics_histogram
WITH
{% include "sources/prometheus/_point.sql" +%},

    points AS
    (
        SELECT
            replaceRegexpOne(labels['__name__'], '_(bucket|count|sum)$', '') AS name,
            extract(labels['__name__'], '_(bucket|count|sum)$') AS part,
            mapFilter((label, _) -> label NOT IN ('__name__', 'le'), labels) AS of_all,
            toFloat64OrZero(labels['le']) AS bound,
            point.1 AS at,
            toFloat64OrZero(point.2) AS value
        FROM series
        ARRAY JOIN points AS point
        WHERE isFinite(value)
    )

SELECT
    service_of(of_all) AS ServiceName,
    name AS MetricName,
    '' AS MetricUnit,
    '' AS ScopeName,
    resource_of(of_all) AS ResourceAttributes,
    attributes_of(of_all) AS Attributes,
    toDateTime64(0, 9, 'UTC') AS StartTimeUnix,
    fromUnixTimestamp64Milli(toInt64(round(at * 1000)), 'UTC') AS TimeUnix,
    0 AS Flags,
    toUInt64(requests) AS Count,
    seconds AS Sum,
    -- a bucket counts what those below it count as well
    arrayMap(
        (count, place) -> toUInt64(greatest(0, count - if(place = 1, 0., buckets[place - 1].2))),
        arrayMap(bucket -> bucket.2, buckets), arrayEnumerate(buckets)) AS BucketCounts,
    arrayFilter(bound -> isFinite(bound), arrayMap(bucket -> bucket.1, buckets)) AS ExplicitBounds,
    2 AS AggregationTemporality
FROM
(
    SELECT
        name,
        of_all,
        at,
        greatest(maxIf(value, part = 'count'), maxIf(value, part = 'bucket')) AS requests,
        maxIf(value, part = 'sum') AS seconds,
        arraySort(groupArrayIf((bound, value), part = 'bucket')) AS buckets
    FROM points
    GROUP BY name, of_all, at
)
{% include "sources/_place_settings.sql" +%}
