-- One commit in one statement and one way there and back: the fence and the journal's row.
-- Nothing is written where the fence lets nothing through. Waiting for somebody else's fence, PostgreSQL looks at
-- the row again when its turn comes, so that the epoch it compares is the present one.
with fence as (
  update shard set seq = $3 where shard = $1 and epoch = $2 and seq = $3::bigint - 1 returning seq
)
insert into journal (shard, seq, entries, digest) select $1, $3, $4, $5 from fence
