-- Purpose: which log patterns changed between two windows of whole minutes, from the minute rollup alone: the fast way to
--   divergence/pattern_changes. A first row of pattern 0 says that some minute in the windows is not rolled up yet; then ask
--   divergence/pattern_changes, which reads such minutes from the log table.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive, a whole minute
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive, a whole minute
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive, a whole minute
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive, a whole minute
--   limit UInt32  the number of patterns to return
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
-- Columns:
--   service String  the service that logged it
--   pattern_id UInt64  the pattern's id
--   pattern String  its masked text
--   representative_logs Array(String)  one or two of its messages
--   current_count UInt64  lines in the current window
--   baseline_count UInt64  lines in the baseline window
--   kl_contribution Float64  p ln(p/q) in nats, p and q its smoothed shares in the current and the baseline window
--   relative_change Float64  (current share - baseline share) / smoothed baseline share
--   g2 Float64  Dunning's G squared against all other lines
--   p_value Float64  its probability with one degree of freedom when nothing changed
--   q_value Float64  the same as a false discovery rate (Benjamini-Hochberg) over all patterns in scope
--   status String  new, gone, up, down or same (same: q_value over 0.05)
--   current_total UInt64  lines of all patterns in the current window
--   baseline_total UInt64  lines of all patterns in the baseline window
--   pattern_total UInt64  how many patterns the two windows have
--   kl_total Float64  the sum of kl_contribution over all patterns, in nats
--   jensen_shannon Float64  Jensen-Shannon divergence of the two windows, in nats
-- Reads: kulprit_log_minutes, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_divergence
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,

    -- lines of each shape in the two windows; the ledger, which is zero where every line is rolled up, comes along as shape 0
    tallied AS
    (
        SELECT
            service::String AS service,
            shape_id,
            toUInt64(abs(sumIf(lines, minute >= current_from AND minute < current_to))) AS current_lines,
            toUInt64(abs(sumIf(lines, minute >= baseline_from AND minute < baseline_to))) AS baseline_lines
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN arrayPushBack(shapesMap.shape_id, 0) AS shape_id, arrayPushBack(shapesMap.lines, ledger) AS lines
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= baseline_from AND minute < baseline_to))
{% if scoped %}
          AND cells.service IN {services:Array(String)}
{% endif %}
        GROUP BY service, shape_id
        HAVING current_lines + baseline_lines > 0
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it
    counted AS
    (
        SELECT
            service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_lines) AS current_count,
            sum(baseline_lines) AS baseline_count,
            argMax(shape_id, (current_lines + baseline_lines, shape_id)) AS samples
        FROM tallied
        GROUP BY service, pattern_id
    ),

{% include "divergence/_scored.sql" %}

SELECT
    service,
    pattern_id,
    toValidUTF8(if(template = '', described.1, template)) AS pattern,
    arrayDistinct([toValidUTF8(described.2), toValidUTF8(described.3)]) AS representative_logs,
{% include "divergence/_answer_columns.sql" %}

FROM
(
    SELECT
        *,
        dictGet('kulprit_pattern_dictionary', 'template', pattern_id) AS template,
        dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'), (service, samples)) AS described
    FROM
    (
        SELECT *
        FROM summed
        WHERE dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) = 0
        {% include "divergence/_best_first.sql" %}
        LIMIT {limit:UInt32}
    )
)
{% include "divergence/_best_first.sql" %}

