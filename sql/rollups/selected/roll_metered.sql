-- Purpose: requests of each service and minute that an objective selects, by its metrics, for services without spans.
--   Run again it replaces what it wrote before, so that late points count.
-- Params:
--   from DateTime64(9, 'UTC')  the first minute
--   to DateTime64(9, 'UTC')  the minute to stop before
--   selector String  which requests: a hash of what the configuration says of them
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% include "_metrics/params.sql" +%}
-- Reads: otel_traces, otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}
{%- endfor +%}
INSERT INTO kulprit_selected_minutes (selector, service, minute, requests, errors)
{% include "_metrics/by_minute.sql" +%}

SELECT {selector:String} AS selector, service, minute, requests, errors
FROM by_minute
-- where nothing says which requests failed, an objective has nothing to count
WHERE NOT isNaN(errors)
  AND service NOT IN
  (
      SELECT DISTINCT ServiceName::String
      FROM {{ source("otel_traces") }}
      WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
          {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
  )
