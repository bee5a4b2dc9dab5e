    -- error lines, and the trace that each names: in its column, in an attribute, or in the message as traceparent, trace id, X-Ray id, B3 header or
    -- 32 hexadecimal digits; an id of zeros names none
    lines AS
    (
        SELECT
            {{ logs.service | ident }}::String AS service,
            {{ logs.body | ident }} AS body,
            toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9, 'UTC')) AS time,
            mapConcat({{ logs.resource_attributes | ident }}, {{ logs.log_attributes | ident }}) AS attributes,
            coalesce(
                nullIf(attributes['http.route'], ''), nullIf(attributes['url.template'], ''), nullIf(attributes['rpc.method'], ''), nullIf(attributes['route'], ''), '') AS own_route,
            coalesce(
                nullIf(attributes['http.response.status_code'], ''), nullIf(attributes['http.status_code'], ''), nullIf(attributes['rpc.grpc.status_code'], ''), nullIf(attributes['status_code'], ''), '') AS own_status,
            coalesce(
                nullIf({{ logs.trace_id | ident }}, ''),
                nullIf(attributes['trace_id'], ''), nullIf(attributes['traceId'], ''), nullIf(attributes['trace.id'], ''), nullIf(attributes['TraceId'], ''), nullIf(attributes['traceID'], ''),
                nullIf(extract(attributes['traceparent'], '-([0-9a-f]{32})-'), ''), nullIf(attributes['X-B3-TraceId'], ''), nullIf(attributes['x-b3-traceid'], ''),
                nullIf(extract(attributes['b3'], '^([0-9a-f]{16,32})-'), ''), nullIf(extract(attributes['X-Amzn-Trace-Id'], '1-[0-9a-f]{8}-[0-9a-f]{24}'), ''), nullIf(extract(attributes['x-amzn-trace-id'], '1-[0-9a-f]{8}-[0-9a-f]{24}'), ''),
                nullIf(extract(body, '\\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b'), ''),
                nullIf(extract(body, '(?i)\\btrace[-_. ]?(?:id)?["\'\\]]*[\\s:=]+["\'\\[]*([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b'), ''),
                nullIf(extract(body, '\\b1-([0-9a-f]{8}-[0-9a-f]{24})\\b'), ''),
                nullIf(extract(body, '(?i)\\bb3["\']*\\s*[:=]\\s*["\']*([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}\\b'), ''),
                extract(body, '\\b([0-9a-f]{32})\\b')) AS named_trace,
            replaceRegexpOne(replaceAll(replaceRegexpOne(lower(named_trace), '^1-', ''), '-', ''), '^0+$', '') AS trace_id
        FROM {{ logs.table | ident }} AS stored
        WHERE {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')} AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
          AND match({{ logs.severity | ident }}, '(?i)^(e|err|error|eror|f|fatal|c|crit|critical|alert|emerg|emergency|panic|severe)[0-9]*$')
{% if scoped %}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
{% endif %}
    ),
