-- Purpose: what sets the lines of changed patterns apart from what is usual: attributes whose values make up another
--   share of the pattern's lines in the window than before, or than of all lines of its service where it is new.
-- Params:
{% include "differences/_pattern_params.sql" +%}
{% include "differences/_window_params.sql" +%}
{% include "differences/_columns.sql" +%}
-- Reads: {{ logs.table | name }}, kulprit_pattern_of_shape
-- Calls: kulprit_shape
WITH
{% include "differences/_windows.sql" +%}

{% set pattern_of_line = "differences/_pattern_of_function.sql" %}
{% include "differences/_of_patterns.sql" +%}
