-- Purpose: which log patterns changed between two windows, for a user who may only read: the log table alone, plain
--   SQL, no table or function of Kulprit's. A pattern is the message with every token that holds a digit masked,
--   its severity, and what tells how it ended.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
{% if median %}
--   more_baselines Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))
--      starts and ends of further baseline windows, each as long as the first; the median of all counts
{% endif %}
--   limit UInt32  the number of patterns to return
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% if filtered %}
--   attribute_keys Array(String)  resource or log attributes that a line must carry
--   attribute_values Array(String)  their values, in the same order
{% endif %}
{% include "log_changes/_answer_header.sql" +%}
-- Reads: {{ logs.table | name }}
WITH
{% set divergence = "sql" %}
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
{% if median %}
    {more_baselines:Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))} AS more_baselines,
{% endif %}

{% set is_raw = true %}
{% set is_mixed = false %}
{% set at = logs.timestamp %}
{% include "log_changes/_past.sql" +%}

{% if median %}
{% include "log_changes/_more_minutes.sql" +%}
{% endif %}

    -- lines of each pattern in the two windows
    counted AS
    (
        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WITH
            {{ logs.timestamp | ident }} AS logged,
            toUInt64(1) AS lines
        SELECT
            {{ logs.service | ident }}::String AS service,
            {%+ include "_logs/masked.sql" %} AS text,
            sipHash64(text) AS pattern_id,
            countIf(logged >= current_from AND logged < current_to) AS current_count,
{% set at = "logged" %}
{% include "log_changes/_baseline_lines.sql" %} AS baselines,
            countResample(0, 92, 1)({% include "log_changes/_step.sql" %}) AS steps,
            (substring(text, 1, 2048), substring(min({{ logs.body | ident }}), 1, 2048),
                substring(max({{ logs.body | ident }}), 1, 2048)) AS samples,
            0 AS ignored
        FROM {{ source("logs") }} AS stored
        WHERE ((logged >= current_from AND logged < current_to{{ pruned("logs", "current_from", "current_to") }})
            OR (logged >= baseline_from AND logged < baseline_to{{ pruned("logs", "baseline_from", "baseline_to") }})
{% if median %}
            OR (arrayExists(span -> logged >= span.1 AND logged < span.2, more_baselines)
                {{- pruned_minutes("logs", "more_minutes") }})
{% endif %}
          )
{% if scoped %}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
{% endif %}
{% if filtered %}
          AND arrayAll((key, value) -> {{ logs.resource_attributes | ident }}[key] = value
              OR {{ logs.log_attributes | ident }}[key] = value,
                       {attribute_keys:Array(String)}, {attribute_values:Array(String)})
{% endif %}
        GROUP BY service, text
    ),

{% include "log_changes/_changes_sql.sql" +%}

SELECT
{% include "log_changes/_answer_ids.sql" +%}
    toValidUTF8(samples.1) AS pattern,
    arrayDistinct([toValidUTF8(samples.2), toValidUTF8(samples.3)]) AS representative_logs,
{% include "log_changes/_answer_columns.sql" +%}
{% include "log_changes/_ranked.sql" +%}
