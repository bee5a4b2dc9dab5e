-- Params:
--   at DateTime('UTC')  the minute at which all windows end, exclusive
--   windows Array(UInt32)  lengths of the windows in seconds
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% if selected %}
--   selector String  which requests: a hash of what the configuration says of them
{% endif %}
--   period_seconds UInt32  length of the objective's period
