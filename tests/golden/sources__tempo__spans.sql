-- Purpose: reads traces from Tempo, in the columns that the OpenTelemetry exporter makes.
-- Params:
--   trace_state String  for how many traces each of these stands, as a sampler says it; empty: for itself
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
-- Reads:
INSERT INTO otel_traces
WITH
    (list -> mapFromArrays(
        arrayMap(one -> JSONExtractString(one, 'key'), JSONExtractArrayRaw(list)),
        arrayMap(
            one -> if(JSONHas(one, 'value', 'stringValue'),
                JSONExtractString(one, 'value', 'stringValue'),
                -- whole numbers are texts in JSON, others and yes and no are not
                trimBoth(JSONExtractKeysAndValuesRaw(one, 'value')[1].2, '"')),
            JSONExtractArrayRaw(list))
        )::Map(LowCardinality(String), String)) AS attributes,
    -- ids are in base64, or in hexadecimal digits
    (id -> if(length(id) IN (16, 32) AND match(id, '^[0-9a-fA-F]+$'), lower(id), lower(hex(tryBase64Decode(id)))))
        AS hexadecimal,
    (time -> fromUnixTimestamp64Nano(toInt64OrZero(time), 'UTC')) AS instant,

    resources AS
    (
        SELECT arrayJoin(arrayConcat(
            JSONExtractArrayRaw(json, 'trace', 'resourceSpans'), JSONExtractArrayRaw(json, 'batches'))) AS resource
        FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
        WHERE throwIf(NOT JSONHas(json, 'trace') AND NOT JSONHas(json, 'batches'), 'this is no answer of Tempo') = 0
    ),

    spans AS
    (
        SELECT
            attributes(JSONExtractRaw(resource, 'resource', 'attributes')) AS of_resource,
            arrayJoin(JSONExtractArrayRaw(arrayJoin(JSONExtractArrayRaw(resource, 'scopeSpans')), 'spans')) AS span,
            JSONExtractArrayRaw(span, 'events') AS events,
            JSONExtractArrayRaw(span, 'links') AS links
        FROM resources
    )

SELECT
    instant(JSONExtractString(span, 'startTimeUnixNano')) AS Timestamp,
    hexadecimal(JSONExtractString(span, 'traceId')) AS TraceId,
    hexadecimal(JSONExtractString(span, 'spanId')) AS SpanId,
    replaceRegexpOne(hexadecimal(JSONExtractString(span, 'parentSpanId')), '^0+$', '') AS ParentSpanId,
    if({trace_state:String} = '', JSONExtractString(span, 'traceState'), {trace_state:String}) AS TraceState,
    JSONExtractString(span, 'name') AS SpanName,
    initcap(replaceOne(JSONExtractString(span, 'kind'), 'SPAN_KIND_', '')) AS SpanKind,
    of_resource['service.name'] AS ServiceName,
    of_resource AS ResourceAttributes,
    attributes(JSONExtractRaw(span, 'attributes')) AS SpanAttributes,
    toUInt64(greatest(0,
        toInt64OrZero(JSONExtractString(span, 'endTimeUnixNano'))
        - toInt64OrZero(JSONExtractString(span, 'startTimeUnixNano')))) AS Duration,
    transform(JSONExtractString(span, 'status', 'code'),
        ['STATUS_CODE_ERROR', 'STATUS_CODE_OK'], ['Error', 'Ok'], 'Unset') AS StatusCode,
    JSONExtractString(span, 'status', 'message') AS StatusMessage,
    arrayMap(event -> instant(JSONExtractString(event, 'timeUnixNano')), events) AS `Events.Timestamp`,
    arrayMap(event -> JSONExtractString(event, 'name'), events) AS `Events.Name`,
    arrayMap(event -> attributes(JSONExtractRaw(event, 'attributes')), events) AS `Events.Attributes`,
    arrayMap(link -> hexadecimal(JSONExtractString(link, 'traceId')), links) AS `Links.TraceId`,
    arrayMap(link -> hexadecimal(JSONExtractString(link, 'spanId')), links) AS `Links.SpanId`
FROM spans
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
