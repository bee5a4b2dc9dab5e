-- Purpose: requests of each service and minute that an objective selects, by its metrics, for services without spans.
--   Run again it replaces what it wrote before, so that late points count.
-- Params:
--   from DateTime64(9, 'UTC')  the first minute
--   to DateTime64(9, 'UTC')  the minute to stop before
--   selector String  which requests: a hash of what the configuration says of them
--   services Array(String)  the services in scope
--   metric_names Array(String)  known metrics, the preferred ones first
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
--   metric_families Array(String)  what each measures: http, rpc, spans or proxy; a service's http and rpc requests add
--      up, spans serve where it has neither, and what a proxy before it counted where there is nothing else
--   metric_units_ms Array(Float64)  milliseconds in the unit of each where the point itself names no unit
--   lookback_seconds UInt32  how long before a window a stream's last point may lie
-- Reads: otel_traces, otel_metrics_sum, otel_metrics_histogram
INSERT INTO kulprit_selected_minutes (selector, service, minute, requests, errors)
WITH
    {from:DateTime64(9, 'UTC')} AS current_from,
    {to:DateTime64(9, 'UTC')} AS current_to,
    -- no baseline
    current_from AS baseline_from,
    current_from AS baseline_to,
    60 AS step,
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
            -- Whose requests a point counts. A proxy counts those of the services behind it.
coalesce(
                if(match(MetricName, '^(istio|envoy|nginx_ingress|traefik|haproxy|kong|apisix)_'),
                    nullIf(replaceRegexpOne(coalesce(
                    nullIf(Attributes['destination_service_name'], ''),
                    nullIf(Attributes['destination_canonical_service'], ''),
                    nullIf(Attributes['destination_workload'], ''),
                    nullIf(Attributes['exported_service'], ''),
                    nullIf(Attributes['service'], ''),
                    nullIf(Attributes['envoy_cluster_name'], ''),
                    nullIf(Attributes['proxy'], ''),
                    ''), '@[a-z]+$', ''), ''), NULL),
                nullIf(ServiceName::String, ''), nullIf(Attributes['service.name'], ''),
                nullIf(Attributes['service_name'], ''), nullIf(Attributes['service'], ''), Attributes['job']) AS service,
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
            -- Whether the requests of a stream failed, in the order of _spans/span_failed.sql.
            arrayFirst(
                value -> match(value, '^[1-5]([0-9]{2}|xx|XX)$'),
                [
                    Attributes['http.response.status_code'],
                    Attributes['http_response_status_code'],
                    Attributes['http.status_code'],
                    Attributes['http_status_code'],
                    Attributes['status_code'],
                    Attributes['status'],
                    Attributes['code'],
                    Attributes['response_code'],
                    Attributes['status_class'],
                    concat(Attributes['envoy_response_code_class'], 'xx')]) AS http_status,
            lower(replaceAll(coalesce(
                nullIf(Attributes['rpc.response.status_code'], ''),
                nullIf(Attributes['rpc_response_status_code'], ''),
                nullIf(Attributes['rpc.grpc.status_code'], ''),
                nullIf(Attributes['rpc_grpc_status_code'], ''),
                nullIf(Attributes['grpc.status_code'], ''),
                nullIf(Attributes['grpc_status_code'], ''),
                nullIf(Attributes['grpc.code'], ''),
                nullIf(Attributes['grpc_code'], ''),
                nullIf(Attributes['grpc_status'], ''),
                nullIf(Attributes['grpc_response_status'], ''),
                nullIf(Attributes['rpc.connect_rpc.error_code'], ''),
                nullIf(Attributes['rpc_connect_rpc_error_code'], ''),
                ''), '_', '')) AS grpc_status,
            coalesce(nullIf(Attributes['status.code'], ''), Attributes['status_code']) AS span_status,
            coalesce(nullIf(Attributes['error.type'], ''), Attributes['error_type']) AS error_type,
            Attributes['outcome'] AS outcome,
            grpc_status IN (
    -- the codes of gRPC (and Connect) that are the server's fault, by number or name
    '2', '4', '12', '13', '14', '15',
    'unknown', 'deadlineexceeded', 'unimplemented', 'internal', 'unavailable', 'dataloss') OR http_status LIKE '5%' OR outcome = 'SERVER_ERROR'
                OR ((error_type != '' OR span_status IN ('Error', 'STATUS_CODE_ERROR'))
                    AND http_status NOT LIKE '4%' AND outcome != 'CLIENT_ERROR'
                    AND grpc_status NOT IN (
    -- the codes of gRPC (and Connect) that are the client's doing, by number or name
    '1', '3', '5', '6', '7', '8', '9', '10', '11', '16',
    'canceled', 'cancelled', 'invalidargument', 'notfound', 'alreadyexists', 'permissiondenied', 'resourceexhausted',
    'failedprecondition', 'aborted', 'outofrange', 'unauthenticated')
                    AND NOT match(error_type, concat('(?i)',
            -- the whole name of the error, or the whole message
            '^ ?(\\S*[.])?(cancell?ed(error)?|client_?(abort|disconnect|clos)\\S*)( |$)|',
            -- as servers put it in a sentence
            '\\b(context|request|stream|rpc|call) (was |is )?cancell?ed\\b|',
            '\\bclient (has |was )?(abort|disconnect|closed|cancell?ed|gone|went away)|',
            '\\b(abort|disconnect|cancel|clos)\\w* by (the )?(client|caller|user)\\b')))
            AS is_failed,
            concat(http_status, grpc_status, span_status, error_type, outcome) != '' AS has_status,
            -- what lasts as long as somebody listens
            http_status = '101' OR Attributes['url.scheme'] IN ('ws', 'wss')
                OR (
    -- Whether the requests that a point counts are named by one of `selectors`; routes alone are looked for at once.
    match(
    -- whether the route of the requests that a point counts is one of `routes`
    concat(
        Attributes['http.route'], '\n',
        Attributes['http_route'], '\n',
        Attributes['url.path'], '\n',
        Attributes['http.target'], '\n',
        Attributes['http_target'], '\n',
        Attributes['route'], '\n',
        Attributes['path'], '\n',
        Attributes['uri'], '\n',
        Attributes['handler'], '\n',
        Attributes['endpoint'], '\n',
        Attributes['span.name'], '\n',
        Attributes['span_name'], '\n',
        coalesce(nullIf(Attributes['rpc.service'], ''), nullIf(Attributes['rpc_service'], ''),
            Attributes['grpc_service']),
        '/',
        coalesce(nullIf(Attributes['rpc.method'], ''), nullIf(Attributes['rpc_method'], ''),
            Attributes['grpc_method'])),
    '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/socket\\.io\\/[^\\n]*|\\/sockjs\\/[^\\n]*|\\/signalr\\/[^\\n]*|\\/ws|\\/ws\\/[^\\n]*|[^\\n]*\\/websocket|\\/sse|\\/sse\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)') OR
    false
) AS is_stream
        FROM
        (
            SELECT ServiceName, MetricName, MetricUnit, ResourceAttributes, ScopeName, Attributes, StartTimeUnix,
                TimeUnix, AggregationTemporality,
                   Value AS total, []::Array(UInt64) AS counts, []::Array(Float64) AS bounds
            FROM otel_metrics_sum
            WHERE (MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String})) AND IsMonotonic AND AggregationTemporality IN (1, 2)
              AND -- A point marked as stale carries 0 where a scrape failed: that is no value.
