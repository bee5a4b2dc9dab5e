-- Purpose: the log lines that a question is about: of which trace each is, and which events it shows. Kept for one
--   question in a session's table, `question_lines`.
-- Params:
{% include "sources/_params.sql" +%}
-- Columns:
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape
CREATE OR REPLACE TEMPORARY TABLE question_lines AS
{% include "sources/_lines.sql" +%}
