-- Purpose: drops the demo's own database with all that an earlier run of the demo left in it.
-- Reads:
-- Calls:
DROP DATABASE IF EXISTS kulprit_demo SYNC
