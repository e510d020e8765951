-- The last of the cloud's news that this database has. It moves in the commit of what the news are here, so that none
-- counts twice; with a new database it begins at 0 again, as the cloud's numbers do.
ALTER TABLE journal ADD COLUMN news_seq INTEGER NOT NULL DEFAULT 0;
