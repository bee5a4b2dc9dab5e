-- Purpose: drops the view by which an earlier version counted the lines of each INSERT into the log table.
-- Reads:
DROP VIEW IF EXISTS kulprit_log_arrivals
