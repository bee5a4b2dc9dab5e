{% if not session %}
    question_lines AS MATERIALIZED
    (
{% include "sources/_lines.sql" +%}
    ),

{% endif %}
