-- Purpose: which alert an incident is about, and what it has to do with others: an alert that is repeated joins the incident that is still
-- worked on, and one that comes back after it was resolved opens another that names it.
ALTER TABLE incidents ADD COLUMN dedup_key TEXT NOT NULL DEFAULT '';        -- the alert's; empty for none
ALTER TABLE incidents ADD COLUMN follows TEXT NOT NULL DEFAULT '';          -- the id of the incident that the alert opened before
ALTER TABLE incidents ADD COLUMN duplicate_of TEXT NOT NULL DEFAULT '';     -- the id of the incident that people work on instead

CREATE INDEX incidents_by_dedup_key ON incidents (org, dedup_key, seq) WHERE dedup_key != '' AND deleted_at IS NULL;
