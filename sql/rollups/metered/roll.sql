-- Purpose: requests of each service and minute as its metrics tell them, for the objectives of services without spans.
--   Run again it replaces what it wrote before, so that late points count.
-- Params:
--   from DateTime64(9, 'UTC')  the first minute
--   to DateTime64(9, 'UTC')  the minute to stop before
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% include "_metrics/params.sql" +%}
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor +%}
INSERT INTO kulprit_metered_minutes (service, minute, requests, errors)
{% include "_metrics/by_minute.sql" +%}

SELECT service, minute, requests, errors
FROM by_minute
-- where nothing says which requests failed, an objective has nothing to count
WHERE NOT isNaN(errors)
