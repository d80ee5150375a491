CREATE TABLE registry_credentials (
    registry text NOT NULL,
    username text NOT NULL,
    password bytea NOT NULL,
    CONSTRAINT pk_registry_credentials PRIMARY KEY (registry)
);
