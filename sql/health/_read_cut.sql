{% include "health/_read.sql" +%}
{% set lookback = true %}
      AND {% include "health/_cut_minutes.sql" +%}
