{% include "_windows/params.sql" +%}
{% if median %}
--   more_baselines Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))
--      starts and ends of further baseline windows, each as long as the first; the lines of all count
{% endif %}
--   budget UInt64  the lines to read of a group; of more, a sample is read
{% include "_logs/scope_params.sql" %}
