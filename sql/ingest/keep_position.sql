-- Purpose: keeps how far a file is stored.
-- Params:
--   target String  the table that it is stored in
--   id String  the file
--   path String  where it is
--   device UInt64  its device
--   inode UInt64  its inode
--   head String  length and hash of its first bytes, as JSON
--   stored String  how far it is stored, as JSON
--   sending String  the batch on its way, as JSON; empty if there is none
-- Reads:
INSERT INTO kulprit_file_positions (target, id, path, device, inode, head, stored, sending)
SELECT
    {target:String},
    {id:String},
    {path:String},
    {device:UInt64},
    {inode:UInt64},
    {head:String},
    {stored:String},
    {sending:String}
