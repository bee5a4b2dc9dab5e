    -- The past that tells how much a pattern wobbles: the baseline{% if not is_raw %} and one or two hours up to its end{% endif %}, in slices as long as the
    -- current window if 12 to 30 of them fit, of whole minutes. The current window's own course is cut into 60 steps at most.
    -- Either is a place in one array: 0 to 31 the slices, 32 to 91 the steps.
    greatest(1, toUnixTimestamp(current_to) - toUnixTimestamp(current_from)) AS current_seconds,
    greatest(1, toUnixTimestamp(baseline_to) - toUnixTimestamp(baseline_from)) AS baseline_seconds,
    {% if is_raw %}baseline_seconds{% else %}greatest(baseline_seconds, 3600, least(8 * current_seconds, 7200)){% endif %} AS past_seconds,
    60 * greatest(1, intDiv(least(greatest(current_seconds, intDiv(past_seconds, 30)), intDiv(past_seconds, 12)) + 59, 60)) AS slice_seconds,
    toDateTime(toUnixTimestamp(baseline_to) - slice_seconds * intDiv(past_seconds + slice_seconds - 1, slice_seconds), 'UTC') AS past_from,
    60 * intDiv(current_seconds + 3599, 3600) AS step_seconds,
