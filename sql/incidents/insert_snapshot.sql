-- Purpose: stores what the analyses answered.
-- Params:
--   incident INTEGER  the incident
--   digest TEXT  sha256:<hex> over the document
--   document TEXT  canonical JSON
-- Reads:
INSERT INTO snapshots (incident, digest, document) VALUES (:incident, :digest, :document)
