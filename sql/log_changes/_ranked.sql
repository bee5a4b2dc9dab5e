{% if divergence == "udf" %}
FROM
(
    -- one row of arrays, so that the function sees all patterns at once; it adds up the shapes of each
    SELECT
        kulprit_changes(
            groupArray(service), groupArray(pattern_id), groupArray(shape_id), groupArray(ignored::UInt64),
            {%+ if has_samples %}groupArray(samples){% else %}[]::Array(Array(String)){% endif %},
            groupArray(current_count), groupArray(baselines), groupArray(steps),
            [toUInt64(current_length), toUInt64(baseline_length), {limit:UInt32}, toUInt64(past_slices)]) AS changes,
        [uniqExactIf((service, pattern_id), ignored != 0 AND current_count > 0), sumIf(current_count, ignored != 0)]
            AS left_out
    FROM counted
)
-- one row, whose elements come out in their order
ARRAY JOIN changes AS change
{% else %}
FROM ranked
WHERE kept_for != 0
ORDER BY place
{% endif %}
