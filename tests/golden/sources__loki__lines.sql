-- Purpose: the lines of the pages, in the columns that the OpenTelemetry exporter makes. What belongs to the line
--   alone are its attributes, the labels of its stream are those of its resource.
-- Params:
--   service_label String  the label with the name of the service
-- Columns:
-- Reads: loki_pages
CREATE OR REPLACE TEMPORARY TABLE otel_logs AS
WITH
    -- Loki's names have no dots: those attributes that say how a line ended get theirs back
    [
                                'status', 'Status', 'status_code', 'statusCode', 'StatusCode', 'status.code',
                                'http.response.status_code', 'http.status_code', 'http_status', 'http_status_code',
                                'http.status', 'response_code', 'response.status', 'response.status_code',
                                'rpc.grpc.status_code', 'rpc.response.status_code', 'grpc.code', 'grpc_code',
                                'grpc.status_code', 'db.response.status_code', 'exit_code', 'exitCode', 'exit.code',
                                'exit_status', 'process.exit.code', 'signal', 'code', 'errno', 'error_code',
                                'errorCode', 'error.code', 'sqlstate', 'error.type', 'exception.type', 'result',
                                'outcome', 'event.outcome'
    ] AS telling,
    arrayFilter(name -> position(name, '.') > 0 AND NOT has(telling, replaceAll(name, '.', '_')), telling) AS dotted,
    arrayMap(name -> replaceAll(name, '.', '_'), dotted) AS undotted,
    ['service.name', 'service.namespace', 'service.version', 'service.instance.id', 'deployment.environment',
        'deployment.environment.name', 'host.name', 'container.name', 'k8s.cluster.name', 'k8s.namespace.name',
        'k8s.node.name', 'k8s.pod.name', 'k8s.container.name', 'k8s.deployment.name', 'cloud.region',
        'cloud.availability_zone'] AS of_resource,
    arrayMap(name -> replaceAll(name, '.', '_'), of_resource) AS of_labels,

    entries AS
    (
        SELECT
            JSONExtract(stream, 'stream', 'Map(String, String)') AS labels,
            arrayJoin(JSONExtractArrayRaw(stream, 'values')) AS entry,
            until
        FROM (SELECT until, arrayJoin(JSONExtractArrayRaw(json, 'data', 'result')) AS stream FROM loki_pages)
    ),

    lines AS
    (
        SELECT
            fromUnixTimestamp64Nano(toInt64(JSONExtractString(entry, 1)), 'UTC') AS Timestamp,
            labels,
            JSONExtract(entry, 3, 'structuredMetadata', 'Map(String, String)') AS metadata,
            mapConcat(labels, metadata) AS said,
            JSONExtractString(entry, 2) AS Body,
            coalesce(
                nullIf(said['trace_id'], ''), nullIf(said['traceid'], ''), nullIf(said['traceID'], ''),
                nullIf(said['traceId'], ''), said['trace']) AS labelled_trace,
            if(labelled_trace != '', labelled_trace,
                extract(Body, '(?i)\\btrace[_.-]?id["\']?\\s*[=:]\\s*["\']?([0-9a-f]{16,32})\\b')) AS TraceId,
            coalesce(
                nullIf(said['span_id'], ''), nullIf(said['spanid'], ''), nullIf(said['spanID'], ''),
                said['spanId']) AS SpanId,
            coalesce(nullIf(said['severity_text'], ''), nullIf(said['level'], ''), said['severity']) AS SeverityText,
            toUInt8OrZero(said['severity_number']) AS SeverityNumber,
            labels[{service_label:String}] AS ServiceName,
            '' AS level
        FROM entries
        WHERE toInt64(JSONExtractString(entry, 1)) < until
    )

SELECT
    Timestamp,
    TraceId,
    SpanId,
    SeverityText::LowCardinality(String) AS SeverityText,
    SeverityNumber,
    ServiceName::LowCardinality(String) AS ServiceName,
    Body,
    mapFromArrays(
        arrayMap(name -> transform(name, of_labels, of_resource, name), mapKeys(labels)),
        mapValues(labels))::Map(LowCardinality(String), String) AS ResourceAttributes,
    mapFromArrays(
        arrayMap(name -> transform(name, undotted, dotted, name), mapKeys(attributes)),
        mapValues(attributes))::Map(LowCardinality(String), String) AS LogAttributes
FROM
(
    SELECT
        *,
        mapFilter(
            (name, value) -> name NOT IN ('trace_id', 'span_id', 'severity_text', 'severity_number', 'detected_level',
                'observed_timestamp', 'flags'),
            metadata) AS attributes
    FROM lines
)
