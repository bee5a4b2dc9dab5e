{% include "sources/_question_spans.sql" +%}
{% if not session %}
    question_requests AS MATERIALIZED
    (
{% include "sources/_requests.sql" +%}
    ),

    question_calls AS MATERIALIZED
    (
{% include "sources/_calls.sql" +%}
    ),

{% endif %}
