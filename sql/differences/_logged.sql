        WHERE ((logged >= current_from AND logged < current_to
                AND slot >= toStartOfFiveMinutes(current_from) AND slot <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND slot >= toStartOfFiveMinutes(baseline_from) AND slot <= toStartOfFiveMinutes(baseline_to))
{% if median %}
            OR (slot IN (SELECT toStartOfFiveMinutes(minute) FROM more_minutes)
                AND arrayExists(span -> logged >= span.1 AND logged < span.2, more_baselines))
{% endif %}
          )
{% if scoped %}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
{% endif %}
{% if filtered %}
          AND arrayAll((key, value) -> stored.{{ logs.resource_attributes | ident }}[key] = value
              OR stored.{{ logs.log_attributes | ident }}[key] = value,
                       {attribute_keys:Array(String)}, {attribute_values:Array(String)})
{% endif %}
