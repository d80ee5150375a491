CREATE TABLE web_sessions (
    hash bytea NOT NULL,
    user_id bigint NOT NULL,
    instance_id bigint NOT NULL,
    machine text NOT NULL,
    console text NOT NULL,
    page text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_web_sessions PRIMARY KEY (hash)
);

CREATE INDEX ix_web_sessions_user_id ON web_sessions (user_id);

CREATE INDEX ix_web_sessions_expires_at ON web_sessions (expires_at);
