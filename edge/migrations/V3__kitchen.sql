-- The kitchen: stations, hold and fire, rush, void, remake, moves, a menu that is edited.

-- Sequence number of the last change on the set-up page.
ALTER TABLE journal ADD COLUMN menu_edited INTEGER NOT NULL DEFAULT 0;

-- An order stays on the board after its guest has left while the kitchen has not seen that.
ALTER TABLE catering_order ADD COLUMN on_board INTEGER NOT NULL DEFAULT 0;
UPDATE catering_order SET on_board = completed_at IS NULL;
DROP INDEX catering_order_open;
CREATE INDEX catering_order_on_board ON catering_order (order_seq) WHERE on_board = 1;

ALTER TABLE catering_order_goods ADD COLUMN target_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE catering_order_goods ADD COLUMN stations TEXT NOT NULL DEFAULT '[]';  -- JSON
ALTER TABLE catering_order_goods ADD COLUMN cautions TEXT NOT NULL DEFAULT '[]';  -- JSON
ALTER TABLE catering_order_goods ADD COLUMN remake_of TEXT;
ALTER TABLE catering_order_goods ADD COLUMN due_from TEXT;   -- when it was ordered or, after it was held, fired
ALTER TABLE catering_order_goods ADD COLUMN rushes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE catering_order_goods ADD COLUMN dropped_at TEXT; -- when it was voided, or made again as another
ALTER TABLE catering_order_goods ADD COLUMN void_reason TEXT;
ALTER TABLE catering_order_goods ADD COLUMN approved_by TEXT;

-- How long each made line took, in the order in which they were finished: what the statistics are drawn from.
CREATE TABLE line_time (
    business_day TEXT NOT NULL,
    seq          INTEGER NOT NULL,  -- of the fact that finished it
    line_id      TEXT NOT NULL,
    dish         TEXT NOT NULL,
    name_zh      TEXT NOT NULL,
    name_en      TEXT NOT NULL,
    stations     TEXT NOT NULL,     -- JSON
    ready_at     TEXT NOT NULL,
    wait_s       INTEGER NOT NULL,  -- from when its clock began
    target_s     INTEGER NOT NULL,
    PRIMARY KEY (business_day, seq)
) STRICT, WITHOUT ROWID;

-- 估清: how many portions are left on a business day; 0 is sold out.
CREATE TABLE dish_stock (
    dish         TEXT PRIMARY KEY,
    left         INTEGER NOT NULL,
    business_day TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO dish_stock (dish, left) SELECT dish, 0 FROM dish_sold_out;
DROP TABLE dish_sold_out;

-- The menu as the set-up page left it. Empty until the first start has taken the menu file in.
CREATE TABLE dish (
    dish     TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE menu (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    categories TEXT NOT NULL,  -- JSON, as are the rest
    cautions   TEXT NOT NULL,
    kitchen    TEXT NOT NULL
) STRICT;

-- Guests who call for service.
CREATE TABLE service_call (
    guest     TEXT PRIMARY KEY,  -- JSON
    called_at TEXT NOT NULL,
    called_by TEXT NOT NULL
) STRICT;

-- Who may take back what was begun.
CREATE TABLE manager (
    manager  TEXT PRIMARY KEY,
    pin_hash TEXT NOT NULL  -- Argon2, with its salt and cost
) STRICT, WITHOUT ROWID;

-- Where a kitchen screen stands; none shows the whole kitchen.
ALTER TABLE device ADD COLUMN station TEXT;
