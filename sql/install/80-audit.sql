-- The audit: what happened to personal data, by whom and for what purpose.
--
-- Parents of partitions have no index, no constraint and no partition here: what a
-- dump restores meets the parent as CREATE EXTENSION made it.  Partitions are made
-- when they are needed and are no members of the extension.

CREATE SEQUENCE ethdata.audit_event_id_seq AS pg_catalog.int8 CACHE 64 NO CYCLE;
COMMENT ON SEQUENCE ethdata.audit_event_id_seq IS 'Ids of ethdata.audit_event; each session takes 64 at a time, so there are gaps.';
CREATE SEQUENCE ethdata.policy_version_seq AS pg_catalog.int8 NO CYCLE;
COMMENT ON SEQUENCE ethdata.policy_version_seq IS 'Counts changes of policy; an event carries the number of the last one before it.';

CREATE TABLE ethdata.audit_record (
  id              pg_catalog.int8,
  incarnation     pg_catalog.int4,
  recorded_at     pg_catalog.timestamptz,
  kind            pg_catalog.text COLLATE pg_catalog."C",
  xid             pg_catalog.int8,
  statement_at    pg_catalog.timestamptz,
  context         pg_catalog.int8,
  relation        pg_catalog.text COLLATE pg_catalog."C",
  purpose         pg_catalog.text COLLATE pg_catalog."C",
  columns_shown   pg_catalog.text[] COLLATE pg_catalog."C",
  columns_masked  pg_catalog.text[] COLLATE pg_catalog."C",
  columns_changed pg_catalog.text[] COLLATE pg_catalog."C",
  subject         pg_catalog.uuid,
  other_subjects  pg_catalog.uuid[],
  row_count       pg_catalog.int8,
  layout          pg_catalog.int8,
  sealed          pg_catalog.bytea,
  details         pg_catalog.jsonb
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE ethdata.audit_record IS
  'Events as they are stored, by month. Read them through ethdata.audit_event. subject, other_subjects: references of ethdata.subject_key; sealed: row values under the persons'' keys; layout: ethdata.audit_layout.';

CREATE TABLE ethdata.audit_context (
  id             pg_catalog.int8,
  recorded_at    pg_catalog.timestamptz,
  xid            pg_catalog.int8,
  session_role   pg_catalog.text COLLATE pg_catalog."C",
  effective_role pg_catalog.text COLLATE pg_catalog."C",
  token_subject  pg_catalog.text COLLATE pg_catalog."C",
  application    pg_catalog.text COLLATE pg_catalog."C",
  client_addr    pg_catalog.text COLLATE pg_catalog."C",
  purpose        pg_catalog.text COLLATE pg_catalog."C",
  policy_version pg_catalog.int8
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE ethdata.audit_context IS
  'Who acted and for what purpose: one row for each such pair in a transaction that recorded an event, by month.';

CREATE TABLE ethdata.audit_layout (
  id       pg_catalog.int8 NOT NULL,
  relation pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  columns  pg_catalog.text[] COLLATE pg_catalog."C" NOT NULL,
  types    pg_catalog.text[] COLLATE pg_catalog."C" NOT NULL
);
CREATE INDEX audit_layout_id ON ethdata.audit_layout (id);
COMMENT ON TABLE ethdata.audit_layout IS
  'Columns of audited tables at the time of a change. id: the first 8 bytes of a SHA-256 of the rest, so that a change of it is found. A layout may stand here more than once.';

CREATE TABLE ethdata.subject_key (
  reference pg_catalog.uuid NOT NULL,
  class_id  pg_catalog.int4 NOT NULL,
  key       pg_catalog.bytea NOT NULL,
  key_id    pg_catalog.bytea,
  wrapped   pg_catalog.bytea,
  CONSTRAINT subject_key_wrapped CHECK ((key_id IS NULL) OPERATOR(pg_catalog.=) (wrapped IS NULL))
);
CREATE INDEX subject_key_subject ON ethdata.subject_key (class_id, key);
CREATE INDEX subject_key_reference ON ethdata.subject_key (reference);
COMMENT ON TABLE ethdata.subject_key IS
  'Persons in events: a random reference, and a data key wrapped under the master key with this id. Destroying a person''s rows makes what events say about the person unreadable for ever. A person may have several rows.';

CREATE TABLE ethdata.audit_incarnation (
  incarnation       pg_catalog.int4 PRIMARY KEY,
  system_identifier pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  database          pg_catalog.int8 NOT NULL,
  timeline          pg_catalog.int8 NOT NULL,
  begun_at          pg_catalog.timestamptz NOT NULL
);
COMMENT ON TABLE ethdata.audit_incarnation IS
  'Servers, databases and time lines in which this history was written: a restore, a copy or a promotion begins another one. Transaction ids are comparable within one.';

CREATE TABLE ethdata.audit_checkpoint (
  size        pg_catalog.int8 PRIMARY KEY,
  root        pg_catalog.bytea NOT NULL,
  incarnation pg_catalog.int4 NOT NULL,
  origin      pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  sealed_at   pg_catalog.timestamptz NOT NULL,
  snapshot    pg_catalog.text COLLATE pg_catalog."C",
  key_id      pg_catalog.bytea NOT NULL,
  note        pg_catalog.text COLLATE pg_catalog."C" NOT NULL
);
COMMENT ON TABLE ethdata.audit_checkpoint IS
  'Sealed states of the history: the tree''s size and root, and note, the same signed (C2SP tlog-checkpoint, Ed25519). snapshot: which transactions'' events are in it; null means all of the incarnation. Keep the notes outside the database as well: they prove what stood here.';

CREATE TABLE ethdata.audit_tile (
  level  pg_catalog.int4 NOT NULL,
  index  pg_catalog.int8 NOT NULL,
  hashes pg_catalog.bytea NOT NULL,
  PRIMARY KEY (level, index)
);
COMMENT ON TABLE ethdata.audit_tile IS
  'Hashes of the tree in tiles of 256 (C2SP tlog-tiles): level 0 has the events'' hashes, level n + 1 the roots of full tiles of level n.';

CREATE FUNCTION ethdata._audit_append_only() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__audit_append_only';
REVOKE ALL ON FUNCTION ethdata._audit_append_only() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._audit_append_only() IS
  'Trigger (BEFORE UPDATE, DELETE, TRUNCATE; ENABLE ALWAYS) of the audit''s tables. Errors: 42501 always.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ethdata.audit_record
  FOR EACH ROW EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only ON ethdata.audit_record IS 'For everybody, the owner and superusers included.';
CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.audit_record
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only_statement ON ethdata.audit_record IS 'Partitions have it too.';
ALTER TABLE ethdata.audit_record ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ethdata.audit_record ENABLE ALWAYS TRIGGER append_only_statement;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ethdata.audit_context
  FOR EACH ROW EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only ON ethdata.audit_context IS 'For everybody, the owner and superusers included.';
CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.audit_context
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only_statement ON ethdata.audit_context IS 'Partitions have it too.';
ALTER TABLE ethdata.audit_context ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ethdata.audit_context ENABLE ALWAYS TRIGGER append_only_statement;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.audit_layout
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only ON ethdata.audit_layout IS 'For everybody, the owner and superusers included.';
ALTER TABLE ethdata.audit_layout ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.audit_incarnation
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only ON ethdata.audit_incarnation IS 'For everybody, the owner and superusers included.';
ALTER TABLE ethdata.audit_incarnation ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._audit_append_only();
COMMENT ON TRIGGER append_only ON ethdata.audit_checkpoint IS 'For everybody, the owner and superusers included.';
ALTER TABLE ethdata.audit_checkpoint ENABLE ALWAYS TRIGGER append_only;

---------------------------------------------------------------- reading

CREATE FUNCTION ethdata._audit_values(layout pg_catalog.int8, subject pg_catalog.uuid, other_subjects pg_catalog.uuid[],
    sealed pg_catalog.bytea, old pg_catalog.bool) RETURNS pg_catalog.jsonb
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata__audit_values';
REVOKE ALL ON FUNCTION ethdata._audit_values(pg_catalog.int8, pg_catalog.uuid, pg_catalog.uuid[], pg_catalog.bytea, pg_catalog.bool) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata._audit_values(pg_catalog.int8, pg_catalog.uuid, pg_catalog.uuid[], pg_catalog.bytea, pg_catalog.bool) TO ethdata_auditor, ethdata_officer;
COMMENT ON FUNCTION ethdata._audit_values(pg_catalog.int8, pg_catalog.uuid, pg_catalog.uuid[], pg_catalog.bytea, pg_catalog.bool) IS
  'Old or new values of a record, for ethdata.audit_event: opened for ethdata_officer, null for others and where a person was forgotten. Errors: F0000 no master key; XX001 damaged.';
CREATE FUNCTION ethdata._audit_subjects(subject pg_catalog.uuid, other_subjects pg_catalog.uuid[]) RETURNS pg_catalog.text[]
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata__audit_subjects';
REVOKE ALL ON FUNCTION ethdata._audit_subjects(pg_catalog.uuid, pg_catalog.uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata._audit_subjects(pg_catalog.uuid, pg_catalog.uuid[]) TO ethdata_auditor, ethdata_officer;
COMMENT ON FUNCTION ethdata._audit_subjects(pg_catalog.uuid, pg_catalog.uuid[]) IS
  'Persons of a record, for ethdata.audit_event: keys for ethdata_officer, references for others and where a person was forgotten.';

CREATE VIEW ethdata.audit_event AS
  SELECT r.id, r.incarnation, r.recorded_at, r.kind, r.xid::pg_catalog.text::pg_catalog.xid8 AS xid, r.statement_at,
         c.session_role::pg_catalog.name AS session_role, c.effective_role::pg_catalog.name AS effective_role,
         c.token_subject, c.application, c.client_addr::pg_catalog.inet AS client_addr,
         COALESCE(r.purpose, c.purpose) AS purpose, r.relation,
         r.columns_shown::pg_catalog.name[] AS columns_shown, r.columns_masked::pg_catalog.name[] AS columns_masked,
         ethdata._audit_subjects(r.subject, r.other_subjects) AS subjects, r.row_count,
         ethdata._audit_values(r.layout, r.subject, r.other_subjects, r.sealed, true) AS old_values,
         ethdata._audit_values(r.layout, r.subject, r.other_subjects, r.sealed, false) AS new_values,
         c.policy_version,
         CASE WHEN r.columns_changed IS NULL THEN r.details
              ELSE COALESCE(r.details, '{}'::pg_catalog.jsonb)
                   OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('columns', r.columns_changed) END AS details
    FROM ethdata.audit_record r LEFT JOIN ethdata.audit_context c ON c.id OPERATOR(pg_catalog.=) r.context;
COMMENT ON VIEW ethdata.audit_event IS
  'What happened, by whom and for what purpose. kind: insert, update, delete, truncate, consent, purpose, grant, policy, exception, seal; purpose: the one that the event is about, else the one that was in force; subjects, old_values, new_values: opened for ethdata_officer; policy_version: changes of policy before it; details: what the kind tells, columns: the changed ones. For ethdata_auditor and ethdata_officer.';

REVOKE ALL ON ethdata.audit_record, ethdata.audit_context, ethdata.audit_layout, ethdata.subject_key, ethdata.audit_incarnation,
  ethdata.audit_checkpoint, ethdata.audit_tile, ethdata.audit_event FROM PUBLIC;
GRANT SELECT ON ethdata.audit_event, ethdata.audit_incarnation, ethdata.audit_checkpoint, ethdata.audit_tile, ethdata.audit_layout
  TO ethdata_auditor, ethdata_officer;

---------------------------------------------------------------- recording

-- EXECUTE stays with PUBLIC: whoever restores a table creates its triggers.
CREATE FUNCTION ethdata._audit_change() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__audit_change';
COMMENT ON FUNCTION ethdata._audit_change() IS
  'Trigger that ethdata.audit_changes() makes: records a change of a row, or a TRUNCATE. Argument: difference or full. Errors: 39P01; F0000 no master key.';

CREATE FUNCTION ethdata.audit_changes(relation pg_catalog.regclass, images pg_catalog.text DEFAULT 'difference') RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_audit_changes';
COMMENT ON FUNCTION ethdata.audit_changes(pg_catalog.regclass, pg_catalog.text) IS
  'Records changes of the table''s rows in ethdata.audit_event from now on, in the transaction that makes them, for partitions too. images: difference (of an update the changed columns and the primary key), full, or none, which ends it. The values are sealed under the persons'' keys. For the owner (only more), superusers and ethdata_admin. Result: whether anything changed. Errors: 55000 not preloaded; 22023; 42809; 42501; F0000 no master key.';

---------------------------------------------------------------- sealing

CREATE FUNCTION ethdata.seal_audit() RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_seal_audit';
REVOKE ALL ON FUNCTION ethdata.seal_audit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata.seal_audit() TO ethdata_admin, ethdata_auditor;
COMMENT ON FUNCTION ethdata.seal_audit() IS
  'Appends the events of all transactions that have ended to the Merkle tree (RFC 6962) and signs a checkpoint, in ethdata.audit_checkpoint. Nobody waits for it but another call. For superusers, ethdata_admin, ethdata_auditor. Result: the size of the tree. Errors: 42501; F0000 no master key; 25006 in a read-only transaction.';
CREATE FUNCTION ethdata.verify_audit(first_id pg_catalog.int8 DEFAULT NULL, last_id pg_catalog.int8 DEFAULT NULL)
  RETURNS TABLE (ok pg_catalog.bool, checked pg_catalog.int8, finding pg_catalog.text)
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_verify_audit';
REVOKE ALL ON FUNCTION ethdata.verify_audit(pg_catalog.int8, pg_catalog.int8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata.verify_audit(pg_catalog.int8, pg_catalog.int8) TO ethdata_admin, ethdata_auditor, ethdata_officer;
COMMENT ON FUNCTION ethdata.verify_audit(pg_catalog.int8, pg_catalog.int8) IS
  'Compares the sealed history with what stands in the tables: signatures, roots, and each event from first_id to last_id (null: from the first, to the last). One row with ok true when all is as it was sealed, else one for each finding; checked counts the events compared. For superusers, ethdata_admin, ethdata_auditor, ethdata_officer. Errors: 42501; 22023.';

---------------------------------------------------------------- proofs

CREATE FUNCTION ethdata.inclusion_proof(event_id pg_catalog.int8, checkpoint pg_catalog.int8 DEFAULT NULL,
    OUT index pg_catalog.int8, OUT size pg_catalog.int8, OUT leaf pg_catalog.text, OUT path pg_catalog.text[],
    OUT root pg_catalog.text, OUT record pg_catalog.bytea, OUT proof pg_catalog.text)
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_inclusion_proof';
REVOKE ALL ON FUNCTION ethdata.inclusion_proof(pg_catalog.int8, pg_catalog.int8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata.inclusion_proof(pg_catalog.int8, pg_catalog.int8) TO ethdata_auditor, ethdata_officer;
COMMENT ON FUNCTION ethdata.inclusion_proof(pg_catalog.int8, pg_catalog.int8) IS
  'Proof (RFC 6962) that the event is in the checkpoint of this size (null: the last). index: its place in the tree, from 0; size: of the tree; leaf, path, root: hashes in base64, the path from the leaf upwards; record: the canonical bytes whose leaf hash it is; proof: index, path and signed checkpoint as C2SP tlog-proof. For superusers, ethdata_auditor, ethdata_officer. Errors: 42501; 22023 event_id is null, or the event is not in that checkpoint; 42704 no such event or checkpoint; 55000 the event is not sealed yet; XX001 the sealed history was changed.';
CREATE FUNCTION ethdata.consistency_proof(from_size pg_catalog.int8, to_size pg_catalog.int8 DEFAULT NULL,
    OUT size pg_catalog.int8, OUT path pg_catalog.text[], OUT from_root pg_catalog.text, OUT root pg_catalog.text,
    OUT note pg_catalog.text)
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_consistency_proof';
REVOKE ALL ON FUNCTION ethdata.consistency_proof(pg_catalog.int8, pg_catalog.int8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata.consistency_proof(pg_catalog.int8, pg_catalog.int8) TO ethdata_auditor, ethdata_officer;
COMMENT ON FUNCTION ethdata.consistency_proof(pg_catalog.int8, pg_catalog.int8) IS
  'Proof (RFC 6962) that the tree of the checkpoint of to_size (null: the last) begins with the tree of from_size events, which need not be a checkpoint. size: of the later tree; path, from_root, root: hashes in base64; note: the later checkpoint, signed. It says something only with the root of a checkpoint that was kept elsewhere in the place of from_root. For superusers, ethdata_auditor, ethdata_officer. Errors: 42501; 22023 from_size is null, negative or beyond to_size; 42704 no checkpoint of to_size; 55000 nothing is sealed yet; XX001 the sealed history was changed.';
CREATE FUNCTION ethdata.verify_proof(leaf pg_catalog.text, index pg_catalog.int8, size pg_catalog.int8, path pg_catalog.text[],
    root pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_verify_proof_leaf';
COMMENT ON FUNCTION ethdata.verify_proof(pg_catalog.text, pg_catalog.int8, pg_catalog.int8, pg_catalog.text[], pg_catalog.text) IS
  'Whether an inclusion proof (RFC 9162 section 2.1.3.2) proves that the leaf with this hash stands at index (from 0) of the tree of size with this root. Hashes in base64. Reads no table. Errors: 22023 a hash is no base64 of 32 bytes, or the path is no list of them.';
CREATE FUNCTION ethdata.verify_proof(record pg_catalog.bytea, index pg_catalog.int8, size pg_catalog.int8, path pg_catalog.text[],
    root pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_verify_proof_record';
COMMENT ON FUNCTION ethdata.verify_proof(pg_catalog.bytea, pg_catalog.int8, pg_catalog.int8, pg_catalog.text[], pg_catalog.text) IS
  'The same of the leaf with these bytes. Errors: 22023.';
CREATE FUNCTION ethdata.verify_proof(from_size pg_catalog.int8, size pg_catalog.int8, path pg_catalog.text[], from_root pg_catalog.text,
    root pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_verify_proof_consistency';
COMMENT ON FUNCTION ethdata.verify_proof(pg_catalog.int8, pg_catalog.int8, pg_catalog.text[], pg_catalog.text, pg_catalog.text) IS
  'Whether a consistency proof (RFC 9162 section 2.1.4.2) proves that the tree of size with root begins with the tree of from_size with from_root. Hashes in base64. Reads no table. Errors: 22023 as for the other proofs.';

SELECT pg_catalog.pg_extension_config_dump('ethdata.audit_event_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.policy_version_seq', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.audit_layout', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.subject_key', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.audit_incarnation', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.audit_checkpoint', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.audit_tile', '');
