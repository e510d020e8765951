-- As in SQLite: old rows of the journal, many in one. It is compressed already.
create table journal_segment (
  shard integer not null,
  first_seq bigint not null,
  last_seq bigint not null,
  digest_before bytea not null,
  digest bytea not null,
  packed bytea not null,
  primary key (shard, first_seq)
);
alter table journal_segment alter column packed set storage external;
