-- Purpose: statistics are computed from the incidents themselves. Replaces 006 and 007, whose tables nothing reads any more.
DROP TRIGGER incident_durations_added;
DROP TRIGGER incident_durations_changed;
DROP TABLE duration_chunks;
DROP TABLE incident_durations;
