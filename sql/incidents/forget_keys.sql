-- Purpose: removes old idempotency keys.
-- Params:
--   before INTEGER  used before this millisecond
-- Reads: idempotency_keys
DELETE FROM idempotency_keys WHERE used_at < :before
