-- Purpose: what fails: error lines grouped by service, route, status and pattern of the message. Route and status come
--   from the line's attributes, else from the span by which the service served that trace.
{% include "error_groups/_error_header.sql" +%}
-- Reads: {{ logs.table | name }}, otel_traces, kulprit_pattern_of_shape, kulprit_pattern_dictionary
-- Calls: kulprit_shape, kulprit_shape_text
WITH
{% set by_function = true %}
{% include "error_groups/_error_lines.sql" +%}

    -- what the service was asked in those traces
    asked AS
    (
        SELECT
            lower(TraceId) AS trace_id,
            ServiceName::String AS service,
            any(coalesce(nullIf(SpanAttributes['http.route'], ''), nullIf(SpanAttributes['url.template'], ''),
                nullIf(SpanAttributes['rpc.method'], ''), SpanName::String)) AS route,
            any(coalesce(nullIf(SpanAttributes['http.response.status_code'], ''),
                nullIf(SpanAttributes['http.status_code'], ''), SpanAttributes['rpc.grpc.status_code'])) AS status
        FROM {{ source("otel_traces") }}
{% set spans_read = "error_groups/_read_traces.sql" %}
        WHERE {% include "_spans/is_request.sql" +%}
{% include spans_read +%}
        GROUP BY trace_id, service
    ),

    -- each line with its group
    placed AS
    (
        SELECT
            lines.service AS service,
            if(own_route != '', own_route, asked.route) AS route,
            if(own_status != '', own_status, asked.status) AS status,
            kulprit_shape(said) AS shape_id,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            dictGetOrDefault('kulprit_pattern_dictionary', 'template', pattern_id, '') AS template,
            if(template != '', template, kulprit_shape_text(said)) AS mask,
            lines.trace_id AS trace_id,
            body,
            time
        FROM lines
        LEFT JOIN asked ON asked.trace_id = lines.trace_id AND asked.service = lines.service
    ),

{% include "error_groups/_error_groups.sql" +%}
