-- Purpose: requests and failed requests of each service in the windows of burn rates and in the period of an objective,
--   from the rollups: {% if selected %}of the requests that it selects{% else %}of spans, and of metrics for services
--   without spans{% endif %}.
{% include "slo/_events.sql" +%}
{% include "slo/_columns.sql" +%}
{% if selected %}
-- Reads: kulprit_selected_minutes
{% else %}
-- Reads: kulprit_request_minutes, kulprit_request_hours, kulprit_metered_minutes{% if unsettled %},
-- otel_traces{% endif +%}
{% endif %}
WITH
{% if selected %}
    minutes_of AS
    (
        SELECT service, minute AS time, requests AS total, errors AS bad
        FROM kulprit_selected_minutes FINAL
        WHERE selector = {selector:String} AND service != ''
    ),
    hours_of AS
    (
        SELECT service, toStartOfHour(time) AS time, sum(minutes_of.total) AS total, sum(minutes_of.bad) AS bad
        FROM minutes_of
        GROUP BY service, time
    ),
{% else %}
    -- metrics speak for services without spans
    spanned AS
    (
        SELECT DISTINCT service
        FROM kulprit_request_hours
        WHERE service IN (SELECT service FROM kulprit_metered_minutes
            WHERE minute >= {at:DateTime('UTC')} - toIntervalSecond({period_seconds:UInt32}))
          AND hour >= toStartOfHour({at:DateTime('UTC')} - toIntervalSecond({period_seconds:UInt32}))
    ),
{% if unsettled %}
{% include "slo/_settled.sql" +%}
    corrected AS
    (
        SELECT service, minute AS time, settled.requests AS total, settled.errors AS bad FROM settled
        UNION ALL
        SELECT service::String, minute AS time, -toFloat64(requests) AS total, -toFloat64(errors) AS bad
        FROM kulprit_request_minutes
        WHERE (service, minute) IN (SELECT service, minute FROM unsettled)
    ),
{% endif %}
    minutes_of AS
    (
{% if unsettled %}
        SELECT service, time, total, bad FROM corrected
        UNION ALL
{% endif %}
        SELECT service, minute AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_minutes
        UNION ALL
        SELECT service, minute AS time, requests AS total, errors AS bad
        FROM kulprit_metered_minutes FINAL
        WHERE service NOT IN (SELECT service FROM spanned)
    ),
    hours_of AS
    (
{% if unsettled %}
        SELECT service, toStartOfHour(time) AS time, total, bad FROM corrected
        UNION ALL
{% endif %}
        SELECT service, hour AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_hours
        UNION ALL
        SELECT service, toStartOfHour(minute) AS time, sum(requests) AS total, sum(errors) AS bad
        FROM kulprit_metered_minutes FINAL
        WHERE service NOT IN (SELECT service FROM spanned)
        GROUP BY service, time
    ),
{% endif %}
{% include "slo/_windows.sql" +%}
