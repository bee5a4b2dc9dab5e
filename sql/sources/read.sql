-- Purpose: the spans that a question is about, in a common form: their ids hashed, their kind and failure decided, and
--   what they call named. Kept for one question in a session's table, `question_read`.
-- Params:
{% include "sources/_params.sql" +%}
-- Columns:
-- Reads: otel_traces
CREATE OR REPLACE TEMPORARY TABLE question_read AS
{% include "sources/_read.sql" +%}
