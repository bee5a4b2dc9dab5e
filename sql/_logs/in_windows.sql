        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WHERE ((logged >= current_from AND logged < current_to{{ pruned("logs", "current_from", "current_to") }})
            OR (logged >= baseline_from AND logged < baseline_to{{ pruned("logs", "baseline_from", "baseline_to") }})
{% if median %}
            OR (arrayExists(span -> logged >= span.1 AND logged < span.2, more_baselines)
                {{- pruned_minutes("logs", "more_minutes") }})
{% endif %}
          )
{% include "_logs/in_scope.sql" %}
