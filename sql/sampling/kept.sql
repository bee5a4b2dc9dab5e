-- Purpose: for how many requests those count that a sampler kept, the failed and the others, by service: where it keeps
--   failures more often, ratios are estimates, or wrong.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
-- Columns:
--   service String  the service
--   failed_weight Float64  for how many requests each that failed counts on average; NaN without any
--   other_weight Float64  for how many each other one does; NaN without any
--   tail_sampled UInt64  requests that a tail sampler says it kept, and that count for themselves alone
-- Reads: otel_traces
SELECT
    service,
    avgIf(weight, is_failed) AS failed_weight,
    avgIf(weight, NOT is_failed) AS other_weight,
    countIf(is_tail AND weight = 1) AS tail_sampled
FROM
(
    SELECT
        ServiceName::String AS service,
        {%+ include "_spans/sampled_one_in.sql" %} AS weight,
        {%+ include "_spans/span_failed.sql" %} AS is_failed,
        concat(
{% for key in ["tailsampling.policy", "tailsampling.composite_policy", "sampling.policy", "meta.refinery.reason"] %}
            SpanAttributes[{{ key | literal }}]{% if not loop.last %},{% endif +%}
{% endfor %}
        ) != '' AS is_tail
    FROM {{ source("otel_traces") }}
    WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
        {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% if scoped %}
      AND otel_traces.ServiceName IN {services:Array(String)}
{% endif %}
      AND {% include "_spans/names_request.sql" +%}
)
GROUP BY service
HAVING tail_sampled > 0 OR failed_weight != other_weight
ORDER BY service
