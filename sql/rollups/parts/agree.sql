-- Purpose: records that a rollup counts exactly the parts that its table has, at this moment.
-- Params:
--   rollup String  which rollup: logs or requests
-- Reads:
INSERT INTO kulprit_rollup_agreements (rollup, agreed_at)
SELECT {rollup:String}, now64(3)
