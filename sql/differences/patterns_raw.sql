-- Purpose: what sets the lines of changed patterns apart from what is usual, for a user who may only read: plain SQL
--   over the log table. A pattern is the message with every token that holds a digit masked.
-- Params:
{% include "differences/_pattern_params.sql" +%}
{% include "differences/_window_params.sql" +%}
{% include "differences/_columns.sql" +%}
-- Reads: {{ logs.table | name }}
WITH
{% include "differences/_windows.sql" +%}

{% set pattern_of_line = "differences/_pattern_of_mask.sql" %}
{% include "differences/_of_patterns.sql" +%}
