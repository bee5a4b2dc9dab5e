-- Purpose: the services that have lines.
SELECT DISTINCT ServiceName::String AS name FROM otel_logs ORDER BY name
