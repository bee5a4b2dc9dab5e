    -- Minutes of a service with spans whose parents have not been looked at yet. There the spans themselves are
    -- counted, by minute and by how long they took (8 buckets for each doubling), in the place of what the rollup has.
    unsettled AS
    (
        SELECT service::String AS service, minute
        FROM kulprit_request_minutes AS minutes
        WHERE minute >= {at:DateTime('UTC')} - toIntervalSecond({period_seconds:UInt32})
          AND minute < {at:DateTime('UTC')}
{% if scoped %}
          AND minutes.service IN {services:Array(String)}
{% endif %}
        GROUP BY service, minute
        HAVING sum(minutes.unsettled) != 0
    ),
    (SELECT if(count() = 0, {at:DateTime('UTC')}, min(minute)) FROM unsettled) AS unsettled_from,
    (SELECT if(count() = 0, {at:DateTime('UTC')}, max(minute) + toIntervalMinute(1)) FROM unsettled) AS unsettled_to,
{% set spans_read = "slo/_read_unsettled.sql" %}
    settled AS
    (
        SELECT
            ServiceName::String AS service,
            toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
            toUInt16(8 * log2(greatest(toInt64(Duration), 1))) AS bucket,
            toFloat64(sum({% include "_spans/weight.sql" %})) AS requests,
            toFloat64(sumIf({% include "_spans/weight.sql" %}, {% include "_spans/request_failed.sql" %})) AS errors,
            toFloat64(sumIf({% include "_spans/weight.sql" %}, NOT {% include "_spans/is_stream.sql" %})) AS timed
        FROM {{ source("otel_traces") }}
        WHERE Timestamp >= unsettled_from AND Timestamp < unsettled_to
            {{- pruned("otel_traces", "unsettled_from", "unsettled_to") }}
          AND (ServiceName, toStartOfMinute(toDateTime(Timestamp, 'UTC'))) IN (SELECT service, minute FROM unsettled)
          AND {% include "_spans/is_request.sql" +%}
        GROUP BY service, minute, bucket
    ),
