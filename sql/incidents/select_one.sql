-- Purpose: the cheapest statement: whether the store answers.
-- Reads:
SELECT 1
