{% if not session %}
    -- What the question is about, read once: in a session these are its temporary tables.
    question_read AS MATERIALIZED
    (
{% include "sources/_read.sql" +%}
    ),

    question_spans AS MATERIALIZED
    (
{% include "sources/_spans.sql" +%}
    ),

{% endif %}
