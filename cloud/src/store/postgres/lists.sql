-- Rows of lists that changed until a row of the journal, in one statement. It changes nothing for whoever has lost
-- the lease, and nothing when it comes late: lists never go back. Whether it is synced is said with it ($32), for this
-- transaction alone.
with fence as (
  update listed set seq = $3, digest = $4 where shard = $1 and holder = $2 and seq < $3 returning seq
), messages as (
  insert into message (brand, sms, state, kind, shop, asked_us, view, carrier, reason, units)
  select row.* from fence,
    unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[],
      $13::text[], $14::bigint[]) as row
  on conflict (brand, sms) do update set
    state = excluded.state, carrier = excluded.carrier, reason = excluded.reason, view = excluded.view
), orders as (
  insert into catering_order (brand, shop, order_id, day, number, placed_us, is_open, portions, view)
  select row.* from fence,
    unnest($15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[], $20::bigint[], $21::boolean[],
      $22::bigint[], $23::text[]) as row
  on conflict (brand, shop, order_id) do update set
    day = excluded.day, number = excluded.number, placed_us = excluded.placed_us,
    is_open = excluded.is_open, portions = excluded.portions, view = excluded.view
), relays as (
  insert into relay (brand, message, shop, channel, state, kept_us, asked_us, view)
  select row.* from fence,
    unnest($24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::bigint[], $30::bigint[],
      $31::text[]) as row
  on conflict (brand, message) do update set state = excluded.state, view = excluded.view
)
select seq, set_config('synchronous_commit', $32, true) from fence
