-- The journal is the truth. One row is one commit: the entries that became true together, as a JSON array.
-- `digest` is SHA-256 of the digest before it and the entries: a row that was torn, lost or changed is found at
-- the next start.
create table journal (
  seq integer primary key,
  entries blob not null,
  digest blob not null
) strict;

-- What follows is only looked at, and could be made again from the journal. `view` is what pages are shown.

-- Times are microseconds since 1970, so that they can be compared.
create table message (
  brand text not null,
  sms text not null,
  state text not null,
  asked_us integer not null,
  view text not null,
  primary key (brand, sms)
) strict, without rowid;

create index message_by_time on message (brand, asked_us, sms);
create index message_by_state on message (brand, state, asked_us, sms);
create table catering_order (
  brand text not null,
  shop text not null,
  order_id text not null,
  day text not null,
  number integer not null,
  placed_us integer not null,
  is_open integer not null,
  portions integer not null,
  view text not null,
  primary key (brand, shop, order_id)
) strict, without rowid;

create index catering_order_by_number on catering_order (brand, shop, day, number, order_id);
-- The few that are open, of any day.
create index catering_order_open on catering_order (brand, shop) where is_open = 1;
