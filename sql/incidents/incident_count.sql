-- Purpose: how many incidents the file holds, of all orgs.
-- Reads: incidents
SELECT count(*) FROM incidents
