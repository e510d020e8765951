-- Lists have a file of their own from here on, and are made again there from the journal.
drop table message;
drop table catering_order;
drop table relay;
