--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
{% if median %}
--   more_baselines Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))
--      starts and ends of further baseline windows, each as long as the first; the lines of all count
{% endif %}
--   budget UInt64  the lines to read of a group; of more, a sample is read
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% if filtered %}
--   attribute_keys Array(String)  resource or log attributes that a line must carry
--   attribute_values Array(String)  their values, in the same order
{% endif %}
