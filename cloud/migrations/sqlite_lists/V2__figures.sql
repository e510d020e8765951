-- Messages are filtered and counted by columns of their own from here on. All lists are made again from the journal,
-- which knows what the rows until now did not say.
drop table message;
create table message (
  brand text not null,
  sms text not null,
  state text not null,
  kind text not null,
  -- None: the brand's own systems asked.
  shop text,
  asked_us integer not null,
  -- The account that it was last given to; none: it was given to none.
  carrier text,
  -- Why it is where it is; none: that is where messages usually are.
  reason text,
  units integer not null,
  view text not null,
  primary key (brand, sms)
) strict, without rowid;

-- The index of times holds all that messages are counted by, so that counting reads nothing else.
create index message_by_time on message (brand, asked_us, sms, state, kind, shop, carrier, reason, units);
create index message_by_state on message (brand, state, asked_us, sms);

update reached set seq = 0, digest = zeroblob(32);
