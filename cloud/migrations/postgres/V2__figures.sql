-- What messages are filtered and counted by. No carrier: it was given to none. No reason: it is where messages usually
-- are.
alter table message
  add column carrier text collate "C",
  add column reason text collate "C",
  add column units bigint not null default 0;

-- The index of times holds all of it, so that counting a period reads nothing else.
drop index message_by_time;
create index message_by_time on message (brand, asked_us, sms)
  include (state, kind, shop, carrier, reason, units);
