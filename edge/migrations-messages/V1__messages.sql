-- The message centre's records: what waits to be told, and what became of what was. A database of its own: however
-- much is told, no order ever waits for it.
CREATE TABLE record (
    place    INTEGER PRIMARY KEY AUTOINCREMENT,  -- newer ones are higher
    id       TEXT NOT NULL UNIQUE,               -- follows from fact, target and repetition: looked at again, the same
    due_ms   INTEGER NOT NULL,                   -- queue time
    state    TEXT NOT NULL,
    reason   TEXT,
    is_open  INTEGER NOT NULL,                   -- something may still become of it
    steps    TEXT NOT NULL,                      -- its life, as JSON
    event    TEXT NOT NULL,                      -- what follows is for filters; the body has it all
    channel  TEXT NOT NULL,
    account  TEXT NOT NULL,
    guest    TEXT,                               -- the room's name, or the wristband's number
    body     TEXT NOT NULL                       -- the record, as JSON
) STRICT;

CREATE INDEX open_record ON record (due_ms) WHERE is_open = 1;
CREATE INDEX record_of_account ON record (account, due_ms);
CREATE INDEX record_by_age ON record (due_ms);

-- One row: how far the journal has been looked at. It moves in the same transaction as the records go in.
CREATE TABLE reading (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    stream   TEXT NOT NULL,     -- of another incarnation of the journal nothing is known
    seen_seq INTEGER NOT NULL
) STRICT;

-- One row: by which the next run finds the queue's time again. It moves with every transaction.
CREATE TABLE queue_clock (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    queue_ms  INTEGER NOT NULL,
    boot      TEXT,             -- which start of the machine; unknown: none
    uptime_ms INTEGER NOT NULL,
    wall_ms   INTEGER           -- the time of day, while it was believed
) STRICT;
