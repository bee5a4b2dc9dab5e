-- Purpose: a hash of every message by a function of the engine's own: the bound that reading sets.
SELECT sum(cityHash64(message)) AS number FROM messages SETTINGS max_threads = 2
