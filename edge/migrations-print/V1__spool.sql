-- What waits for the printers. A database of its own: a printer that is away fills this one, and no order ever
-- waits for it.
CREATE TABLE slip (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of printing, and its name for people
    source   TEXT NOT NULL UNIQUE,               -- fact and printer: a fact comes out once at each
    printer  TEXT NOT NULL,
    made_ms  INTEGER NOT NULL,                   -- when what it tells happened, or when it was released
    body     TEXT NOT NULL,                      -- the slip, as JSON
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'stale')),
    doubtful INTEGER NOT NULL DEFAULT 0,         -- a part of it was sent before
    released INTEGER NOT NULL DEFAULT 0          -- it was stale, and somebody wants it all the same
) STRICT;

CREATE INDEX slip_of_printer ON slip (printer, state, id);

-- One row: how far the journal has been read. It moves in the same transaction as the slips go in.
CREATE TABLE reading (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    stream   TEXT NOT NULL,     -- of another incarnation of the journal nothing is known
    seen_seq INTEGER NOT NULL,
    dark     TEXT NOT NULL      -- what printers stand in for, as JSON: after a restart they go on with it
) STRICT;
