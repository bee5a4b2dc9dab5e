-- Purpose: each saturation metric (a gauge) of each instance, for the window and for each block of the history, with
--   its usual value and the wobble that is usual.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   metrics String  regular expression of the names of metrics that mean saturation
--   except String  regular expression of those among them that do not
-- Columns:
--   service String  the service
--   metric String  the metric's name
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   level Float64  the median of its points in the block
--   usual Float64  the history's median
--   own_scale Float64  the series' own robust scale in the history
--   common_scale Float64  the 0.9 quantile of the distance from the median over all series of the metric
--   since DateTime64(9, 'UTC')  the first point in the block above the usual value by three scales, 1970 if none
-- Reads: otel_metrics_gauge
WITH
{% include "root_cause/_blocks.sql" +%}

{% include "_metrics/service.sql" +%}

    -- what a series is about is looked up once for it, not for each of its points
    gathered AS
    (
        SELECT
            coalesce(nullIf(workload_of(attributes), ''), nullIf(named, ''), workload_of(resource)) AS service,
            concat(resource['service.instance.id'], ' ', resource['k8s.pod.name'], ' ', resource['container.id'], ' ',
                resource['host.name'], ' ', toString(of_attributes)) AS instance,
            metric,
            points
        FROM
        (
            SELECT
                ServiceName::String AS named,
                MetricName AS metric,
                cityHash64(Attributes) AS of_attributes,
                any(Attributes) AS attributes,
                any(ResourceAttributes) AS resource,
                groupArray((block_of(toUnixTimestamp64Nano(TimeUnix)), Value, toUnixTimestamp64Nano(TimeUnix)))
                    AS points
            FROM {{ source("otel_metrics_gauge") }}
            WHERE TimeUnix >= {history_from:DateTime64(9, 'UTC')} AND TimeUnix < {to:DateTime64(9, 'UTC')}
                {{- pruned("otel_metrics_gauge", "{history_from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
              AND match(MetricName, {metrics:String})
              AND NOT match(MetricName, {except:String})
              AND isFinite(Value)
            GROUP BY named, metric, of_attributes, cityHash64(ResourceAttributes)
        )
        WHERE service != ''
    ),

    -- a series that stands still all the time cannot be unusual by its own measure
    series AS MATERIALIZED
    (
        SELECT
            service, instance, metric,
            arrayFlatten(groupArray(points)) AS all_points,
            arrayMap(point -> point.2, arrayFilter(point -> point.1 > 0, all_points)) AS history,
            arrayReduce('median', history) AS m,
            arrayMap(x -> abs(x - m), history) AS residuals,
            1.4826 * arrayReduce('median', residuals) AS own_scale,
            cityHash64(arraySort(arrayMap(x -> round(x, 6), history))) AS fingerprint
        FROM gathered
        GROUP BY service, instance, metric
        HAVING length(history) >= 3 AND length(arrayDistinct(history)) > 1
    ),

    -- values that several services report alike are the host's, and accuse none of them
    own AS MATERIALIZED
    (
        SELECT * FROM series QUALIFY count() OVER (PARTITION BY metric, fingerprint) = 1
    ),

    -- a core costs the same everywhere: a wobble that is common among services is no news in a quiet one
    common AS
    (
        SELECT metric, quantile(0.9)(r) AS common_scale
        FROM own ARRAY JOIN residuals AS r
        GROUP BY metric
    )

SELECT
    service,
    metric,
    point.1 AS block,
    median(point.2) AS level,
    m AS usual,
    own_scale,
    common_scale,
    fromUnixTimestamp64Nano(minIf(point.3, point.2 > m + 3 * greatest(own_scale, common_scale)), 'UTC') AS since
FROM own
ARRAY JOIN all_points AS point
INNER JOIN common USING (metric)
GROUP BY service, instance, metric, block, m, own_scale, common_scale
ORDER BY service, metric, block, level
SETTINGS enable_materialized_cte = 1
