-- Many old rows become one, in one statement and behind the same fence as a commit.
-- Rows that are not all there are moved nowhere: a segment without a digest is refused, and everything with it.
with fence as (
  update shard set seq = seq where shard = $1 and epoch = $2 and seq > $4 returning seq
), moved as (
  delete from journal
  where shard = $1 and seq between $3 and $4 and exists (select from fence)
  returning seq
)
insert into journal_segment (shard, first_seq, last_seq, digest_before, digest, packed)
select $1, $3, $4, $5, case (select count(*) from moved) when $4::bigint - $3::bigint + 1 then $6::bytea end, $7
from fence
