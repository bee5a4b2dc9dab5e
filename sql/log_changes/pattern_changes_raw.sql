-- Purpose: which log patterns changed between two windows, for a user who may only read: the log table alone, plain
--   SQL, no table or function of Kulprit's. A pattern is the message with every token that holds a digit masked,
--   its severity, and what tells how it ended.
-- Params:
{% include "_windows/params.sql" +%}
{% if median %}
--   more_baselines Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))
--      starts and ends of further baseline windows, each as long as the first; the median of all counts
{% endif %}
{% include "log_changes/_past_params.sql" %}
--   limit UInt32  the number of patterns to return
{% include "log_changes/_ignored_param.sql" %}
{% include "_logs/scope_params.sql" %}
{% include "log_changes/_answer_header.sql" +%}
-- Reads: {{ logs.table | name }}
WITH
{% set divergence = "sql" %}
{% include "_windows/named.sql" +%}
{% if median %}
    {more_baselines:Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))} AS more_baselines,
{% endif %}

{% set is_raw = true %}
{% set is_mixed = false %}
{% set at = logs.timestamp %}
{% include "log_changes/_past.sql" %}

{% if median %}
{% include "log_changes/_more_minutes.sql" +%}
{% endif %}

    -- lines of each pattern in the two windows
    counted AS
    (
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
            {%+ if ignoring %}has({ignored_patterns:Array(UInt64)}, pattern_id){% else %}0{% endif %} AS ignored
        FROM {{ source("logs") }} AS stored
{% include "_logs/in_windows.sql" %}
        GROUP BY service, text
    ),

{% include "log_changes/_changes_sql.sql" +%}

SELECT
{% include "log_changes/_answer_ids.sql" +%}
    toValidUTF8(samples.1) AS pattern,
    arrayDistinct([toValidUTF8(samples.2), toValidUTF8(samples.3)]) AS representative_logs,
    '' AS name,
{% include "log_changes/_answer_columns.sql" +%}
{% include "log_changes/_ranked.sql" +%}
