-- What messages are filtered and counted by. No shop: the brand's own systems asked. No carrier: it was given to none.
-- No reason: it is where messages usually are.
alter table message add column kind text not null default '';
alter table message add column shop text;
alter table message add column carrier text;
alter table message add column reason text;
alter table message add column units integer not null default 0;

-- The index of times holds all of it, so that counting a period reads nothing else.
drop index message_by_time;
create index message_by_time on message (brand, asked_us, sms, state, kind, shop, carrier, reason, units);
