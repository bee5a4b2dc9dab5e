{% include "_windows/named.sql" +%}
{% if median %}
    {more_baselines:Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))} AS more_baselines,
{% endif %}
    {budget:UInt64} AS budget,
    intDiv(budget, 50) + 1 AS witnesses,

    -- The windows in nanoseconds: is it the current one, from, to, what lies before it of its side, and how long its
    -- side is. Several baseline windows are one side.
    (
        WITH
            arrayMap(span -> (toUnixTimestamp64Nano(span.1), toUnixTimestamp64Nano(span.2)),
                [(current_from, current_to), (baseline_from, baseline_to)]) AS first_two,
{% if median %}
            arrayConcat([first_two[2]],
                arrayMap(span -> (toUnixTimestamp64Nano(span.1), toUnixTimestamp64Nano(span.2)), more_baselines))
{% else %}
            [first_two[2]]
{% endif %}
            AS baselines,
            arrayMap(span -> span.2 - span.1, baselines) AS lengths
        SELECT arrayConcat(
            [(1, first_two[1].1, first_two[1].2, 0, first_two[1].2 - first_two[1].1)],
            arrayMap(
                (span, number) -> (0, span.1, span.2, arraySum(arraySlice(lengths, 1, number - 1)), arraySum(lengths)),
                baselines, arrayEnumerate(baselines)))::Array(Tuple(UInt8, Int64, Int64, Int64, Int64))
    ) AS spans,
    -- Where a moment lies in a window of which `span` tells: in which of twelve slices of its side, and in which of
    -- some 3,600 ticks. Lines are sampled by tick and service, so that whole stretches of the table need not be read.
    (at, span) -> least(11, intDiv(at - span.2 + span.4, greatest(1, intDiv(span.5, 12)))) AS slice_of,
    (at, span) -> intDiv(at - span.2 + span.4, greatest(1, intDiv(span.5, 3600))) AS tick_of,
{% if median %}
{% include "log_changes/_more_minutes.sql" +%}
{% endif %}
