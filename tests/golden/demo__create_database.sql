-- Purpose: creates the demo's own database, empty.
-- Reads:
-- Calls:
CREATE DATABASE kulprit_demo
