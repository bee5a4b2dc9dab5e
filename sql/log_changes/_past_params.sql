{% if sliced %}
--   past_from DateTime('UTC')  where the past begins that tells how much a pattern wobbles
--   past_slices UInt32  the number of slices that the past is cut into, 32 at most
--   slice_seconds UInt32  the length of a slice, whole minutes
--   step_seconds UInt32  the length of a step of the current window, of 60 at most, whole minutes
{% endif %}
