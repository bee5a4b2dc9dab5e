-- Purpose: requests and failed requests of each service in the windows of burn rates and in the period of an objective, from the rollups.
{% include "reliability/_slo_events.sql" %}
{% include "reliability/_slo_columns.sql" %}
-- Reads: kulprit_request_minutes, kulprit_request_hours
WITH
    minutes_of AS
    (
        SELECT service, minute AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_minutes
    ),
    hours_of AS
    (
        SELECT service, hour AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_hours
    ),
{% include "reliability/_slo_windows.sql" %}
