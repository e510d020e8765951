-- Messages and announcements, and devices that are moved.

-- The announcement settings as the set-up page left them (M3). No row: what every shop begins with.
CREATE TABLE announcements (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    body     TEXT NOT NULL,     -- JSON
    edited   INTEGER NOT NULL   -- sequence number of the change
) STRICT;

-- Attendants who can be called (上钟).
CREATE TABLE on_duty (
    attendant TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What a guest calls for: the number of a pad call.
ALTER TABLE service_call ADD COLUMN wish INTEGER;

-- What people call a device, how often it was moved, whether it says announcements, since when it is here.
ALTER TABLE device ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN place INTEGER NOT NULL DEFAULT 1;
ALTER TABLE device ADD COLUMN speaks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN added_at TEXT;
