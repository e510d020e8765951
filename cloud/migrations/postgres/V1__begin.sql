-- Who may write. One row is one set of books; `epoch` counts everybody who has ever begun to write to them, and a
-- commit names the epoch it was decided in: one that comes late, or from a process that was thought dead, finds
-- another epoch and changes nothing. `seq` is the journal's last row, so that a database which was put back to an
-- earlier day is noticed by whoever still writes to it.
create table shard (
  shard integer primary key,
  epoch bigint not null,
  seq bigint not null,
  -- The process that writes, by a name it makes when it starts.
  holder text not null,
  -- Until when it may, by this database's clock, unless it asks for more time.
  until timestamptz not null
) with (fillfactor = 10);

-- All brands are in one set of books for now.
insert into shard (shard, epoch, seq, holder, until) values (0, 0, 0, '', '-infinity');

-- As in SQLite: one row is one commit, and `digest` is SHA-256 of the digest before it and the entries. They are
-- bytes, and not jsonb, because the digest is theirs.
create table journal (
  shard integer not null,
  seq bigint not null,
  entries bytea not null,
  digest bytea not null,
  primary key (shard, seq)
);

-- What follows is only looked at, and could be made again from the journal. Keys are compared byte by byte
-- (collate "C"), so that pages begin and end where SQLite's do.

create table message (
  brand text collate "C" not null,
  sms text collate "C" not null,
  state text collate "C" not null,
  kind text collate "C" not null,
  shop text collate "C",
  asked_us bigint not null,
  view text not null,
  primary key (brand, sms)
);

create index message_by_time on message (brand, asked_us, sms);
create index message_by_state on message (brand, state, asked_us, sms);

create table catering_order (
  brand text collate "C" not null,
  shop text collate "C" not null,
  order_id text collate "C" not null,
  day text collate "C" not null,
  number bigint not null,
  placed_us bigint not null,
  is_open boolean not null,
  portions bigint not null,
  view text not null,
  primary key (brand, shop, order_id)
);

create index catering_order_by_number on catering_order (brand, shop, day, number, order_id);
-- The few that are open, of any day.
create index catering_order_open on catering_order (brand, shop) where is_open;

create table relay (
  brand text collate "C" not null,
  message text collate "C" not null,
  shop text collate "C" not null,
  channel text collate "C" not null,
  state text collate "C" not null,
  kept_us bigint not null,
  asked_us bigint not null,
  view text not null,
  primary key (brand, message)
);

-- One index serves every filter: they are few, and a page is found by walking back from the newest.
create index relay_by_time on relay (brand, kept_us, asked_us, message);
