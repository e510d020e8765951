-- Lists follow the journal a little later from here on. Up to which row of it, by its number and digest, they show
-- it, and who may write them: whoever has the lease puts its name here, which waits for a writing that is under way,
-- and nobody else's is let through after that.
create table listed (
  shard integer primary key,
  holder text not null,
  seq bigint not null,
  digest bytea not null
) with (fillfactor = 10);

insert into listed (shard, holder, seq, digest)
select shard.shard, '', shard.seq, coalesce(journal.digest, decode(repeat('00', 32), 'hex'))
from shard left join journal using (shard, seq);
