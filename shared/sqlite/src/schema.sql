-- Times are milliseconds since 1970; bodies are JSON.
CREATE TABLE documents (
    subject TEXT    NOT NULL,
    part    TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER,
    body    TEXT    NOT NULL,
    PRIMARY KEY (subject, part)
) STRICT;
CREATE INDEX documents_by_kind ON documents (kind, subject) WHERE part = 'main';
CREATE INDEX documents_by_expiry ON documents (expires) WHERE expires IS NOT NULL;

CREATE TABLE items (
    kind    TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    due     INTEGER,
    outcome TEXT,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT;
CREATE INDEX items_by_subject ON items (subject, kind, name);
CREATE INDEX items_due ON items (due, kind, name) WHERE due IS NOT NULL;

CREATE TABLE ledger (
    name    TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;
INSERT INTO ledger VALUES ('identity', 1, lower(hex(randomblob(16))));
