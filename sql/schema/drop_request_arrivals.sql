-- Purpose: drops the view that counts the requests of each INSERT into the spans' table, so that one that counts by
--   other rules can take its place.
-- Reads:
DROP VIEW IF EXISTS kulprit_request_arrivals
