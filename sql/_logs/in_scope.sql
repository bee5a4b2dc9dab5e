{% if scoped %}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
{% endif %}
{% if filtered %}
          AND arrayAll((key, value) -> stored.{{ logs.resource_attributes | ident }}[key] = value
              OR stored.{{ logs.log_attributes | ident }}[key] = value,
                       {attribute_keys:Array(String)}, {attribute_values:Array(String)})
{% endif %}
