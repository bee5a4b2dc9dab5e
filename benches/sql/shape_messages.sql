-- Purpose: the shape of every message.
SELECT sum(kulprit_shape(message)) AS number FROM messages SETTINGS max_threads = 2
