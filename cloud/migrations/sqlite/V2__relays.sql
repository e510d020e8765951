-- Messages that boxes ask to be sent on by Tencent IM or a webhook. Like the other lists it is only looked at, and
-- could be made again from the journal.
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
