{# The lines of the current window and of the usual ones, the first of which begins at `usual_from`. #}
        WHERE ((logged >= current_from AND logged < current_to{{ pruned("logs", "current_from", "current_to") }})
            OR (logged >= {{ usual_from | name }} AND logged < baseline_to
                {{- pruned("logs", usual_from, "baseline_to") }})
{% if median %}
            OR (arrayExists(span -> logged >= span.1 AND logged < span.2, more_baselines)
                {{- pruned_minutes("logs", "more_minutes") }})
{% endif %}
          )
