-- Consent: the value, whose data it is, what persons were told, what they said.

---------------------------------------------------------------- the value

CREATE TYPE ethdata.consent;
CREATE FUNCTION ethdata.consent_in(pg_catalog.cstring) RETURNS ethdata.consent
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_in';
COMMENT ON FUNCTION ethdata.consent_in(pg_catalog.cstring) IS
  'Input of type ethdata.consent: JSON as {"v":1,"regime":"gdpr","purposes":{"marketing.email":["given","2028-03-01T00:00Z"]}}. Reads no table. Times and dates are as output writes them or ISO 8601 with a zone, and no key is there twice. Errors: 22P02; 54000 more than 65535 purposes.';
CREATE FUNCTION ethdata.consent_out(ethdata.consent) RETURNS pg_catalog.cstring
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_out';
COMMENT ON FUNCTION ethdata.consent_out(ethdata.consent) IS
  'Output of type ethdata.consent: JSON; a purpose that this database does not know is printed as "#<id>", which input takes.';
CREATE FUNCTION ethdata.consent_recv(pg_catalog.internal) RETURNS ethdata.consent
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_recv';
COMMENT ON FUNCTION ethdata.consent_recv(pg_catalog.internal) IS
  'Binary input of type ethdata.consent, checked whole. Errors: 22P03.';
CREATE FUNCTION ethdata.consent_send(ethdata.consent) RETURNS pg_catalog.bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_send';
COMMENT ON FUNCTION ethdata.consent_send(ethdata.consent) IS
  'Binary output of type ethdata.consent, network byte order.';
CREATE FUNCTION ethdata._consent_typanalyze(pg_catalog.internal) RETURNS pg_catalog.bool
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__consent_typanalyze';
COMMENT ON FUNCTION ethdata._consent_typanalyze(pg_catalog.internal) IS
  'ANALYZE of type ethdata.consent: beside what is gathered of any type, how many values hold an agreement to each purpose.';
