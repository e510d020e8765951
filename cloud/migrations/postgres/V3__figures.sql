-- Messages are filtered and counted by columns of their own from here on. All lists are made again from the journal,
-- which knows what the rows until now did not say.
truncate message;
alter table message
  -- The account that it was last given to; none: it was given to none.
  add column carrier text collate "C",
  -- Why it is where it is; none: that is where messages usually are.
  add column reason text collate "C",
  add column units bigint not null;

-- The index of times holds all that messages are counted by, so that counting reads nothing else.
drop index message_by_time;
create index message_by_time on message (brand, asked_us, sms)
  include (state, kind, shop, carrier, reason, units);

update listed set seq = 0, digest = decode(repeat('00', 32), 'hex');
