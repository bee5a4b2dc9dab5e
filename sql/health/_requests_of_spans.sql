        SELECT
            ServiceName::String AS service,
            Timestamp >= current_from AND Timestamp < current_to AS is_current,
            toDateTime(
                toUnixTimestamp(first_minute)
                + if(is_current, intDiv(toUnixTimestamp(Timestamp) - toUnixTimestamp(first_minute), step) * step, 0),
                'UTC') AS time,
            toUInt16(8 * log2(greatest(toInt64(Duration), 1))) AS bucket,
            toFloat64(sum({% include "_spans/weight.sql" %})) AS requests,
            toFloat64(sumIf({% include "_spans/weight.sql" %}, {% include "_spans/request_failed.sql" %})) AS errors,
            exp2(bucket / 8) / 1e6 AS lower_ms,
            exp2((bucket + 1) / 8) / 1e6 AS upper_ms,
            toFloat64(sumIf({% include "_spans/weight.sql" %}, NOT {% include "_spans/is_stream.sql" %})) AS durations
        FROM {{ source("otel_traces") }}
        WHERE ((Timestamp >= current_from AND Timestamp < current_to
            {{- pruned("otel_traces", "current_from", "current_to") }})
            OR (Timestamp >= baseline_from AND Timestamp < baseline_to
                {{- pruned("otel_traces", "baseline_from", "baseline_to") }}))
{% if scoped %}
          AND otel_traces.ServiceName IN {services:Array(String)}
{% endif %}
          AND {% include "_spans/is_request.sql" %}
