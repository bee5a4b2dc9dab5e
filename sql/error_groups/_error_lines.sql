{% from "error_groups/_rules.sql" import attribute_rules, body_rules %}
    -- error lines, and the trace that each names: in its column, in an attribute, or in the message (error_groups/rules
    -- shows how); an id of zeros names none
    lines AS
    (
        SELECT
            {{ logs.service | ident }}::String AS service,
            {{ logs.body | ident }} AS body,
{% if by_function %}
            {%+ include "_logs/said.sql" %} AS said,
{% endif %}
            toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9, 'UTC')) AS time,
            mapConcat({{ logs.resource_attributes | ident }}, {{ logs.log_attributes | ident }}) AS attributes,
            coalesce(
{% for key in ["http.route", "url.template", "rpc.method", "route"] %}
                nullIf(attributes[{{ key | literal }}], ''),
{% endfor %}
                '') AS own_route,
            coalesce(
{% for key in ["http.response.status_code", "http.status_code", "rpc.grpc.status_code", "status_code"] %}
                nullIf(attributes[{{ key | literal }}], ''),
{% endfor %}
                '') AS own_status,
            coalesce(
                nullIf({{ logs.trace_id | ident }}, ''),
{% for key in ["trace_id", "traceId", "trace.id", "TraceId", "traceID", "X-B3-TraceId", "x-b3-traceid"] %}
                nullIf(attributes[{{ key | literal }}], ''),
{% endfor %}
{% for rule in attribute_rules %}
{% for key in rule.attributes %}
                nullIf(extract(attributes[{{ key | literal }}], {{ rule.pattern | literal }}), ''),
{% endfor %}
{% endfor %}
{% for rule in body_rules %}
                nullIf(extract(body, {{ rule.pattern | literal }}), ''),
{% endfor %}
                '') AS named_trace,
            replaceRegexpOne(
                replaceAll(replaceRegexpOne(lower(named_trace), '^1-', ''), '-', ''), '^0+$', '') AS trace_id
        FROM {{ source("logs") }} AS stored
        WHERE {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')}
          AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
              {{- pruned("logs", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
          AND {%+ include "_logs/is_error.sql" +%}
{% if scoped %}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
{% endif %}
    ),
