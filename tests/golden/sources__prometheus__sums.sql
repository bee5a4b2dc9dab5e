-- Purpose: reads points of counters from Prometheus, in the columns that the OpenTelemetry exporter makes.
-- Params:
--   service_labels Array(String)  labels that may name the service, the best first
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
-- Reads:
INSERT INTO otel_metrics_sum
WITH
    (labels -> replaceRegexpOne(
        arrayFirst(name -> name != '', arrayMap(label -> labels[label], {service_labels:Array(String)})),
        '^.*/', '')) AS service_of,
    (labels -> mapFilter((label, _) -> label NOT IN ('__name__', 'le'), labels)
        ::Map(LowCardinality(String), String)) AS attributes_of,
    (labels -> map('service.instance.id', labels['instance'], 'job', labels['job'])
        ::Map(LowCardinality(String), String)) AS resource_of,

    series AS
    (
        SELECT
            JSONExtract(one, 'metric', 'Map(String, String)') AS labels,
            JSONExtract(one, 'values', 'Array(Tuple(Float64, String))') AS points
        FROM
        (
            SELECT arrayJoin(JSONExtractArrayRaw(json, 'data', 'result')) AS one
            FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
            WHERE throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
        )
    )

SELECT
    service_of(labels) AS ServiceName,
    labels['__name__'] AS MetricName,
    '' AS MetricUnit,
    '' AS ScopeName,
    resource_of(labels) AS ResourceAttributes,
    attributes_of(labels) AS Attributes,
    toDateTime64(0, 9, 'UTC') AS StartTimeUnix,
    fromUnixTimestamp64Milli(toInt64(round(point.1 * 1000)), 'UTC') AS TimeUnix,
    0 AS Flags,
    toFloat64OrZero(point.2) AS Value,
    2 AS AggregationTemporality,
    true AS IsMonotonic
FROM series
ARRAY JOIN points AS point
WHERE isFinite(Value)
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
