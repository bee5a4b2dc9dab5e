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

    points AS
    (
        SELECT
            coalesce(nullIf(workload_of(Attributes), ''), nullIf(ServiceName::String, ''),
                workload_of(ResourceAttributes)) AS service,
            concat(ResourceAttributes['service.instance.id'], ' ', ResourceAttributes['k8s.pod.name'], ' ',
                ResourceAttributes['container.id'], ' ',
                   ResourceAttributes['host.name'], ' ', toString(cityHash64(Attributes))) AS instance,
            MetricName AS metric,
            Value AS value,
            toUnixTimestamp64Nano(TimeUnix) AS at
        FROM {{ source("otel_metrics_gauge") }}
        WHERE TimeUnix >= {history_from:DateTime64(9, 'UTC')} AND TimeUnix < {to:DateTime64(9, 'UTC')}
            {{- pruned("otel_metrics_gauge", "{history_from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
          AND match(MetricName, {metrics:String})
          AND NOT match(MetricName, {except:String})
          AND service != ''
          AND isFinite(Value)
    ),

    -- a series that stands still all the time cannot be unusual by its own measure
    series AS
    (
        SELECT
            service, instance, metric,
            groupArray((block_of(at), value, at)) AS all_points,
            arrayMap(point -> point.2, arrayFilter(point -> point.1 > 0, all_points)) AS history,
            arrayReduce('median', history) AS m,
            arrayMap(x -> abs(x - m), history) AS residuals,
            1.4826 * arrayReduce('median', residuals) AS own_scale,
            cityHash64(arraySort(arrayMap(x -> round(x, 6), history))) AS fingerprint
        FROM points
        GROUP BY service, instance, metric
        HAVING length(history) >= 3 AND length(arrayDistinct(history)) > 1
    ),

    -- values that several services report alike are the host's, and accuse none of them
    own AS
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
