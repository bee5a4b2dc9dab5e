-- Purpose: which ClickHouse answers, as whom, what its clock says, and how much disk is left. Needs no privilege.
-- Columns:
--   version String  the server's version
--   user String  who asks
--   readonly UInt64  the profile's readonly: 1 lets no setting through, such as a time limit
--   clock_ms Int64  the server's clock, in milliseconds since 1970
--   disk_free UInt64  bytes free on the volume with the tables
--   disk_size UInt64  its size in bytes
-- Reads:
SELECT
    version() AS version,
    currentUser() AS user,
    toUInt64(getSetting('readonly')) AS readonly,
    toUnixTimestamp64Milli(now64(3)) AS clock_ms,
    filesystemAvailable() AS disk_free,
    filesystemCapacity() AS disk_size
