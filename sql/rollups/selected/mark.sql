-- Purpose: records how far the requests are rolled up that an objective selects.
-- Params:
--   selector String  which requests: a hash of what the configuration says of them
--   minute DateTime('UTC')  the last minute
-- Reads:
INSERT INTO kulprit_selected_minutes (selector, service, minute, requests, errors)
SELECT {selector:String}, '', {minute:DateTime('UTC')}, 0., 0.
