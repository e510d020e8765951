-- The journal: every fact of the shop, in order. It is also the outbox to the cloud, so a body is sent as it
-- stands here.
CREATE TABLE fact (
    seq       INTEGER PRIMARY KEY,  -- given by the program, 1, 2, 3 … without holes
    order_seq INTEGER,              -- seq of the fact that opened the order it is about
    body      TEXT NOT NULL
) STRICT;

-- A restart reads the facts of the open orders alone. The key grows, so new entries land side by side however
-- long the history.
CREATE INDEX fact_of_order ON fact (order_seq) WHERE order_seq IS NOT NULL;

-- One row: where the journal stands. Sequence numbers come from here, never from a rowid, which starts anew
-- when rows are purged.
CREATE TABLE journal (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    stream        TEXT NOT NULL,     -- this incarnation of the database
    last_seq      INTEGER NOT NULL,
    acked_seq     INTEGER NOT NULL,  -- what the cloud has; a hint, the cloud knows better
    last_day      TEXT,              -- business day and number of the last order (K2)
    last_number   INTEGER,
    menu_revision INTEGER NOT NULL,
    last_at       TEXT               -- the clock at the last fact: an earlier clock is not trusted
) STRICT;

-- Answers to requests that changed something, so that a repeat has its effect once (K11).
CREATE TABLE request (
    device     TEXT NOT NULL,
    request    TEXT NOT NULL,
    body_hash  BLOB NOT NULL,
    answer     TEXT NOT NULL,
    at_seconds INTEGER NOT NULL,
    PRIMARY KEY (device, request)
) STRICT, WITHOUT ROWID;

-- 估清
CREATE TABLE dish_sold_out (
    dish TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- One row for each guest visit, as its facts add up.
CREATE TABLE catering_order (
    order_seq    INTEGER PRIMARY KEY,
    order_id     TEXT NOT NULL,
    business_day TEXT NOT NULL,
    number       INTEGER NOT NULL,
    guest_kind   TEXT NOT NULL,
    guest        TEXT NOT NULL,
    phone        TEXT,
    placed_by    TEXT NOT NULL,
    placed_at    TEXT NOT NULL,
    state        TEXT NOT NULL,
    completed_at TEXT,
    UNIQUE (business_day, number)
) STRICT;

CREATE INDEX catering_order_open ON catering_order (order_seq) WHERE completed_at IS NULL;

-- One row for each dish line.
CREATE TABLE catering_order_goods (
    order_seq     INTEGER NOT NULL,
    position      INTEGER NOT NULL,  -- 0, 1, 2 … in the order they were placed
    line_id       TEXT NOT NULL,
    round         INTEGER NOT NULL,  -- 0 first, 1 … for additions (加菜)
    dish          TEXT NOT NULL,
    name_zh       TEXT NOT NULL,
    name_en       TEXT NOT NULL,
    quantity      INTEGER NOT NULL,
    price_fen     INTEGER NOT NULL,
    options       TEXT NOT NULL,     -- JSON
    note          TEXT NOT NULL,
    state         TEXT NOT NULL,
    placed_at     TEXT NOT NULL,
    started_at    TEXT,
    ready_at      TEXT,
    called_at     TEXT,
    picked_up_at  TEXT,
    cancel_reason TEXT,
    PRIMARY KEY (order_seq, position)
) STRICT, WITHOUT ROWID;
