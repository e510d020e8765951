-- One commit in one statement and one way there and back: the fence, the journal's row, the rows of lists.
-- Nothing is written where the fence lets nothing through. Waiting for somebody else's fence, PostgreSQL looks at
-- the row again when its turn comes, so that the epoch it compares is the present one.
with fence as (
  update shard set seq = $3 where shard = $1 and epoch = $2 and seq = $3::bigint - 1 returning seq
), messages as (
  insert into message (brand, sms, state, kind, shop, asked_us, view, carrier, reason, units)
  select row.* from fence,
    unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $30::text[],
      $31::text[], $32::bigint[]) as row
  on conflict (brand, sms) do update set state = excluded.state, view = excluded.view,
    carrier = excluded.carrier, reason = excluded.reason
), orders as (
  insert into catering_order (brand, shop, order_id, day, number, placed_us, is_open, portions, view)
  select row.* from fence,
    unnest($13::text[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::boolean[],
      $20::bigint[], $21::text[]) as row
  on conflict (brand, shop, order_id) do update set
    day = excluded.day, number = excluded.number, placed_us = excluded.placed_us,
    is_open = excluded.is_open, portions = excluded.portions, view = excluded.view
), relays as (
  insert into relay (brand, message, shop, channel, state, kept_us, asked_us, view)
  select row.* from fence,
    unnest($22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::bigint[], $28::bigint[],
      $29::text[]) as row
  on conflict (brand, message) do update set state = excluded.state, view = excluded.view
)
insert into journal (shard, seq, entries, digest) select $1, $3, $4, $5 from fence
