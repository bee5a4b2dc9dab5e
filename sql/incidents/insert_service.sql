-- Purpose: adds one of an incident's services.
-- Params:
--   incident INTEGER  the incident
--   position INTEGER  its place in the list
--   service TEXT  the service
-- Reads:
INSERT INTO incident_services (incident, position, service) VALUES (:incident, :position, :service)