bitAnd(Flags, 1) = 0
              AND ((TimeUnix > current_from - lookback AND TimeUnix <= current_to)
                  OR (TimeUnix > baseline_from - lookback AND TimeUnix <= baseline_to))
            UNION ALL
            SELECT ServiceName, MetricName, MetricUnit, ResourceAttributes, ScopeName, Attributes, StartTimeUnix,
                TimeUnix, AggregationTemporality,
                   toFloat64(Count) AS total, BucketCounts AS counts, ExplicitBounds AS bounds
            FROM otel_metrics_histogram
            WHERE (MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String})) AND AggregationTemporality IN (1, 2)
              AND -- A point marked as stale carries 0 where a scrape failed: that is no value.
bitAnd(Flags, 1) = 0
              AND ((TimeUnix > current_from - lookback AND TimeUnix <= current_to)
                  OR (TimeUnix > baseline_from - lookback AND TimeUnix <= baseline_to))
        )
        WHERE is_of_requests
          -- a mesh tells of each request on both sides
          AND Attributes['reporter'] != 'source'
          AND NOT (
    -- Whether the requests that a point counts are named by one of `selectors`; routes alone are looked for at once.
    match(
    -- whether the route of the requests that a point counts is one of `routes`
    concat(
        Attributes['http.route'], '\n',
        Attributes['http_route'], '\n',
        Attributes['url.path'], '\n',
        Attributes['http.target'], '\n',
        Attributes['http_target'], '\n',
        Attributes['route'], '\n',
        Attributes['path'], '\n',
        Attributes['uri'], '\n',
        Attributes['handler'], '\n',
        Attributes['endpoint'], '\n',
        Attributes['span.name'], '\n',
        Attributes['span_name'], '\n',
        coalesce(nullIf(Attributes['rpc.service'], ''), nullIf(Attributes['rpc_service'], ''),
            Attributes['grpc_service']),
        '/',
        coalesce(nullIf(Attributes['rpc.method'], ''), nullIf(Attributes['rpc_method'], ''),
            Attributes['grpc_method'])),
    '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/health|\\/healthz|\\/healthcheck|\\/health\\/live|\\/health\\/ready|\\/ready|\\/readyz|\\/live|\\/livez|\\/metrics|\\/\\-\\/healthy|\\/\\-\\/ready|\\/actuator\\/health[^\\n]*|\\/actuator\\/prometheus|/?grpc\\.health\\.v1\\.Health\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)') OR
    false
)
          AND Attributes['span.kind'] IN ('', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'Server', 'Consumer')
          AND Attributes['span_kind'] IN ('', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'Server', 'Consumer')
          AND service IN {services:Array(String)}
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

    by_minute AS
    (
        SELECT service, time AS minute, sum(counted.requests) AS requests, sum(counted.errors) AS errors
        FROM counted
        WHERE is_current AND service != ''
        GROUP BY service, minute
    )

SELECT {selector:String} AS selector, service, minute, requests, errors
FROM by_minute
-- where nothing says which requests failed, an objective has nothing to count
WHERE NOT isNaN(errors)
  AND service NOT IN
  (
      SELECT DISTINCT ServiceName::String
      FROM otel_traces
      WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  )