REVOKE ALL ON FUNCTION ethdata._consent_typanalyze(pg_catalog.internal) FROM PUBLIC;
CREATE TYPE ethdata.consent (
  INPUT = ethdata.consent_in, OUTPUT = ethdata.consent_out,
  RECEIVE = ethdata.consent_recv, SEND = ethdata.consent_send,
  ANALYZE = ethdata._consent_typanalyze,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE ethdata.consent IS
  'What one person agreed to: a head (regime, birth date, flags restricted, held, blocked) and per purpose status, flags (absolute, pending, explicit, informed) and expiry in hours, rounded down. 12 bytes and 8 a purpose. Text form: JSON with the keys v (1), regime, birth_date, flags, purposes.';

CREATE FUNCTION ethdata.consent_eq(ethdata.consent, ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_eq';
COMMENT ON FUNCTION ethdata.consent_eq(ethdata.consent, ethdata.consent) IS 'Implementation of operator =.';
CREATE FUNCTION ethdata.consent_ne(ethdata.consent, ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_ne';
COMMENT ON FUNCTION ethdata.consent_ne(ethdata.consent, ethdata.consent) IS 'Implementation of operator <>.';
CREATE FUNCTION ethdata.consent_lt(ethdata.consent, ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_lt';
COMMENT ON FUNCTION ethdata.consent_lt(ethdata.consent, ethdata.consent) IS 'Implementation of operator <.';
CREATE FUNCTION ethdata.consent_le(ethdata.consent, ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_le';
COMMENT ON FUNCTION ethdata.consent_le(ethdata.consent, ethdata.consent) IS 'Implementation of operator <=.';
CREATE FUNCTION ethdata.consent_gt(ethdata.consent, ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_gt';
COMMENT ON FUNCTION ethdata.consent_gt(ethdata.consent, ethdata.consent) IS 'Implementation of operator >.';
CREATE FUNCTION ethdata.consent_ge(ethdata.consent, ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_ge';
COMMENT ON FUNCTION ethdata.consent_ge(ethdata.consent, ethdata.consent) IS 'Implementation of operator >=.';
CREATE FUNCTION ethdata.consent_cmp(ethdata.consent, ethdata.consent) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_cmp';
COMMENT ON FUNCTION ethdata.consent_cmp(ethdata.consent, ethdata.consent) IS
  'B-tree comparison of ethdata.consent: -1, 0 or 1. The order is for sorting and unique indexes and says nothing about persons.';
CREATE FUNCTION ethdata.consent_hash(ethdata.consent) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_hash';
COMMENT ON FUNCTION ethdata.consent_hash(ethdata.consent) IS 'Hash of ethdata.consent.';
CREATE FUNCTION ethdata.consent_hash_extended(ethdata.consent, pg_catalog.int8) RETURNS pg_catalog.int8
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_hash_extended';
COMMENT ON FUNCTION ethdata.consent_hash_extended(ethdata.consent, pg_catalog.int8) IS 'Hash of ethdata.consent with a seed.';
CREATE FUNCTION ethdata.consent_merge(ethdata.consent, ethdata.consent) RETURNS ethdata.consent
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_merge';
COMMENT ON FUNCTION ethdata.consent_merge(ethdata.consent, ethdata.consent) IS
  'Implementation of operator ||: two values about one person. For a purpose on both sides the more restrictive entry holds (of two grants the one that expires first), an entry on one side is kept; flags of the head add up; a regime that differs becomes unknown, and so does a birth date that one side lacks, else the later one holds. Commutative and associative. Errors: 54000.';

CREATE OPERATOR ethdata.= (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_eq,
  COMMUTATOR = OPERATOR(ethdata.=), NEGATOR = OPERATOR(ethdata.<>), RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR ethdata.= (ethdata.consent, ethdata.consent) IS 'The same in every respect.';
CREATE OPERATOR ethdata.<> (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_ne,
  COMMUTATOR = OPERATOR(ethdata.<>), NEGATOR = OPERATOR(ethdata.=), RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
COMMENT ON OPERATOR ethdata.<> (ethdata.consent, ethdata.consent) IS 'Different in some respect.';
CREATE OPERATOR ethdata.< (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_lt,
  COMMUTATOR = OPERATOR(ethdata.>), NEGATOR = OPERATOR(ethdata.>=), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
COMMENT ON OPERATOR ethdata.< (ethdata.consent, ethdata.consent) IS 'Before in an order that is for sorting only.';
CREATE OPERATOR ethdata.<= (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_le,
  COMMUTATOR = OPERATOR(ethdata.>=), NEGATOR = OPERATOR(ethdata.>), RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
COMMENT ON OPERATOR ethdata.<= (ethdata.consent, ethdata.consent) IS 'Before or the same in an order that is for sorting only.';
CREATE OPERATOR ethdata.> (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_gt,
  COMMUTATOR = OPERATOR(ethdata.<), NEGATOR = OPERATOR(ethdata.<=), RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
COMMENT ON OPERATOR ethdata.> (ethdata.consent, ethdata.consent) IS 'After in an order that is for sorting only.';
CREATE OPERATOR ethdata.>= (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_ge,
  COMMUTATOR = OPERATOR(ethdata.<=), NEGATOR = OPERATOR(ethdata.<), RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);
COMMENT ON OPERATOR ethdata.>= (ethdata.consent, ethdata.consent) IS 'After or the same in an order that is for sorting only.';
CREATE OPERATOR ethdata.|| (LEFTARG = ethdata.consent, RIGHTARG = ethdata.consent, FUNCTION = ethdata.consent_merge,
  COMMUTATOR = OPERATOR(ethdata.||));
COMMENT ON OPERATOR ethdata.|| (ethdata.consent, ethdata.consent) IS
  'Both values about one person, the more restrictive where they differ; see ethdata.consent_merge.';

CREATE OPERATOR CLASS ethdata.consent_ops DEFAULT FOR TYPE ethdata.consent USING btree AS
  OPERATOR 1 ethdata.<, OPERATOR 2 ethdata.<=, OPERATOR 3 ethdata.=, OPERATOR 4 ethdata.>=, OPERATOR 5 ethdata.>,
  FUNCTION 1 ethdata.consent_cmp(ethdata.consent, ethdata.consent);
COMMENT ON OPERATOR CLASS ethdata.consent_ops USING btree IS 'Sorting and unique indexes of ethdata.consent.';
COMMENT ON OPERATOR FAMILY ethdata.consent_ops USING btree IS 'Sorting and unique indexes of ethdata.consent.';
CREATE OPERATOR CLASS ethdata.consent_ops DEFAULT FOR TYPE ethdata.consent USING hash AS
  OPERATOR 1 ethdata.=,
  FUNCTION 1 ethdata.consent_hash(ethdata.consent),
  FUNCTION 2 ethdata.consent_hash_extended(ethdata.consent, pg_catalog.int8);
COMMENT ON OPERATOR CLASS ethdata.consent_ops USING hash IS 'Hashing of ethdata.consent.';
COMMENT ON OPERATOR FAMILY ethdata.consent_ops USING hash IS 'Hashing of ethdata.consent.';

CREATE AGGREGATE ethdata.most_restrictive(ethdata.consent) (
  SFUNC = ethdata.consent_merge, STYPE = ethdata.consent, COMBINEFUNC = ethdata.consent_merge, PARALLEL = SAFE);
COMMENT ON AGGREGATE ethdata.most_restrictive(ethdata.consent) IS
  'All values about one person merged as by ||; NULL without any.';

CREATE FUNCTION ethdata.consent_from_jsonb(pg_catalog.jsonb) RETURNS ethdata.consent
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_from_jsonb';
COMMENT ON FUNCTION ethdata.consent_from_jsonb(pg_catalog.jsonb) IS
  'Implementation of the cast from jsonb, which has the form of the type''s text. Errors: 22P02; 54000.';
CREATE FUNCTION ethdata.consent_to_jsonb(ethdata.consent) RETURNS pg_catalog.jsonb
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_consent_to_jsonb';
COMMENT ON FUNCTION ethdata.consent_to_jsonb(ethdata.consent) IS 'Implementation of the cast to jsonb.';
CREATE CAST (pg_catalog.jsonb AS ethdata.consent) WITH FUNCTION ethdata.consent_from_jsonb(pg_catalog.jsonb);
COMMENT ON CAST (pg_catalog.jsonb AS ethdata.consent) IS 'The form of the type''s text. Errors: 22P02; 54000.';
CREATE CAST (ethdata.consent AS pg_catalog.jsonb) WITH FUNCTION ethdata.consent_to_jsonb(ethdata.consent);
COMMENT ON CAST (ethdata.consent AS pg_catalog.jsonb) IS 'The form of the type''s text.';

---------------------------------------------------------------- regimes

CREATE TABLE ethdata.regime (
  number          pg_catalog.int2 PRIMARY KEY,
  code            pg_catalog.text COLLATE pg_catalog."C" NOT NULL UNIQUE,
  opt_out_default pg_catalog.bool NOT NULL,
  no_reprompt     pg_catalog.interval,
  shipped         pg_catalog.bool NOT NULL DEFAULT false,
  CONSTRAINT regime_number CHECK (number OPERATOR(pg_catalog.>=) 1::pg_catalog.int2 AND number OPERATOR(pg_catalog.<=) 255::pg_catalog.int2
    AND (shipped OR number OPERATOR(pg_catalog.>=) 4::pg_catalog.int2)),
  CONSTRAINT regime_code CHECK (code OPERATOR(pg_catalog.~) '^[a-z0-9_-]{1,60}$')
);
COMMENT ON TABLE ethdata.regime IS
  'Legal regimes. Shipped rows never change; a site adds its own. number is what consent values carry: 1 to 3 are shipped, a site''s own are 4 to 255 and are printed as "#<number>". opt_out_default: purposes of basis opt_out may be used after notice until the person says no. no_reprompt: how long a person who said no must not be asked again.';
INSERT INTO ethdata.regime (number, code, opt_out_default, no_reprompt, shipped) VALUES
  (1, 'gdpr', false, NULL, true),
  (2, 'ccpa', true, '12 months', true),
  (3, 'dpdp', false, NULL, true);

CREATE TABLE ethdata.jurisdiction (
  code    pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  regime  pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  shipped pg_catalog.bool NOT NULL DEFAULT false,
  PRIMARY KEY (code, shipped),
  CONSTRAINT jurisdiction_code CHECK (code OPERATOR(pg_catalog.~) '^[A-Z]{2}(-[A-Z0-9]{1,3})?$')
);
COMMENT ON TABLE ethdata.jurisdiction IS
  'Which regime holds where: ISO 3166-1 alpha-2 or 3166-2 codes. A subdivision that is not listed has its country''s regime; a place that is not listed has none known, and the strictest rule holds. Shipped rows never change; where a site has a row of its own (shipped false) for a code, that one holds.';
INSERT INTO ethdata.jurisdiction (code, regime, shipped)
  SELECT c, 'gdpr', true FROM pg_catalog.unnest(ARRAY[
    'AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IT', 'LT', 'LU', 'LV',
    'MT', 'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK', 'IS', 'LI', 'NO', 'GB']) c
  UNION ALL VALUES ('US-CA', 'ccpa', true), ('IN', 'dpdp', true);

-- After the rows: what is shipped is the same in every database, so that a dump need
-- not carry it and a restore means the same.
CREATE FUNCTION ethdata._shipped_rows() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__shipped_rows';
REVOKE ALL ON FUNCTION ethdata._shipped_rows() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._shipped_rows() IS
  'Trigger (BEFORE INSERT, UPDATE, DELETE by row and TRUNCATE; ENABLE ALWAYS; argument: what a site does instead) of tables with shipped rows and rows of a site: only scripts of the extension write the shipped ones. Errors: 42501; 39P01 when called otherwise.';
CREATE TRIGGER shipped_rows BEFORE INSERT OR UPDATE OR DELETE ON ethdata.regime
  FOR EACH ROW EXECUTE FUNCTION ethdata._shipped_rows('Add a regime of your own, with a number from 4 on, and name it in ethdata.jurisdiction.');
COMMENT ON TRIGGER shipped_rows ON ethdata.regime IS 'Shipped rows never change.';
CREATE TRIGGER shipped_table BEFORE TRUNCATE ON ethdata.regime
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._shipped_rows('Delete the rows that your site added.');
COMMENT ON TRIGGER shipped_table ON ethdata.regime IS 'Shipped rows never go.';
CREATE TRIGGER shipped_rows BEFORE INSERT OR UPDATE OR DELETE ON ethdata.jurisdiction
  FOR EACH ROW EXECUTE FUNCTION ethdata._shipped_rows('Insert a row of your own for the code (shipped false): it holds instead.');
COMMENT ON TRIGGER shipped_rows ON ethdata.jurisdiction IS 'Shipped rows never change.';
CREATE TRIGGER shipped_table BEFORE TRUNCATE ON ethdata.jurisdiction
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._shipped_rows('Delete the rows that your site added.');
COMMENT ON TRIGGER shipped_table ON ethdata.jurisdiction IS 'Shipped rows never go.';
ALTER TABLE ethdata.regime ENABLE ALWAYS TRIGGER shipped_rows;
ALTER TABLE ethdata.regime ENABLE ALWAYS TRIGGER shipped_table;
ALTER TABLE ethdata.jurisdiction ENABLE ALWAYS TRIGGER shipped_rows;
ALTER TABLE ethdata.jurisdiction ENABLE ALWAYS TRIGGER shipped_table;

---------------------------------------------------------------- classes

CREATE TABLE ethdata.subject_class (
  id             pg_catalog.int4 PRIMARY KEY,
  code           pg_catalog.text COLLATE pg_catalog."C" NOT NULL UNIQUE,
  relation       pg_catalog.regclass UNIQUE,
  kind           pg_catalog.text NOT NULL,
  key_kind       pg_catalog.text NOT NULL,
  key_types      pg_catalog.text[] NOT NULL,
  key_columns    pg_catalog.name[],
  birth_date     pg_catalog.name,
  jurisdiction   pg_catalog.name,
  time_zone      pg_catalog.name,
  contact_points pg_catalog.name[] NOT NULL,
  CONSTRAINT subject_class_key_kind CHECK (key_kind OPERATOR(pg_catalog.=) ANY (ARRAY['bigint', 'uuid', 'text']))
);
COMMENT ON TABLE ethdata.subject_class IS
  'Tables of data subjects. Written by ethdata.define_subject_class() and ethdata.drop_subject_class(). id derives from code (first 4 bytes of its SHA-256, signed); relation NULL: the class was dropped, or its table; the row stays while answers are recorded, so that the code stands for persons with keys of key_types. key_columns NULL means the primary key; columns are kept by name and follow ALTER TABLE .. RENAME COLUMN.';

CREATE FUNCTION ethdata.define_subject_class(relation pg_catalog.regclass, code pg_catalog.text DEFAULT NULL,
    kind pg_catalog.text DEFAULT 'customer', subject_key pg_catalog.text DEFAULT NULL, birth_date pg_catalog.name DEFAULT NULL,
    jurisdiction pg_catalog.name DEFAULT NULL, time_zone pg_catalog.name DEFAULT NULL,
    contact_points pg_catalog.name[] DEFAULT '{}') RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_define_subject_class';
COMMENT ON FUNCTION ethdata.define_subject_class(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.name[]) IS
  'Declares a table of data subjects, or alters the declaration. relation: an ordinary or partitioned table. code: default schema.table; of a class that exists, as it is. kind: a word such as customer or employee. subject_key: key columns as in ''tenant_id, customer_id''; default the primary key. birth_date, jurisdiction (ISO 3166), time_zone, contact_points: columns. For ethdata_admin. Result: whether anything changed. Errors: 42501; 42809 wrong kind of relation; 42703 unknown column; 22023 bad value, or a key that no unique index covers; 0A000 type that cannot be a key; 55000 consent is recorded and code or key would change, also of a class that was dropped.';
CREATE FUNCTION ethdata.drop_subject_class(relation pg_catalog.regclass) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_drop_subject_class';
COMMENT ON FUNCTION ethdata.drop_subject_class(pg_catalog.regclass) IS
  'Ends the declaration of a table of data subjects. What was recorded stays and holds again when a class of the same code, with a key of the same types, is defined. For ethdata_admin. Result: whether there was one. Errors: 42501; 22023.';

---------------------------------------------------------------- notices

CREATE TABLE ethdata.notice (
  code         pg_catalog.text COLLATE pg_catalog."C" PRIMARY KEY,
  purposes     pg_catalog.text[] NOT NULL,
  valid_from   pg_catalog.timestamptz NOT NULL,
  reconsent    pg_catalog.bool NOT NULL,
  published_at pg_catalog.timestamptz NOT NULL
);
COMMENT ON TABLE ethdata.notice IS
  'What persons were told, by code; the text is in ethdata.notice_text. Written once by ethdata.publish_notice(). reconsent: from valid_from on, what was agreed before to these purposes under other notices is no longer valid.';
CREATE TABLE ethdata.notice_text (
  notice       pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  language     pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  body         pg_catalog.text,
  sha256       pg_catalog.bytea,
  published_at pg_catalog.timestamptz NOT NULL,
  PRIMARY KEY (notice, language),
  CONSTRAINT notice_text_sha256 CHECK ((body IS NULL) OPERATOR(pg_catalog.=) (sha256 IS NULL))
);
COMMENT ON TABLE ethdata.notice_text IS
  'Texts of notices by language (BCP 47), with the SHA-256 of the text. Written once by ethdata.publish_notice().';

CREATE FUNCTION ethdata.publish_notice(notice pg_catalog.text, purposes pg_catalog.text[], body pg_catalog.text DEFAULT NULL,
    language pg_catalog.text DEFAULT 'en', valid_from pg_catalog.timestamptz DEFAULT NULL,
    reconsent pg_catalog.bool DEFAULT false) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_publish_notice';
COMMENT ON FUNCTION ethdata.publish_notice(pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.bool) IS
  'Publishes a notice, or its text in another language. notice: its code. purposes: exactly those it covers. body: the text; null when it is kept elsewhere. language: BCP 47. valid_from: null means now; of a published notice, as it is. reconsent: true ends, at valid_from, what was agreed before to these purposes under other notices. A published notice never changes. For ethdata_admin. Result: whether anything was published; the same call again is false. Errors: 42501; 42704 unknown purpose; 22023; 55000 published with other content.';

---------------------------------------------------------------- events and states

CREATE SEQUENCE ethdata.consent_event_id_seq AS pg_catalog.int8 NO CYCLE;
COMMENT ON SEQUENCE ethdata.consent_event_id_seq IS 'Ids of ethdata.consent_event.';
CREATE TABLE ethdata.consent_event (
  id                 pg_catalog.int8 PRIMARY KEY,
  class              pg_catalog.regclass NOT NULL,
  subject            pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  purpose            pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  action             pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  status             pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  effective_at       pg_catalog.timestamptz NOT NULL,
  recorded_at        pg_catalog.timestamptz NOT NULL,
  expires_at         pg_catalog.timestamptz,
  no_reprompt_before pg_catalog.timestamptz,
  notice             pg_catalog.text COLLATE pg_catalog."C",
  jurisdiction       pg_catalog.text,
  method             pg_catalog.text,
  selection          pg_catalog.text COLLATE pg_catalog."C",
  steps              pg_catalog.int4,
  actor              pg_catalog.text COLLATE pg_catalog."C",
  authority          pg_catalog.text COLLATE pg_catalog."C",
  evidence           pg_catalog.jsonb,
  source             pg_catalog.text COLLATE pg_catalog."C",
  source_event       pg_catalog.text COLLATE pg_catalog."C",
  supersedes         pg_catalog.int8,
  class_id           pg_catalog.int4 NOT NULL,
  CONSTRAINT consent_event_action CHECK (action OPERATOR(pg_catalog.=) ANY (ARRAY['request', 'give', 'renew', 'refuse', 'withdraw',
    'object', 'decide', 'invalidate', 'restrict', 'lift'])),
  CONSTRAINT consent_event_status CHECK (status OPERATOR(pg_catalog.=) ANY (ARRAY['unknown', 'requested', 'given', 'renewed', 'refused',
    'withdrawn', 'revoked', 'expired', 'invalidated', 'objected'])),
  CONSTRAINT consent_event_selection CHECK (selection OPERATOR(pg_catalog.=) ANY (ARRAY['unselected', 'preselected', 'bundled',
    'not_applicable'])),
  CONSTRAINT consent_event_times CHECK (effective_at OPERATOR(pg_catalog.<=) recorded_at)
);
CREATE INDEX consent_event_subject ON ethdata.consent_event (class_id, subject, id);
CREATE INDEX consent_event_source ON ethdata.consent_event (source, source_event);
COMMENT ON TABLE ethdata.consent_event IS
  'What persons answered: append-only evidence, for everybody. Where a purpose is defined anew and what a denial above it had closed would open, actor system keeps it closed by an event of its own; evidence names the one that closed it. Written by ethdata.give_consent() and its kin. effective_at: from when it applies; recorded_at: when it was known; status as W3C DPV names it; authority of an objection: art. 21(2) absolute, art. 21(1) until decided, inapplicable, of a restriction its ground; a restriction, and its lift, are about purpose * (all); class_id: the class''s id, which counts where a table was replaced.';

CREATE TABLE ethdata.consent_state (
  class_id pg_catalog.int4 NOT NULL,
  key      pg_catalog.bytea NOT NULL,
  value    ethdata.consent NOT NULL,
  PRIMARY KEY (class_id, key)
);
COMMENT ON TABLE ethdata.consent_state IS
  'What holds now for each person with events, derived from ethdata.consent_event and kept current by the functions that record them. key: canonical bytes of the subject''s key.';

CREATE FUNCTION ethdata._state_changed() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__state_changed';
REVOKE ALL ON FUNCTION ethdata._state_changed() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._state_changed() IS
  'Trigger (BEFORE INSERT, UPDATE, DELETE FOR EACH ROW, BEFORE TRUNCATE; ENABLE ALWAYS) of ethdata.consent_state: says which persons change, to all sessions that remember them. Without these triggers nothing is remembered. Errors: 39P01 when it is called otherwise.';
CREATE TRIGGER state_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.consent_state
  FOR EACH ROW EXECUTE FUNCTION ethdata._state_changed();
COMMENT ON TRIGGER state_row_changed ON ethdata.consent_state IS 'What sessions remember of the person is stale; also for the apply worker of a subscription.';
CREATE TRIGGER state_changed BEFORE TRUNCATE ON ethdata.consent_state
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._state_changed();
COMMENT ON TRIGGER state_changed ON ethdata.consent_state IS 'What sessions remember of any person is stale.';
ALTER TABLE ethdata.consent_state ENABLE ALWAYS TRIGGER state_row_changed;
ALTER TABLE ethdata.consent_state ENABLE ALWAYS TRIGGER state_changed;

CREATE FUNCTION ethdata._append_only() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__append_only';
REVOKE ALL ON FUNCTION ethdata._append_only() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._append_only() IS
  'Trigger (BEFORE UPDATE, DELETE, TRUNCATE; ENABLE ALWAYS) of ethdata.consent_event. Errors: 42501 always.';
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON ethdata.consent_event
  FOR EACH ROW EXECUTE FUNCTION ethdata._append_only();
COMMENT ON TRIGGER append_only_rows ON ethdata.consent_event IS 'Also for the apply worker of a subscription.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ethdata.consent_event
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._append_only();
COMMENT ON TRIGGER append_only ON ethdata.consent_event IS 'For everybody, the owner and superusers included.';
ALTER TABLE ethdata.consent_event ENABLE ALWAYS TRIGGER append_only_rows;
ALTER TABLE ethdata.consent_event ENABLE ALWAYS TRIGGER append_only;

CREATE FUNCTION ethdata.give_consent(subject pg_catalog.text, purpose pg_catalog.text, notice pg_catalog.text DEFAULT NULL,
    source pg_catalog.text DEFAULT NULL, source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL,
    selection pg_catalog.text DEFAULT 'unselected', actor pg_catalog.text DEFAULT 'self', evidence pg_catalog.jsonb DEFAULT NULL,
    class pg_catalog.regclass DEFAULT NULL, supersedes pg_catalog.int8 DEFAULT NULL) RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_give_consent';
COMMENT ON FUNCTION ethdata.give_consent(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb, pg_catalog.regclass, pg_catalog.int8) IS
  'Records that a person agreed to exactly this purpose. subject: the key as text. notice: what the person saw; it must be valid then and cover the purpose. source, source_event: the same event of a source again returns the first id and records nothing (22023 where it says something else; notice, time and evidence that are left out contradict nothing). effective_at: null means now; at most ethdata.clock_tolerance ahead. selection: unselected, not_applicable count; preselected and bundled are kept as evidence and never count. actor: self, guardian, nominee, agent, consent_manager, operator, system, signal. supersedes: the id of an absolute objection that this answer lifts, for exactly this purpose. The person needs no row in the class''s table. Explicit is an answer that was unselected and names a notice. For roles that collect the purpose and ethdata_officer. Result: the event''s id. Errors: 42704 unknown purpose, notice or class; 42P08 class not named; 42501; 22023.';
CREATE FUNCTION ethdata.refuse_consent(subject pg_catalog.text, purpose pg_catalog.text, notice pg_catalog.text DEFAULT NULL,
    source pg_catalog.text DEFAULT NULL, source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL,
    class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_refuse_consent';
COMMENT ON FUNCTION ethdata.refuse_consent(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass) IS
  'Records that a person refused; it holds for the purposes below that rest on an answer, too. effective_at: a time in the future is taken as now. Arguments, rights and errors else as of ethdata.give_consent(). Result: the event''s id.';
CREATE FUNCTION ethdata.withdraw_consent(subject pg_catalog.text, purpose pg_catalog.text DEFAULT NULL,
    source pg_catalog.text DEFAULT NULL, source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL,
    class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_withdraw_consent';
COMMENT ON FUNCTION ethdata.withdraw_consent(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass) IS
  'Records that a person withdrew; it holds for the purposes below that rest on an answer, too. purpose: null means everything that the caller collects and that rests on an answer where the person lives. effective_at: a time in the future is taken as now. Arguments, rights and errors else as of ethdata.give_consent(). Result: the event''s id; the first one''s where several purposes are withdrawn, null where none rests on an answer.';
CREATE FUNCTION ethdata.record_choices(subject pg_catalog.text, choices pg_catalog.jsonb, notice pg_catalog.text DEFAULT NULL,
    source pg_catalog.text DEFAULT NULL, source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL,
    class pg_catalog.regclass DEFAULT NULL, supersedes pg_catalog.int8 DEFAULT NULL) RETURNS pg_catalog.int8[]
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_record_choices';
COMMENT ON FUNCTION ethdata.record_choices(pg_catalog.text, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass, pg_catalog.int8) IS
  'Records several answers of a person at one time, all or none. choices: {"code": "given" | "refused" | "withdrawn", ...}; where they contradict each other, as a refusal of a purpose and consent to one below it, deny wins. notice: must cover the purposes given; it is recorded with the others where it covers them. Arguments, rights and errors else as of ethdata.give_consent(). Result: the events'' ids in the order of the keys as jsonb has them.';
CREATE FUNCTION ethdata.record_signal(subject pg_catalog.text, choices pg_catalog.jsonb, notice pg_catalog.text DEFAULT NULL,
    source pg_catalog.text DEFAULT NULL, source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL,
    class pg_catalog.regclass DEFAULT NULL, supersedes pg_catalog.int8 DEFAULT NULL,
    actor pg_catalog.text DEFAULT 'signal', evidence pg_catalog.jsonb DEFAULT NULL) RETURNS pg_catalog.int8[]
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_record_signal';
COMMENT ON FUNCTION ethdata.record_signal(pg_catalog.text, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass, pg_catalog.int8, pg_catalog.text, pg_catalog.jsonb) IS
  'Records the answers that came as a signal, such as a consent string or the setting of a browser: as ethdata.record_choices(), with the signal as evidence of each of them. actor: who sent it, and evidence, as of ethdata.give_consent().';
CREATE FUNCTION ethdata.object_to(subject pg_catalog.text, purpose pg_catalog.text, reason pg_catalog.text DEFAULT NULL,
    source pg_catalog.text DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_object_to';
COMMENT ON FUNCTION ethdata.object_to(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.regclass) IS
  'Records that a person objects (GDPR art. 21). Against direct marketing the objection is absolute: only consent that names it (supersedes) lifts it, for the purpose that is agreed to. Against legitimate interests and public task it denies until ethdata.decide_objection(). It holds for such purposes below, too. Elsewhere it is recorded as inapplicable, with a NOTICE. For roles that collect the purpose and ethdata_officer. Result: the event''s id. Errors: 42704; 42P08; 42501; 22023.';
CREATE FUNCTION ethdata.decide_objection(objection pg_catalog.int8, outcome pg_catalog.text, grounds pg_catalog.text) RETURNS pg_catalog.void
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_decide_objection';
COMMENT ON FUNCTION ethdata.decide_objection(pg_catalog.int8, pg_catalog.text, pg_catalog.text) IS
  'Decides an objection to processing that rests on legitimate interests or a public task. objection: its event''s id. outcome: upheld (goes on denying) or overridden (lifted). grounds: why, kept as evidence. A later decision replaces an earlier one. For ethdata_officer. Errors: 42501; 42704 no such objection; 22023 bad outcome, no grounds, or an objection that is absolute or inapplicable. One that is absolute where it was raised can be decided where purposes below rest on legitimate interests or a public task and are no direct marketing: for those alone, with a NOTICE.';
CREATE FUNCTION ethdata.restrict_subject(subject pg_catalog.text, ground pg_catalog.text, class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_restrict_subject';
COMMENT ON FUNCTION ethdata.restrict_subject(pg_catalog.text, pg_catalog.text, pg_catalog.regclass) IS
  'Restricts the use of a person''s data (GDPR art. 18): until it is lifted, only purposes with a restriction_ground may use it. ground: accuracy (contested, art. 18(1)(a)), unlawful (b), claims (the person needs the data, c), objection (until it is decided, d). For ethdata_officer. Several may stand. Result: the event''s id. Errors: 42501; 22023; 42704 and 42P08 class.';
CREATE FUNCTION ethdata.lift_restriction(restriction pg_catalog.int8, reason pg_catalog.text) RETURNS pg_catalog.void
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_lift_restriction';
COMMENT ON FUNCTION ethdata.lift_restriction(pg_catalog.int8, pg_catalog.text) IS
  'Lifts one restriction of a person, by the id that ethdata.restrict_subject() returned; what the person agreed to holds again when the last one is lifted. The person is to be informed before (art. 18(3)). reason: why. For ethdata_officer. Errors: 42501; 42704 no such restriction; 22023 no reason, or lifted before.';
CREATE FUNCTION ethdata.adopt_consent(relation pg_catalog.regclass, column_name pg_catalog.name, purpose pg_catalog.text,
    notice pg_catalog.text, evidence pg_catalog.jsonb DEFAULT NULL) RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_adopt_consent';
COMMENT ON FUNCTION ethdata.adopt_consent(pg_catalog.regclass, pg_catalog.name, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb) IS
  'Takes the answers over that a boolean column of a subject class''s table holds: true is recorded as consent, false as refusal, null is no answer. A NOTICE says first how many there are and whether a yes counts. It counts with a notice that covers the purpose and evidence with "selection": "unselected" or "not_applicable"; else it is kept as evidence and not used. It holds from now, and its lifetime runs since the notice became valid. A yes is recorded only where nothing is known for the purpose, a no also against consent. Each answer is recorded once (method adopted; source the column, source_event the answer and the subject''s key). For ethdata_admin, ethdata_officer and roles that collect the purpose, with SELECT on the column and the key, where no policy or mask hides them. Result: how many events were recorded. Errors: 42704 unknown class, purpose or notice; 42703 no such column; 42809 not a boolean; 42501; 22023; 55000 class without its columns.';
CREATE FUNCTION ethdata.consent_history(subject pg_catalog.text, class pg_catalog.regclass DEFAULT NULL) RETURNS SETOF ethdata.consent_event
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata_consent_history';
COMMENT ON FUNCTION ethdata.consent_history(pg_catalog.text, pg_catalog.regclass) IS
  'The events of a person in the order in which they were recorded. ethdata_officer sees all, a role that collects those of its purposes. Errors: 42501; 42704; 42P08; 22023.';

---------------------------------------------------------------- rights, marks, dump

REVOKE ALL ON ethdata.regime, ethdata.jurisdiction, ethdata.subject_class, ethdata.notice, ethdata.notice_text,
  ethdata.consent_event, ethdata.consent_state FROM PUBLIC;
GRANT SELECT ON ethdata.regime, ethdata.jurisdiction, ethdata.subject_class, ethdata.notice, ethdata.notice_text
  TO ethdata_admin, ethdata_officer, ethdata_auditor;
GRANT INSERT, UPDATE, DELETE ON ethdata.regime, ethdata.jurisdiction TO ethdata_admin;
GRANT SELECT ON ethdata.consent_event, ethdata.consent_state TO ethdata_officer;

CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.regime
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_changed ON ethdata.regime IS 'What backends remember of it is stale.';
ALTER TABLE ethdata.regime ENABLE ALWAYS TRIGGER policy_changed;
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.regime
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_row_changed ON ethdata.regime IS 'What backends remember of it is stale; for the apply worker of a subscription.';
ALTER TABLE ethdata.regime ENABLE ALWAYS TRIGGER policy_row_changed;
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.jurisdiction
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_changed ON ethdata.jurisdiction IS 'What backends remember of it is stale.';
ALTER TABLE ethdata.jurisdiction ENABLE ALWAYS TRIGGER policy_changed;
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.jurisdiction
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_row_changed ON ethdata.jurisdiction IS 'What backends remember of it is stale; for the apply worker of a subscription.';
ALTER TABLE ethdata.jurisdiction ENABLE ALWAYS TRIGGER policy_row_changed;
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.subject_class
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_changed ON ethdata.subject_class IS 'What backends remember of it is stale.';
ALTER TABLE ethdata.subject_class ENABLE ALWAYS TRIGGER policy_changed;
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.subject_class
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_row_changed ON ethdata.subject_class IS 'What backends remember of it is stale; for the apply worker of a subscription.';
ALTER TABLE ethdata.subject_class ENABLE ALWAYS TRIGGER policy_row_changed;
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.notice
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_changed ON ethdata.notice IS 'What backends remember of it is stale.';
ALTER TABLE ethdata.notice ENABLE ALWAYS TRIGGER policy_changed;
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.notice
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
COMMENT ON TRIGGER policy_row_changed ON ethdata.notice IS 'What backends remember of it is stale; for the apply worker of a subscription.';
ALTER TABLE ethdata.notice ENABLE ALWAYS TRIGGER policy_row_changed;

SELECT pg_catalog.pg_extension_config_dump('ethdata.regime', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('ethdata.jurisdiction', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('ethdata.subject_class', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.notice', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.notice_text', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.consent_event_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.consent_event', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.consent_state', '');
