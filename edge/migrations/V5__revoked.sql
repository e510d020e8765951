-- A device that is no longer one of the shop's. Its row stays, without its secrets, so that its id is never given to
-- another: the journal names devices by it.
ALTER TABLE device ADD COLUMN revoked_at TEXT;
