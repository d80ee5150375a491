-- Lists ask every row which state it is in; taking that out of the JSON took longer than all the rest of the query.
ALTER TABLE lab_instances
    ADD COLUMN status_version bigint GENERATED ALWAYS AS ((status->>'Version')::bigint) STORED;
