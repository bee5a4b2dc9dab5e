-- Purpose: request rate, errors and latency of each service in a window and its baseline, and over time, from the
--   minute rollup of requests, and from the spans for the minutes of a service that the rollup has not settled yet{%
if cut %},
--   and for minutes of which a window holds a part only{% else %}. The
--   windows must be whole minutes{% endif %}. The numbers are those of services_spans.
{% include "health/_windows.sql" +%}
{% include "health/_health_header.sql" +%}
-- Reads: kulprit_request_minutes, otel_traces
WITH
{% include "_windows/named.sql" +%}
    {step_seconds:UInt32} AS step,
    toStartOfMinute(current_from) AS first_minute,

    -- minutes of a service with spans whose parents have not been looked at yet
    unsettled AS
    (
        SELECT service, minute
        FROM kulprit_request_minutes AS minutes
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= baseline_from AND minute < baseline_to))
{% if scoped %}
          AND minutes.service IN {services:Array(String)}
{% endif %}
{% if cut %}
          AND ((minute >= current_from AND minute + toIntervalMinute(1) <= current_to)
            OR (minute >= baseline_from AND minute + toIntervalMinute(1) <= baseline_to))
{% endif %}
        GROUP BY service, minute
        HAVING sum(minutes.unsettled) != 0
    ),

    -- durations by bucket and stretch of time; requests and errors are not known by bucket, so they stand in a row of
    -- their own
{% set spans_read = "health/_read_unsettled.sql" %}
    counted AS
    (
        SELECT
            minutes.service::String AS service,
            minutes.minute >= current_from AND minutes.minute < current_to AS is_current,
            toDateTime(
                toUnixTimestamp(first_minute)
                + if(is_current, intDiv(toUnixTimestamp(minute) - toUnixTimestamp(first_minute), step) * step, 0),
                'UTC') AS time,
            toFloat64(sum(entry.2)) AS requests,
            toFloat64(sum(entry.3)) AS errors,
            if(entry.1 < 0, 0, exp2(entry.1 / 8) / 1e6) AS lower_ms,
            if(entry.1 < 0, 0, exp2((entry.1 + 1) / 8) / 1e6) AS upper_ms,
            toFloat64(sum(entry.4)) AS durations
        FROM kulprit_request_minutes AS minutes
        ARRAY JOIN arrayConcat(
            [(toInt32(-1), minutes.requests, minutes.errors, toInt64(0))],
            arrayMap(
                (bucket, count) -> (toInt32(bucket), toInt64(0), toInt64(0), count),
                durationsMap.bucket, durationsMap.requests)) AS entry
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= baseline_from AND minute < baseline_to))
          AND (minutes.service, minute) NOT IN (SELECT service, minute FROM unsettled)
{% if cut %}
          AND ((minute >= current_from AND minute + toIntervalMinute(1) <= current_to)
            OR (minute >= baseline_from AND minute + toIntervalMinute(1) <= baseline_to))
{% endif %}
{% if scoped %}
          AND minutes.service IN {services:Array(String)}
{% endif %}
        GROUP BY service, is_current, time, entry.1
        UNION ALL
        SELECT service, is_current, time, requests, errors, lower_ms, upper_ms, durations
        FROM
        (
{% include "health/_requests_of_spans.sql" +%}
              AND (ServiceName, toStartOfMinute(toDateTime(Timestamp, 'UTC'))) IN (SELECT service, minute
                  FROM unsettled)
            GROUP BY service, is_current, time, bucket
        )
{% if cut %}
        UNION ALL
        SELECT service, is_current, time, requests, errors, lower_ms, upper_ms, durations
        FROM
        (
{% set spans_read = "health/_read_cut.sql" %}
{% include "health/_requests_of_spans.sql" +%}
{% set lookback = false %}
              AND {% include "health/_cut_minutes.sql" +%}
            GROUP BY service, is_current, time, bucket
        )
{% endif %}
    ),

{% include "health/_health.sql" +%}
