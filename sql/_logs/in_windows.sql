        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
{% set usual_from = "baseline_from" %}
{% include "_logs/within.sql" +%}
{% include "_logs/in_scope.sql" %}
