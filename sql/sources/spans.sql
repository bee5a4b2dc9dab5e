-- Purpose: the same spans with the service and kind of their parents, and whether each is a request. Kept for one
--   question in a session's table, `question_spans`.
-- Params:
--   services_with_kinds Array(String)  the services whose spans say that they serve requests
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE question_spans AS
{% include "sources/_spans.sql" +%}
