-- One device, one account (M1). Moving a pad changes `room` and nothing else.
CREATE TABLE device (
    device      TEXT PRIMARY KEY,
    role        TEXT NOT NULL,
    room        TEXT,
    secret_hash BLOB NOT NULL,  -- SHA-256 of the secret, which is random and long
    broker_hash TEXT NOT NULL   -- the same secret as Mosquitto keeps it
) STRICT, WITHOUT ROWID;
