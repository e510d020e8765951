-- Only looked at, and made again from the journal when lost. `view` is what pages are shown.

-- Up to which row of the journal, by its number and digest, the lists show it.
create table reached (
  seq integer not null,
  digest blob not null
) strict;
insert into reached values (0, zeroblob(32));

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

-- Messages that boxes ask to be sent on by Tencent IM or a webhook.
create table relay (
  brand text not null,
  message text not null,
  shop text not null,
  channel text not null,
  state text not null,
  kept_us integer not null,
  asked_us integer not null,
  view text not null,
  primary key (brand, message)
) strict, without rowid;

-- One index serves every filter: they are few, and a page is found by walking back from the newest.
-- Many come in at once when a box was cut off: among them the box's own time decides.
create index relay_by_time on relay (brand, kept_us, asked_us, message);
