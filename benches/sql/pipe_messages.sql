-- Purpose: every message sent to a function that only answers with its length: the bound that the pipe sets.
SELECT sum(bench_pipe(message)) AS number FROM messages SETTINGS max_threads = 2
