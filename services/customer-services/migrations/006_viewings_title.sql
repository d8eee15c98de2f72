-- Each new viewing looks at those of its title: whether it is a rewatch, and whether its stars are the newest.
CREATE INDEX viewings_title ON viewings (profile_id, title_id);
