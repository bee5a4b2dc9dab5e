-- Purpose: which log patterns changed between two windows, for a user who may only read: the log table alone, plain SQL,
--   no table or function of Kulprit's. A pattern is the message with every token that holds a digit masked.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   limit UInt32  the number of patterns to return
--   services Array(String)  the services in scope
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
-- Reads: otel_logs
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,

    -- lines of each pattern in the two windows
    counted AS
    (
        -- the slot is how the exporter's sorting key begins: without it, no range of times would spare reading the rest
        WITH
            `Timestamp` AS logged,
            toStartOfFiveMinutes(logged) AS slot
        SELECT
            `ServiceName`::String AS service,
            replaceRegexpAll(`Body`, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>') AS text,
            sipHash64(text) AS pattern_id,
            countIf(logged >= current_from AND logged < current_to) AS current_count,
            countIf(logged >= baseline_from AND logged < baseline_to) AS baseline_count,
            (substring(text, 1, 2048), substring(min(`Body`), 1, 2048), substring(max(`Body`), 1, 2048)) AS samples
        FROM `otel_logs` AS stored
        WHERE ((logged >= current_from AND logged < current_to
                AND slot >= toStartOfFiveMinutes(current_from) AND slot <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND slot >= toStartOfFiveMinutes(baseline_from) AND slot <= toStartOfFiveMinutes(baseline_to)))
          AND stored.`ServiceName` IN {services:Array(String)}
        GROUP BY service, text
    ),

    -- one row of arrays, so that the function sees all patterns at once
    arrays AS
    (
        SELECT
            groupArray((service, pattern_id, current_count, baseline_count, samples)) AS lines_of,
            groupArray(current_count) AS current_counts,
            groupArray(baseline_count) AS baseline_counts
        FROM counted
    ),

    -- the scores of each pattern
    scored AS
    (
        SELECT
            line.1 AS service,
            line.2 AS pattern_id,
            line.3 AS current_count,
            line.4 AS baseline_count,
            line.5 AS samples,
            score.1 AS kl_contribution,
            score.2 AS relative_change,
            score.3 AS g2,
            score.4 AS p_value,
            score.5 AS q_value
        FROM arrays
        ARRAY JOIN lines_of AS line, kulprit_divergence(current_counts, baseline_counts) AS score
    ),

    -- totals over all patterns; p and q are a pattern's shares of the two windows with half a line added to each pattern
    shared AS
    (
        SELECT
            *,
            sum(current_count) OVER () AS current_total,
            sum(baseline_count) OVER () AS baseline_total,
            count() OVER () AS pattern_total,
            sum(kl_contribution) OVER () AS kl_total,
            (current_count + 0.5) / (current_total + 0.5 * pattern_total) AS p,
            (baseline_count + 0.5) / (baseline_total + 0.5 * pattern_total) AS q
        FROM scored
    ),

    -- patterns are ranked by the symmetric form of the divergence: one that vanished weighs as much as one that appeared
    summed AS
    (
        SELECT
            *,
            sum((p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2) OVER () AS jensen_shannon,
            (p - q) * log(p / q) AS rank_score
        FROM shared
    )

SELECT
    service,
    pattern_id,
    toValidUTF8(samples.1) AS pattern,
    arrayDistinct([toValidUTF8(samples.2), toValidUTF8(samples.3)]) AS representative_logs,
    current_count,
    baseline_count,
    kl_contribution,
    relative_change,
    g2,
    p_value,
    q_value,
    multiIf(q_value > 0.05, 'same', baseline_count = 0, 'new', current_count = 0, 'gone', relative_change > 0, 'up', 'down') AS status,
    current_total,
    baseline_total,
    pattern_total,
    kl_total,
    jensen_shannon

FROM (SELECT * FROM summed ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, rank_score DESC, current_count + baseline_count DESC, service, pattern_id
 LIMIT {limit:UInt32})
ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, rank_score DESC, current_count + baseline_count DESC, service, pattern_id

