-- Old rows of the journal lie here, many in one: the entries of each after their length, compressed together. The
-- digests of the row before its first and of its last prove what is in it. A row is in the journal or in a segment,
-- never in both.
create table journal_segment (
  first_seq integer primary key,
  last_seq integer not null,
  digest_before blob not null,
  digest blob not null,
  packed blob not null
) strict;
