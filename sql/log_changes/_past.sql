    -- The past that tells how much a pattern wobbles: the baseline{% if not is_raw %} and one or two hours up to its
    -- end{% endif %}, in slices as long as the current window if 12 to 30 of them fit, of whole minutes. The current
    -- window's own course is cut into 60 steps at most.
    greatest(1, dateDiff('millisecond', current_from, current_to)) AS current_length,
    greatest(1, dateDiff('millisecond', baseline_from, baseline_to)) AS baseline_length,
{% if sliced %}
    {past_from:DateTime('UTC')} AS past_from,
    {past_slices:UInt32} AS past_slices,
    {slice_seconds:UInt32} AS slice_seconds,
    {step_seconds:UInt32} AS step_seconds,
{% else %}
    intDiv(current_length + 999, 1000) AS current_seconds,
    intDiv(baseline_length + 999, 1000) AS baseline_seconds,
{% if is_raw %}
    baseline_seconds AS past_seconds,
{% else %}
    greatest(baseline_seconds, 3600, least(8 * current_seconds, 7200)) AS past_seconds,
{% endif %}
    60 * greatest(1,
        intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59,
        60)) AS slice_seconds,
    intDiv(past_seconds + slice_seconds - 1, slice_seconds) AS past_slices,
    toDateTime(toUnixTimestamp(baseline_to) - slice_seconds * past_slices, 'UTC') AS past_from,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,
{% endif %}
