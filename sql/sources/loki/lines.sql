-- Purpose: the lines of the pages, in the columns that the OpenTelemetry exporter makes. What belongs to the line
--   alone are its attributes, the labels of its stream are those of its resource.
-- Params:
--   service_label String  the label with the name of the service
{% if sampled %}
--   by_level UInt8  whether strata are told apart by level
--   strata_services Array(String)  of which service each stratum is that was read in part
--   strata_levels Array(String)  of which level
--   strata_from Array(Int64)  when it begins, in nanoseconds since 1970
--   strata_to Array(Int64)  when it ends
--   strata_lines Array(UInt64)  how many lines it has
{% endif %}
-- Columns:
-- Reads: loki_pages
CREATE OR REPLACE TEMPORARY TABLE otel_logs AS
WITH
    -- Loki's names have no dots: those attributes that say how a line ended get theirs back
    [
{% include "_logs/telling_attributes.sql" +%}
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
            {%+ if sampled %}if({by_level:UInt8} = 1, said['detected_level'], ''){% else %}''{% endif %} AS level
        FROM entries
        WHERE toInt64(JSONExtractString(entry, 1)) < until
    ){% if sampled %},

    strata AS
    (
        SELECT stratum.1 AS service, stratum.2 AS level, stratum.3 AS begin, stratum.4 AS end, stratum.5 AS lines
        FROM (SELECT arrayJoin(arrayZip(
            {strata_services:Array(String)}, {strata_levels:Array(String)},
            {strata_from:Array(Int64)}, {strata_to:Array(Int64)}, {strata_lines:Array(UInt64)})) AS stratum)
    ),

    -- each line that was read of a stratum stands for some, so that all together stand for as many as there are
    weighed AS
    (
        SELECT
            *,
            toUnixTimestamp64Nano(Timestamp) AS at,
            strata.lines > 0 AND at < strata.end AS is_sampled,
            count() OVER (PARTITION BY ServiceName, lines.level, strata.begin, is_sampled) AS of_lines,
            row_number() OVER (PARTITION BY ServiceName, lines.level, strata.begin, is_sampled ORDER BY at) AS number,
            if(is_sampled,
                intDiv(number * strata.lines, of_lines) - intDiv((number - 1) * strata.lines, of_lines), 1) AS weight
        FROM (SELECT *, toUnixTimestamp64Nano(Timestamp) AS logged FROM lines) AS lines
        ASOF LEFT JOIN strata
            ON lines.ServiceName = strata.service AND lines.level = strata.level AND lines.logged >= strata.begin
    )
{% endif +%}

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
    FROM {% if sampled %}weighed{% else %}lines{% endif +%}
{% if sampled %}
    ARRAY JOIN range(weight) AS copy
{% endif %}
)
