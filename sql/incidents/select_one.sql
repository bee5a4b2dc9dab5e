-- Purpose: the least that the store can be asked: whether it answers, and what its stack costs by itself.
-- Reads:
SELECT 1
