-- Purpose: which log patterns changed between two windows of whole minutes, from the minute rollup alone: the fast way
--   to log_changes/pattern_changes, right where the rollup counts the log table's parts as they are now
--   (rollups/parts/changes).
-- Params:
--   current_from DateTime('UTC')  start of the current window, inclusive, a whole minute
--   current_to DateTime('UTC')  end of the current window, exclusive, a whole minute
--   baseline_from DateTime('UTC')  start of the baseline window, inclusive, a whole minute
--   baseline_to DateTime('UTC')  end of the baseline window, exclusive, a whole minute
{% if median %}
--   more_baselines Array(Tuple(DateTime('UTC'), DateTime('UTC')))
--      starts and ends of further baseline windows, each as long as the first; the median of all counts
{% endif %}
{% include "log_changes/_past_params.sql" %}
--   limit UInt32  the number of patterns to return
{% include "log_changes/_ignored_param.sql" %}
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% include "log_changes/_answer_header.sql" +%}
-- Reads: kulprit_log_minutes, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_changes
WITH
    {current_from:DateTime('UTC')} AS current_from,
    {current_to:DateTime('UTC')} AS current_to,
    {baseline_from:DateTime('UTC')} AS baseline_from,
    {baseline_to:DateTime('UTC')} AS baseline_to,
{% if median %}
    {more_baselines:Array(Tuple(DateTime('UTC'), DateTime('UTC')))} AS more_baselines,
{% endif %}

{% set is_raw = false %}
{% set is_mixed = false %}
{% set at = "minute" %}
{% set has_samples = false %}
{% include "log_changes/_past.sql" %}

{% if median %}
{% include "log_changes/_more_minutes.sql" +%}
{% endif %}

{% set wanted = "shape_id" %}
    -- looked up for the patterns that are shown
    dictGet('kulprit_pattern_dictionary', ('template', 'name'), pattern_id) AS known,
    dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'),
        (service, {% include "log_changes/_of_change.sql" %})) AS described,

    -- lines of each shape in the windows, in slices of the past (0 to 31) and steps of the current window (32 to 91)
{% if divergence == "udf" %}
    counted AS
    (
        SELECT
            cells.service::String AS service,
            shape_id,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sumIf(lines, minute >= current_from AND minute < current_to)::UInt64 AS current_count,
{% include "log_changes/_baseline_lines.sql" %}::Array(UInt64) AS baselines,
            sumResample(0, 92, 1)(lines, {% include "log_changes/_step.sql" %})::Array(UInt64) AS steps,
{% include "log_changes/_ignored.sql" %}
{% else %}
    tallied AS
    (
        SELECT
            service,
            shape_id,
            sumIf(lines, minute >= current_from AND minute < current_to)::UInt64 AS current_lines,
{% include "log_changes/_baseline_lines.sql" %}::Array(UInt64) AS baseline_lines,
            sumResample(0, 92, 1)(lines, {% include "log_changes/_step.sql" %}) AS step_lines
{% endif %}
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE ((minute >= current_from AND minute < current_to)
            OR (minute >= past_from AND minute < baseline_to)
{% if median %}
            OR minute IN more_minutes
{% endif %}
        )
{% if scoped %}
          AND cells.service IN {services:Array(String)}
{% endif %}
        GROUP BY cells.service, shape_id
    ){% if divergence == "sql" %},

    -- lines of each pattern, and its most frequent shape, whose messages represent it
    counted AS
    (
        SELECT
            service::String AS service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', tallied.shape_id,
                tallied.shape_id) AS pattern_id,
            sum(current_lines) AS current_count,
            sumForEach(baseline_lines) AS baselines,
            sumForEach(step_lines)::Array(UInt64) AS steps,
            argMax(tallied.shape_id, (current_lines + arraySum(baseline_lines), tallied.shape_id)) AS shape_id,
{% include "log_changes/_ignored.sql" %}
        FROM tallied
        GROUP BY service, pattern_id
    ){% endif %}{% if divergence == "sql" %},

{% include "log_changes/_changes_sql.sql" %}
{% endif +%}

SELECT
{% include "log_changes/_answer_ids.sql" +%}
    toValidUTF8(if(known.1 = '', described.1, known.1)) AS pattern,
    arrayDistinct([toValidUTF8(described.2), toValidUTF8(described.3)]) AS representative_logs,
    known.2 AS name,
{% include "log_changes/_answer_columns.sql" +%}
{% include "log_changes/_ranked.sql" +%}
