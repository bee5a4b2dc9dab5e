-- Purpose: the messages of the generated log lines in memory, so that reading them costs next to nothing.
CREATE TABLE messages
ENGINE = Memory
AS SELECT Body AS message FROM otel_logs
