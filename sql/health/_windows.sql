-- Params:
--   current_from DateTime64(9, 'UTC')  start of the window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
--   step_seconds UInt32  the time between two points of the series
