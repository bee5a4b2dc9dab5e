{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% if filtered %}
--   attribute_keys Array(String)  resource or log attributes that a line must carry
--   attribute_values Array(String)  their values, in the same order
{% endif %}
