-- Purpose: what one masking expression makes of every message: each token that holds a digit becomes `<*>`.
SELECT toUInt64(sum(length(replaceRegexpAll(message, '[A-Za-z0-9_.:/+-]*[0-9][A-Za-z0-9_.:/+-]*', '<*>')))) AS number
FROM messages
SETTINGS max_threads = 2
