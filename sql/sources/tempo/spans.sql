-- Purpose: reads traces from Tempo, in the columns that the OpenTelemetry exporter makes.
-- Params:
--   trace_state String  for how many traces each of these stands, as a sampler says it; empty: for itself
{% include "sources/_place_params.sql" %}
-- Columns:
-- Reads:
INSERT INTO otel_traces
WITH
{% include "sources/tempo/_attributes.sql" %},
    -- ids are in base64, or in hexadecimal digits
    (id -> if(length(id) IN (16, 32) AND match(id, '^[0-9a-fA-F]+$'), lower(id), lower(hex(tryBase64Decode(id)))))
        AS hexadecimal,
    (time -> fromUnixTimestamp64Nano(toInt64OrZero(time), 'UTC')) AS instant,

    resources AS
    (
        SELECT arrayJoin(arrayConcat(
            JSONExtractArrayRaw(json, 'trace', 'resourceSpans'), JSONExtractArrayRaw(json, 'batches'))) AS resource
        FROM {% include "sources/_place.sql" +%}
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
{% include "sources/_place_settings.sql" +%}
