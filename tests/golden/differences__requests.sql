-- Purpose: what sets the requests that failed apart from the others of the same window: attributes of their spans whose
--   values make up another share. Attributes that say that a request failed are left out.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   budget UInt64  the requests that did not fail to read; of more, a sample is read
--   services Array(String)  the services in scope
-- Columns:
--   group_id UInt32  which group of lines or requests the row is about, from 0 on
--   kind String  all (the group itself, one row each), value (a value of an attribute), key (that the attribute is
--      there at all), or left_out (an attribute whose values are not compared: value says why)
--   source String  where the attribute is: resource, log, span, or column
--   key String  the attribute's name
--   value String  its value, cut to 256 characters
--   target UInt64  lines or requests with it in the group that the question is about
--   usual UInt64  those with it in the group that it is held against
--   target_read UInt64  lines or requests that were read of the first group
--   usual_read UInt64  those that were read of the second
--   target_total UInt64  all lines or requests of the first group, read or not
--   usual_total UInt64  all of the second
--   usual_is_own UInt8  1: held against the same pattern; 0: against all lines of the service, since the pattern is new
--   effect Float64  (p - q) ln (p / q) over the smoothed shares p and q, in nats: the same for a value that vanished
--   g2 Float64  log-likelihood ratio of the two-by-two table
--   dispersion Float64  how many times more than chance the share varies, at least 1
--   p_value Float64  the probability of such a g2 / dispersion or a larger one when nothing sets the groups apart
--   q_value Float64  the same as a false discovery rate over all rows that were tested
--   values UInt64  how many values the attribute has
--   target_witnesses Array(UInt32)  some lines of the first group with it: rows with the same ones say the same thing
--   usual_witnesses Array(UInt32)  some lines of the second group with it
-- Reads: otel_traces
WITH
    {budget:UInt64} AS budget,
    intDiv(budget, 50) + 1 AS witnesses,
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS since,
    greatest(1, intDiv(toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - since, 12)) AS slice_length,

    requests AS
    (
        SELECT
            (
    -- Whether a request failed: its own span did, or the span of a server or consumer that is one request with it.
    (
    -- Whether a span failed. What decides, in this order: what the configuration says of its code; a code that is the
    -- server's fault; a code that is the client's doing, or a client that went away; error.type; the span's own status.
    -- So a 404 or a cancelled call is no failure, though many tracers mark it as one.
    lower(replaceAll(coalesce(
        nullIf(SpanAttributes['rpc.response.status_code'], ''),
        nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
        nullIf(SpanAttributes['grpc.status_code'], ''),
        nullIf(SpanAttributes['rpc.connect_rpc.error_code'], ''),
        ''), '_', '')) IN (
    -- the codes of gRPC (and Connect) that are the server's fault, by number or name
    '2', '4', '12', '13', '14', '15',
    'unknown', 'deadlineexceeded', 'unimplemented', 'internal', 'unavailable', 'dataloss')
    OR toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) >= 500
    OR ((SpanAttributes['error.type'] != '' OR StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error'))
        AND toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) < 400
        AND lower(replaceAll(coalesce(
        nullIf(SpanAttributes['rpc.response.status_code'], ''),
        nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
        nullIf(SpanAttributes['grpc.status_code'], ''),
        nullIf(SpanAttributes['rpc.connect_rpc.error_code'], ''),
        ''), '_', '')) NOT IN (
    -- the codes of gRPC (and Connect) that are the client's doing, by number or name
    '1', '3', '5', '6', '7', '8', '9', '10', '11', '16',
    'canceled', 'cancelled', 'invalidargument', 'notfound', 'alreadyexists', 'permissiondenied', 'resourceexhausted',
    'failedprecondition', 'aborted', 'outofrange', 'unauthenticated')
        AND NOT match(concat(SpanAttributes['error.type'], ' ', StatusMessage), concat('(?i)',
            -- the whole name of the error, or the whole message
            '^ ?(\\S*[.])?(cancell?ed(error)?|client_?(abort|disconnect|clos)\\S*)( |$)|',
            -- as servers put it in a sentence
            '\\b(context|request|stream|rpc|call) (was |is )?cancell?ed\\b|',
            '\\bclient (has |was )?(abort|disconnect|closed|cancell?ed|gone|went away)|',
            '\\b(abort|disconnect|cancel|clos)\\w* by (the )?(client|caller|user)\\b'))
        -- Envoy's word for it
        AND NOT has(splitByChar(',', SpanAttributes['response_flags']), 'DC'))
)
    OR cityHash64(TraceId, SpanId, ServiceName) IN
    (
        SELECT cityHash64(TraceId, ParentSpanId, ServiceName)
        FROM otel_traces
        WHERE ParentSpanId != ''
          AND SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
          AND (
    -- Whether a span failed. What decides, in this order: what the configuration says of its code; a code that is the
    -- server's fault; a code that is the client's doing, or a client that went away; error.type; the span's own status.
    -- So a 404 or a cancelled call is no failure, though many tracers mark it as one.
    lower(replaceAll(coalesce(
        nullIf(SpanAttributes['rpc.response.status_code'], ''),
        nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
        nullIf(SpanAttributes['grpc.status_code'], ''),
        nullIf(SpanAttributes['rpc.connect_rpc.error_code'], ''),
        ''), '_', '')) IN (
    -- the codes of gRPC (and Connect) that are the server's fault, by number or name
    '2', '4', '12', '13', '14', '15',
    'unknown', 'deadlineexceeded', 'unimplemented', 'internal', 'unavailable', 'dataloss')
    OR toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) >= 500
    OR ((SpanAttributes['error.type'] != '' OR StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error'))
        AND toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) < 400
        AND lower(replaceAll(coalesce(
        nullIf(SpanAttributes['rpc.response.status_code'], ''),
        nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
        nullIf(SpanAttributes['grpc.status_code'], ''),
        nullIf(SpanAttributes['rpc.connect_rpc.error_code'], ''),
        ''), '_', '')) NOT IN (
    -- the codes of gRPC (and Connect) that are the client's doing, by number or name
    '1', '3', '5', '6', '7', '8', '9', '10', '11', '16',
    'canceled', 'cancelled', 'invalidargument', 'notfound', 'alreadyexists', 'permissiondenied', 'resourceexhausted',
    'failedprecondition', 'aborted', 'outofrange', 'unauthenticated')
        AND NOT match(concat(SpanAttributes['error.type'], ' ', StatusMessage), concat('(?i)',
            -- the whole name of the error, or the whole message
            '^ ?(\\S*[.])?(cancell?ed(error)?|client_?(abort|disconnect|clos)\\S*)( |$)|',
            -- as servers put it in a sentence
            '\\b(context|request|stream|rpc|call) (was |is )?cancell?ed\\b|',
            '\\bclient (has |was )?(abort|disconnect|closed|cancell?ed|gone|went away)|',
            '\\b(abort|disconnect|cancel|clos)\\w* by (the )?(client|caller|user)\\b'))
        -- Envoy's word for it
        AND NOT has(splitByChar(',', SpanAttributes['response_flags']), 'DC'))
)
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
    )
) AS is_target,
            toUnixTimestamp64Nano(Timestamp) AS at,
            cityHash64(TraceId) AS trace,
            cityHash64(TraceId, SpanId) AS line,
            arrayConcat(
    arrayMap(pair -> ('resource', pair.1, pair.2), ResourceAttributes::Array(Tuple(String, String))),
    arrayFilter(
        attribute -> NOT match(attribute.2,
            concat('^((error|exception|otel\\.status)([._].*)?|response_flags|rpc\\.connect_rpc\\.error_code|',
                '(http|grpc|(http|rpc)\\.response|rpc\\.grpc)\\.status_code)$')),
        arrayMap(pair -> ('span', pair.1, pair.2), SpanAttributes::Array(Tuple(String, String)))),
    [('column', 'service', ServiceName::String), ('column', 'endpoint', SpanName::String)]) AS attributes
        FROM otel_traces
        WHERE Timestamp >= {from:DateTime64(9, 'UTC')}
          AND Timestamp < {to:DateTime64(9, 'UTC')}
          AND otel_traces.ServiceName IN {services:Array(String)}
          AND (
    -- Whether a span of otel_traces is a request that its service served. This is the one definition, for every answer.
    -- Expects `spans_read`: the part that limits the spans among which parents and kinds are looked up.
    (
        -- A trace's root is one.
        ParentSpanId = ''
        -- A server's or a consumer's span is one, unless its parent is a span of the same service that is no call: a
        -- sidecar and its application, or receiving a message and processing it, are one request.
        OR (SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer') AND cityHash64(TraceId, ParentSpanId, ServiceName) NOT IN
            (
                SELECT cityHash64(TraceId, SpanId, ServiceName)
                FROM otel_traces
                WHERE NOT SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer')
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
            ))
        -- Where a service's spans have no such kind (some tracers name none, or one for all), a span that is no call
        -- and hangs from no span of the same service is one.
        OR (NOT SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer') AND cityHash64(TraceId, ParentSpanId, ServiceName) NOT IN
            (
                SELECT cityHash64(TraceId, SpanId, ServiceName)
                FROM otel_traces
                WHERE ServiceName NOT IN (SELECT ServiceName FROM otel_traces WHERE SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')})
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
            )
            AND ServiceName NOT IN (SELECT ServiceName FROM otel_traces WHERE SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}))
    )
    -- What the configuration leaves out is none.
    AND NOT (
    -- Whether a span is named by one of `selectors`; those of routes alone are looked for at once.
    (
    -- Whether a span's route or path, or its name, is one of `routes`. Its attributes are looked at where its name is
    -- no path, or one that may stand for others.
    match(SpanName, '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/health|\\/healthz|\\/healthcheck|\\/health\\/live|\\/health\\/ready|\\/ready|\\/readyz|\\/live|\\/livez|\\/metrics|\\/\\-\\/healthy|\\/\\-\\/ready|\\/actuator\\/health[^\\n]*|\\/actuator\\/prometheus|/?grpc\\.health\\.v1\\.Health\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)')
    OR (NOT match(SpanName, '^(HTTP )?([A-Z]+ )?/[^*{<]*$')
        AND match(
            concat(
                SpanAttributes['http.route'], '\n', SpanAttributes['url.path'], '\n', SpanAttributes['http.target'],
                '\n', SpanAttributes['url.full'], '\n', SpanAttributes['http.url'], '\n',
                SpanAttributes['rpc.service'], '/', SpanAttributes['rpc.method']),
            '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/health|\\/healthz|\\/healthcheck|\\/health\\/live|\\/health\\/ready|\\/ready|\\/readyz|\\/live|\\/livez|\\/metrics|\\/\\-\\/healthy|\\/\\-\\/ready|\\/actuator\\/health[^\\n]*|\\/actuator\\/prometheus|/?grpc\\.health\\.v1\\.Health\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)'))
) OR
    false
)
)
    ),
    -- of either side, those that did not fail first: how many, and of how many one is read and one is a witness
    (
        SELECT arrayMap(
            lines -> (lines, intDiv(lines, budget) + 1, intDiv(least(budget, lines), witnesses) + 1),
            [countIf(NOT is_target), countIf(is_target)])
        FROM requests
    ) AS sampling,

    sizes AS
    (
        SELECT 0::UInt32 AS group_id, both[2].1 AS target_total, both[1].1 AS usual_total, 1::UInt8 AS usual_is_own
        FROM (SELECT sampling AS both)
    ),

    facts AS
    (
        SELECT
            0::UInt32 AS group_id,
            is_target::UInt8 AS is_target,
            least(11, intDiv(at - since, slice_length)) AS slice,
            trace,
            1 AS is_traced,
            0::UInt64 AS message,
            attributes,
            line,
            line % sampling[is_target + 1].3 = 0 AS is_witness
        FROM requests
        -- by trace, by another part of its hash than line
        WHERE intHash64(trace) % sampling[is_target + 1].2 = 0
    ),

    -- each value of each attribute; the empty key stands for all lines
    counted AS
    (
        SELECT
            group_id,
            attribute.1 AS source,
            attribute.2 AS key,
            substringUTF8(toValidUTF8(attribute.3), 1, 256) AS value,
            countIf(is_target) AS target,
            countIf(NOT is_target) AS usual,
            countResample(0, 24, 1)(slice + 12 * is_target) AS slices,
            groupArrayIf(toUInt32(line), is_witness AND is_target) AS target_witnesses,
            groupArrayIf(toUInt32(line), is_witness AND NOT is_target) AS usual_witnesses,
            groupUniqArrayIf(64)(message, message != 0 AND NOT is_target) AS messages,
            -- lines of one request are one piece of evidence
            uniqIf(trace, is_traced AND is_target AND key = '') + countIf(NOT is_traced AND is_target) AS units
        FROM facts
        ARRAY JOIN arrayPushFront(attributes, ('', '', '')) AS attribute
        GROUP BY group_id, source, key, value
    ),

    -- each attribute, and those of its values that enough lines have
    keys AS
    (
        SELECT
            group_id,
            source,
            key,
            sum(target) AS key_target,
            sum(usual) AS key_usual,
            sumForEach(slices) AS key_slices,
            groupArrayArray(target_witnesses) AS key_target_witnesses,
            groupArrayArray(usual_witnesses) AS key_usual_witnesses,
            sum(units) AS key_units,
            count() AS values,
            sum(arrayCount(lines -> lines > 0, slices)) AS value_slices,
            avg(isNotNull(toFloat64OrNull(value))) AS numeric_part,
            sum(length(messages)) AS message_values,
            length(groupUniqArrayArray(messages)) AS message_count,
            arraySlice(arrayReverseSort(
                row -> row.2 + row.3,
                groupArrayIf((value, target, usual, slices, target_witnesses, usual_witnesses), target + usual >= 5)
            ), 1, 200) AS common
        FROM counted
        GROUP BY group_id, source, key
    ),

    -- the whole group beside each attribute, and whether the attribute's values can be compared
    grouped AS
    (
        SELECT
            *,
            anyIf((key_target, key_usual, key_units, key_slices), key = '') OVER (PARTITION BY group_id) AS of_group,
            key_target + key_usual AS key_lines,
            multiIf(
                -- most values once or twice
                key_lines >= 10 AND values > 0.4 * key_lines, 'ids',
                -- each value at one time only, though there are several lines with it
                values >= 12 AND value_slices <= 2.5 * values AND key_lines >= 6 * values, 'moments',
                -- measured, not named
                values > 20 AND numeric_part > 0.9, 'numbers',
                -- one value for each message, such as a line of code: it says no more than the message
                message_count >= 3 AND message_values <= 1.05 * message_count AND values > 1
                    AND key_usual >= 5 * message_values, 'message',
                '') AS left_out
        FROM keys
    ),

    listed AS
    (
        SELECT
            group_id,
            source,
            key,
            values,
            of_group.1 AS target_read,
            of_group.2 AS usual_read,
            of_group.3 AS units_read,
            of_group.4 AS all_slices,
            row.1 AS kind,
            row.2 AS value,
            row.3 AS target,
            row.4 AS usual,
            row.5 AS slices,
            row.6 AS target_witnesses,
            row.7 AS usual_witnesses
        FROM
        (
            SELECT
                * EXCEPT (common, key_units, key_lines),
                [(if(key = '', 'all', 'key'), '', key_target, key_usual, key_slices, key_target_witnesses,
                    key_usual_witnesses)] AS whole,
                arrayMap(
                    row -> ('value', row.1, row.2, row.3, row.4, row.5, row.6),
                    -- of numbers only one that most lines have
                    arrayFilter(
                        row -> key != '' AND (left_out = '' OR (left_out = 'numbers' AND 2 * row.2 > key_target)),
                        common)) AS of_value,
                if(left_out = '', [],
                    [('left_out', left_out, key_target, key_usual, key_slices, [], [])]) AS of_left_out
            FROM grouped
        )
        ARRAY JOIN arrayConcat(whole, of_value, of_left_out) AS row
        -- what all lines have, or none, is no difference
        WHERE kind IN ('all', 'left_out') OR target < target_read OR usual < usual_read
    ),

    -- how much the share of a value varies from slice to slice of what is usual: Pearson's chi squared; a value borrows
    -- from the others of its attribute
    varied AS
    (
        SELECT
            *,
            usual / greatest(1, usual_read) AS part,
            arrayCount(total -> total > 0, arraySlice(all_slices, 1, 12)) AS slices_read,
            if(usual = 0, 0,
                -- of the share and of its rest: over the slices, sum (l - n p)^2 / (n p (1 - p))
                arraySum(
                    (lines, total) -> if(total = 0, 0, pow(lines - total * part, 2) / total),
                    arraySlice(slices, 1, 12), arraySlice(all_slices, 1, 12))
                / greatest(part * (1 - part), 1 / (2 * usual_read))) AS chi
        FROM listed
    ),

    -- the two-by-two table of each, and what it borrows
    tabled AS
    (
        SELECT
            *,
            greatest(0, toFloat64(slices_read) - 1) AS own_degrees,
            own_degrees + 4 AS degrees,
            greatest(1, avgIf(chi, usual > 0) OVER (PARTITION BY group_id, source, key)
                / greatest(1, own_degrees)) AS pooled,
            greatest(1, target_read / greatest(1, units_read),
                if(usual = 0, pooled, (chi + 4 * pooled) / degrees)) AS dispersion,
            toFloat64(target_read) AS c_size,
            toFloat64(usual_read) AS b_size,
            toFloat64(target) AS c,
            toFloat64(usual) AS b
        FROM varied
    ),

    expected AS
    (
        SELECT
            *,
            c_size + b_size AS total,
            (c + b) / greatest(1, total) AS part_of_both,
            (c * b_size - b * c_size) / greatest(1, total) AS excess,
            [c_size * part_of_both, c_size * (1 - part_of_both), b_size * part_of_both, b_size * (1 - part_of_both)]
                AS cells,
            [excess, -excess, -excess, excess] AS excesses,
            (c + 0.5) / (c_size + 1) AS p,
            (b + 0.5) / (b_size + 1) AS q
        FROM tabled
    ),

    scored AS
    (
        SELECT
            *,
            if(
                has(cells, 0) OR total = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    cells,
                    arrayMap((cell, y) -> y / cell, cells, excesses)
                )
            ) AS g2,
            (p - q) * log(p / q) AS effect,
            -- five lines, or five that are missing
            kind IN ('value', 'key') AND c_size > 0 AND b_size > 0 AND (c >= 5 OR c_size * q >= 5) AS is_tested
        FROM expected
    ),

    tested AS
    (
        SELECT
            *,
            -- the tail of Student's t, by Wallace's approximation
            if(is_tested, erfc((8 * degrees + 1) / (8 * degrees + 3)
                    * sqrt(degrees * log1p((g2 / dispersion) / degrees)) / sqrt(2)), 1) AS p_value
        FROM scored
    ),

    -- Benjamini and Hochberg's adjustment: the least p n / rank from here up
    adjusted AS
    (
        SELECT *, if(is_tested,
            least(1, min(p_value * n / p_rank) OVER (PARTITION BY is_tested ORDER BY p_value DESC)), 1)
            AS q_value
        FROM
        (
            SELECT *, toFloat64(countIf(is_tested) OVER ()) AS n,
                n + 1 - row_number() OVER (PARTITION BY is_tested ORDER BY p_value DESC) AS p_rank
            FROM tested
        )
    )

SELECT
    group_id,
    kind,
    source,
    key,
    value,
    target,
    usual,
    target_read,
    usual_read,
    target_total,
    usual_total,
    usual_is_own,
    effect,
    g2,
    dispersion,
    p_value,
    q_value,
    values,
    target_witnesses,
    usual_witnesses
FROM adjusted
INNER JOIN sizes USING (group_id)
-- no more than sixty of a group, those with the largest effect
WHERE kind IN ('all', 'left_out') OR (q_value <= 0.001 AND effect >= 0.01)
ORDER BY group_id, kind = 'all' DESC, kind = 'left_out', effect DESC, source, key, value
LIMIT 60 BY group_id
