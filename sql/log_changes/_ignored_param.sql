{% if ignoring %}
--   ignored_patterns Array(UInt64)  the patterns that the org leaves out of rankings (log_changes/choices)
{% endif %}
