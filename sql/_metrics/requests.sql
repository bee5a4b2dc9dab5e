    -- Expects current_from, current_to, baseline_from, baseline_to and step (seconds) before it.
    toIntervalSecond({lookback_seconds:UInt32}) AS lookback,

    -- the labels by which replicas of a Prometheus that watch the same targets differ
    (labels -> mapFilter(
        (label, _) -> label NOT IN ('prometheus_replica', '__replica__', 'cortex_replica')
            AND (label != 'replica' OR labels['instance'] = ''),
        labels)) AS without_replica,

    -- the points of known metrics in the windows and the time before them
    points AS
    (
        SELECT
            *,
            {%+ include "_metrics/served_by.sql" %} AS service,
            indexOf({metric_names:Array(String)}, MetricName) AS place_known,
            -- Span metrics have any namespace: they are known by how their names end and by the kind that they carry.
            place_known != 0 OR concat(Attributes['span.kind'], Attributes['span_kind']) != '' AS is_of_requests,
            if(place_known != 0, toUInt64(place_known),
                10000 * (1 + empty(counts)) + cityHash64(MetricName) % 10000) AS preference,
            if(place_known != 0, {metric_families:Array(String)}[place_known], 'spans') AS family,
            transform(MetricUnit,
                ['s', 'seconds', 'ms', 'milliseconds', 'us', 'microseconds', 'ns', 'nanoseconds'],
                [1e3, 1e3, 1., 1., 1e-3, 1e-3, 1e-6, 1e-6],
                if(place_known != 0, {metric_units_ms:Array(Float64)}[place_known],
                    if(endsWith(MetricName, '_seconds'), 1e3, 1.))) AS unit_ms,
            -- Prometheus servers that watch the same targets tell of the same streams.
            cityHash64(without_replica(ResourceAttributes), ScopeName) AS instance,
            cityHash64(without_replica(Attributes)) AS labels,
{% include "_metrics/failed.sql" %},
            -- what lasts as long as somebody listens
            http_status = '101' OR Attributes['url.scheme'] IN ('ws', 'wss')
{% set selectors = requests.streams %}
                OR {% include "_metrics/is_any_of.sql" %} AS is_stream
        FROM
        (
            SELECT ServiceName, MetricName, MetricUnit, ResourceAttributes, ScopeName, Attributes, StartTimeUnix,
                TimeUnix, AggregationTemporality,
                   Value AS total, []::Array(UInt64) AS counts, []::Array(Float64) AS bounds
            FROM {{ source("otel_metrics_sum") }}
            WHERE {% include "_metrics/is_known.sql" %} AND IsMonotonic AND AggregationTemporality IN (1, 2)
              AND {% include "_metrics/has_value.sql" +%}
              AND ((TimeUnix > current_from - lookback AND TimeUnix <= current_to
                  {{- pruned("otel_metrics_sum", "current_from - lookback", "current_to") }})
                  OR (TimeUnix > baseline_from - lookback AND TimeUnix <= baseline_to
                      {{- pruned("otel_metrics_sum", "baseline_from - lookback", "baseline_to") }}))
            UNION ALL
            SELECT ServiceName, MetricName, MetricUnit, ResourceAttributes, ScopeName, Attributes, StartTimeUnix,
                TimeUnix, AggregationTemporality,
                   toFloat64(Count) AS total, BucketCounts AS counts, ExplicitBounds AS bounds
            FROM {{ source("otel_metrics_histogram") }}
            WHERE {% include "_metrics/is_known.sql" %} AND AggregationTemporality IN (1, 2)
              AND {% include "_metrics/has_value.sql" +%}
              AND ((TimeUnix > current_from - lookback AND TimeUnix <= current_to
                  {{- pruned("otel_metrics_histogram", "current_from - lookback", "current_to") }})
                  OR (TimeUnix > baseline_from - lookback AND TimeUnix <= baseline_to
                      {{- pruned("otel_metrics_histogram", "baseline_from - lookback", "baseline_to") }}))
{% for table in further_points %}
            UNION ALL
{% if table == "otel_metrics_summary" %}
{% include "_metrics/summary_points.sql" +%}
{% else %}
{% include "_metrics/exponential_points.sql" +%}
{% endif %}
{% endfor %}
        )
        WHERE is_of_requests
          -- a mesh tells of each request on both sides
          AND Attributes['reporter'] != 'source'
{% set selectors = requests.ignore %}
          AND NOT {% include "_metrics/is_any_of.sql" +%}
{% if selector %}
          AND {% include "_metrics/is_selected.sql" +%}
{% endif %}
          AND Attributes['span.kind'] IN ('', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'Server', 'Consumer')
          AND Attributes['span_kind'] IN ('', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'Server', 'Consumer')
{% if scoped %}
          AND service IN {services:Array(String)}
{% endif %}
    ),

    -- Each point beside the one before it, and the metrics that its service should be judged by: requests are counted
    -- by the first that says which of them failed, since what carries no status says nothing about failures.
    paired AS
    (
        SELECT
            *,
            row_number() OVER stream AS place,
            lagInFrame(total) OVER stream AS total_before,
            lagInFrame(counts) OVER stream AS counts_before,
            lagInFrame(bounds) OVER stream AS bounds_before,
            lagInFrame(TimeUnix) OVER stream AS time_before,
            min(TimeUnix) OVER (PARTITION BY service, MetricName, instance) AS instance_since,
            minIf(preference, has_status) OVER (PARTITION BY service, family) AS telling_preference,
            if(telling_preference = 0, min(preference) OVER (PARTITION BY service, family), telling_preference)
                AS counting_preference,
            minIf(preference, notEmpty(counts)) OVER (PARTITION BY service, family) AS timing_preference,
            max(family IN ('http', 'rpc')) OVER (PARTITION BY service) AS has_server_metrics,
            max(family = 'spans') OVER (PARTITION BY service) AS has_span_metrics
        FROM points
        WINDOW stream AS (PARTITION BY service, MetricName, instance, labels ORDER BY TimeUnix, total
            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ),

    -- what each point adds
    increased AS
    (
        SELECT
            *,
            multiIf(
                -- a point that was stored twice
                AggregationTemporality = 1 AND place > 1 AND TimeUnix = time_before AND total = total_before
                    AND counts = counts_before, 'none',
                AggregationTemporality = 1, 'all',
                -- the first point of a stream counts if the stream is new: its start is recent, or its instance had
                -- reported before without it
                place = 1, if(StartTimeUnix >= TimeUnix - lookback OR instance_since < TimeUnix, 'all', 'none'),
                total < total_before OR StartTimeUnix > time_before OR bounds != bounds_before, 'all',
                'difference') AS part,
            multiIf(part = 'all', total, part = 'none', 0, total - total_before) AS increase,
            multiIf(part = 'all', counts, part = 'none', arrayMap(count -> toUInt64(0), counts),
                arrayMap((count, before) -> if(count < before, 0, count - before), counts, counts_before)) AS increases
        FROM paired
    ),

    -- requests and durations by stretch of time; a point at the end of a window belongs to it, since it tells of the
    -- time before
    counted AS
    (
        SELECT
            service,
            TimeUnix > current_from AND TimeUnix <= current_to AS is_current,
            toDateTime(
                toUnixTimestamp(current_from) + if(
                    is_current,
                    intDiv(toUnixTimestamp64Milli(TimeUnix) - 1 - toUnixTimestamp64Milli(current_from), step * 1000)
                        * step,
                    0),
                'UTC') AS time,
            sum(entry.1) AS requests,
            sum(entry.2) AS errors,
            entry.3 AS lower_ms,
            entry.4 AS upper_ms,
            sum(entry.5) AS durations
        FROM increased
        ARRAY JOIN arrayConcat(
            if(preference = counting_preference,
                [(increase, multiIf(telling_preference = 0, nan, is_failed, increase, 0.), 0., 0., 0.)], []),
            if(preference = timing_preference AND notEmpty(counts) AND NOT is_stream,
                arrayMap(
                    place -> (0., 0., if(place = 1, 0., bounds[place - 1] * unit_ms),
                        if(place > length(bounds), inf, bounds[place] * unit_ms), toFloat64(increases[place])),
                    arrayEnumerate(increases)),
                [])) AS entry
        WHERE ((TimeUnix > current_from AND TimeUnix <= current_to)
            OR (TimeUnix > baseline_from AND TimeUnix <= baseline_to))
          AND (family IN ('http', 'rpc') OR NOT has_server_metrics)
          AND (family != 'proxy' OR NOT has_span_metrics)
        GROUP BY service, is_current, time, lower_ms, upper_ms
    ),
