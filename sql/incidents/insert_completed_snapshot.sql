-- Purpose: stores a snapshot with parts that came after the incident was opened.
-- Params:
--   incident INTEGER  the incident
--   at INTEGER  when
--   digest TEXT  sha256:<hex> over the document
--   document TEXT  canonical JSON
-- Reads:
INSERT INTO completed_snapshots (incident, at, digest, document) VALUES (:incident, :at, :digest, :document)
