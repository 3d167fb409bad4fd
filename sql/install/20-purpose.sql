-- Purposes: what data may be used for, who may act for it, who may collect the
-- answer for it.  Column order is that of src/purpose/catalogue.c.

CREATE TABLE ethdata.purpose (
  id                 pg_catalog.int4 PRIMARY KEY,
  code               pg_catalog.text COLLATE pg_catalog."C" NOT NULL UNIQUE,
  basis              pg_catalog.text NOT NULL,
  bases              pg_catalog.jsonb NOT NULL DEFAULT '{}',
  parents            pg_catalog.int4[] NOT NULL DEFAULT '{}',
  title              pg_catalog.text,
  description        pg_catalog.text,
  controller         pg_catalog.text,
  recipients         pg_catalog.text[],
  channel            pg_catalog.text,
  direct_marketing   pg_catalog.bool,
  special_ground     pg_catalog.text,
  restriction_ground pg_catalog.text,
  consent_lifetime   pg_catalog.interval,
  assessment         pg_catalog.text,
  review             pg_catalog.bool,
  retired_at         pg_catalog.timestamptz,
  defined_at         pg_catalog.timestamptz NOT NULL,
  defined_by         pg_catalog.name NOT NULL,
  CONSTRAINT purpose_code CHECK (code OPERATOR(pg_catalog.~) '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
    AND pg_catalog.octet_length(code) OPERATOR(pg_catalog.<=) 200
    AND code OPERATOR(pg_catalog.<>) ALL (ARRAY['none', 'self'])),
  CONSTRAINT purpose_id_of_code CHECK (id OPERATOR(pg_catalog.<>) 0 AND id OPERATOR(pg_catalog.=)
    ('x' OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(code::pg_catalog.bytea), 'hex'), 1, 8))::pg_catalog.bit(32)::pg_catalog.int4),
  CONSTRAINT purpose_basis CHECK (basis OPERATOR(pg_catalog.=) ANY (ARRAY['consent', 'explicit_consent', 'contract', 'legal_obligation',
    'vital_interests', 'public_task', 'legitimate_interests', 'soft_opt_in', 'opt_out'])),
  CONSTRAINT purpose_bases CHECK (pg_catalog.jsonb_typeof(bases) OPERATOR(pg_catalog.=) 'object'),
  CONSTRAINT purpose_parents CHECK (pg_catalog.array_position(parents, NULL) IS NULL
    AND id OPERATOR(pg_catalog.<>) ALL (parents)),
  CONSTRAINT purpose_lifetime CHECK (consent_lifetime OPERATOR(pg_catalog.>) '0'::pg_catalog.interval),
  CONSTRAINT purpose_grounds CHECK (special_ground OPERATOR(pg_catalog.<>) '' AND restriction_ground OPERATOR(pg_catalog.<>) '')
);
COMMENT ON TABLE ethdata.purpose IS
  'What personal data may be used for. Written by ethdata.define_purpose() and ethdata.retire_purpose(); rows are never deleted. id derives from code (first 4 bytes of its SHA-256, signed); bases is the legal basis by regime where it differs; NULL in controller, channel, direct_marketing, special_ground and review means: as the parents.';

-- No foreign keys between tables of the extension: pg_restore -j loads their data in
-- any order. The functions that write them check, and purposes are never deleted.
CREATE TABLE ethdata.purpose_grant (
  purpose        pg_catalog.int4 NOT NULL,
  grantee        pg_catalog.name NOT NULL,
  grantee_oid    pg_catalog.oid NOT NULL,
  as_default     pg_catalog.bool NOT NULL DEFAULT false,
  token_required pg_catalog.bool NOT NULL DEFAULT false,
  valid_until    pg_catalog.timestamptz,
  reason         pg_catalog.text,
  asserted_by    pg_catalog.text,
  pooled         pg_catalog.bool NOT NULL DEFAULT false,
  asserter       pg_catalog.name,
  asserter_oid   pg_catalog.oid,
  granted_at     pg_catalog.timestamptz NOT NULL,
  granted_by     pg_catalog.name NOT NULL,
  PRIMARY KEY (purpose, grantee)
);
CREATE UNIQUE INDEX purpose_grant_one_default ON ethdata.purpose_grant (grantee) WHERE as_default;
COMMENT ON TABLE ethdata.purpose_grant IS
  'Who may act for a purpose and all below it. Written by ethdata.grant_purpose() and ethdata.revoke_purpose(). A grant holds while a role of that name and oid exists. token_required: only with a token that names the purpose. asserted_by: only where this function set the purpose, in the same transaction, and while it belongs to asserter. The purpose self (of the person whom the token names) stands in no other table.';

CREATE TABLE ethdata.collection_grant (
  purpose     pg_catalog.int4 NOT NULL,
  grantee     pg_catalog.name NOT NULL,
  grantee_oid pg_catalog.oid NOT NULL,
  granted_at  pg_catalog.timestamptz NOT NULL,
  granted_by  pg_catalog.name NOT NULL,
  PRIMARY KEY (purpose, grantee)
);
COMMENT ON TABLE ethdata.collection_grant IS
  'Who may record what persons answer for a purpose and all below it. Written by ethdata.grant_collection() and ethdata.revoke_collection(); holds as grants of purposes do.';

CREATE TABLE ethdata.token_key (
  key_id     pg_catalog.text COLLATE pg_catalog."C" PRIMARY KEY,
  public_key pg_catalog.bytea NOT NULL,
  audience   pg_catalog.text COLLATE pg_catalog."C",
  single_use pg_catalog.bool NOT NULL DEFAULT false,
  trusted_at pg_catalog.timestamptz NOT NULL,
  trusted_by pg_catalog.name NOT NULL,
  CONSTRAINT token_key_length CHECK (pg_catalog.length(public_key) OPERATOR(pg_catalog.=) 32)
);
COMMENT ON TABLE ethdata.token_key IS
  'Public keys (Ed25519) whose tokens are trusted. Written by ethdata.trust_key() and ethdata.distrust_key(). key_id: "kid" in the footer of the tokens; audience: what their claim "aud" must be, null the name of the database; single_use: each token is accepted once.';

SELECT pg_catalog.pg_extension_config_dump('ethdata.purpose', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.token_key', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.purpose_grant', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.collection_grant', '');

REVOKE ALL ON ethdata.purpose, ethdata.purpose_grant, ethdata.collection_grant, ethdata.token_key FROM PUBLIC;
GRANT SELECT ON ethdata.purpose, ethdata.purpose_grant, ethdata.collection_grant, ethdata.token_key
  TO ethdata_admin, ethdata_officer, ethdata_auditor;

CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.purpose
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.purpose_grant
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.collection_grant
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.token_key
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
-- the apply worker of a subscription fires row triggers only
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.token_key
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
ALTER TABLE ethdata.token_key ENABLE ALWAYS TRIGGER policy_changed;
ALTER TABLE ethdata.token_key ENABLE ALWAYS TRIGGER policy_row_changed;
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.purpose
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.purpose_grant
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
CREATE TRIGGER policy_row_changed BEFORE INSERT OR UPDATE OR DELETE ON ethdata.collection_grant
  FOR EACH ROW EXECUTE FUNCTION ethdata._policy_changed();
CREATE TRIGGER bind_role BEFORE INSERT ON ethdata.purpose_grant
  FOR EACH ROW EXECUTE FUNCTION ethdata._bind_role('grantee', 'grantee_oid');
CREATE TRIGGER bind_asserter BEFORE INSERT ON ethdata.purpose_grant
  FOR EACH ROW EXECUTE FUNCTION ethdata._bind_role('asserter', 'asserter_oid');
ALTER TABLE ethdata.purpose_grant ENABLE ALWAYS TRIGGER bind_asserter;
CREATE TRIGGER bind_role BEFORE INSERT ON ethdata.collection_grant
  FOR EACH ROW EXECUTE FUNCTION ethdata._bind_role('grantee', 'grantee_oid');
ALTER TABLE ethdata.purpose ENABLE ALWAYS TRIGGER policy_changed;
ALTER TABLE ethdata.purpose ENABLE ALWAYS TRIGGER policy_row_changed;
ALTER TABLE ethdata.purpose_grant ENABLE ALWAYS TRIGGER policy_changed;
ALTER TABLE ethdata.purpose_grant ENABLE ALWAYS TRIGGER policy_row_changed;
ALTER TABLE ethdata.collection_grant ENABLE ALWAYS TRIGGER policy_changed;
ALTER TABLE ethdata.collection_grant ENABLE ALWAYS TRIGGER policy_row_changed;
ALTER TABLE ethdata.purpose_grant ENABLE ALWAYS TRIGGER bind_role;
ALTER TABLE ethdata.collection_grant ENABLE ALWAYS TRIGGER bind_role;

CREATE FUNCTION ethdata.define_purpose(
    purpose pg_catalog.text, basis pg_catalog.text, parents pg_catalog.text[] DEFAULT NULL,
    title pg_catalog.text DEFAULT NULL, description pg_catalog.text DEFAULT NULL,
    controller pg_catalog.text DEFAULT NULL, recipients pg_catalog.text[] DEFAULT NULL,
    bases pg_catalog.jsonb DEFAULT NULL, channel pg_catalog.text DEFAULT NULL,
    direct_marketing pg_catalog.bool DEFAULT NULL, special_ground pg_catalog.text DEFAULT NULL,
    restriction_ground pg_catalog.text DEFAULT NULL, consent_lifetime pg_catalog.interval DEFAULT NULL,
    assessment pg_catalog.text DEFAULT NULL, review pg_catalog.bool DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_define_purpose';
COMMENT ON FUNCTION ethdata.define_purpose(pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.jsonb, pg_catalog.text, pg_catalog.bool, pg_catalog.text, pg_catalog.text, pg_catalog.interval, pg_catalog.text, pg_catalog.bool) IS
  'Creates or alters a purpose; a full statement: what is left out has its default. purpose: dotted code; basis: legal basis; parents: codes as an array, NULL = the prefix before the last dot, ''{}'' = none; bases: JSON object, regime to basis where it differs ("none": unlawful there); special_ground: ground for special categories; restriction_ground: ground for use of restricted data; assessment: reference of the balancing test; review: a human must review. What holds for persons follows at once: their states are made current (answers are recorded when that is done), and what a denial had closed stays closed whatever the purpose rests on or stands below now. True when something changed, with a NOTICE for each changed attribute. Errors: 42501 not a policy administrator; 22023 bad code or value, id taken, cycle, controllers that differ; 42704 unknown parent or regime.';

CREATE FUNCTION ethdata.retire_purpose(purpose pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_retire_purpose';
COMMENT ON FUNCTION ethdata.retire_purpose(pg_catalog.text) IS
  'The purpose permits nothing any more; events and grants stay, and define_purpose() takes it back. False when it was retired. Errors: 42501 not a policy administrator; 22023 bad code; 42704 unknown.';

CREATE FUNCTION ethdata.grant_purpose(
    purpose pg_catalog.text, grantee pg_catalog.regrole, as_default pg_catalog.bool DEFAULT false,
    token_required pg_catalog.bool DEFAULT false, valid_until pg_catalog.timestamptz DEFAULT NULL,
    reason pg_catalog.text DEFAULT NULL, asserted_by pg_catalog.regprocedure DEFAULT NULL,
    pooled pg_catalog.bool DEFAULT false)
  RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_grant_purpose';
COMMENT ON FUNCTION ethdata.grant_purpose(pg_catalog.text, pg_catalog.regrole, pg_catalog.bool, pg_catalog.bool, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.regprocedure, pg_catalog.bool) IS
  'Lets a role act for a purpose and all below it; a full statement. as_default: it holds for the role where no purpose is set; valid_until: end of the grant; token_required: it can be used only with a token that names exactly the purpose (ethdata.set_token()); asserted_by: it can be used only where this function, which must have a SET clause or be SECURITY DEFINER, set it in the same transaction; pooled: a purpose set by SET ends with its transaction, as with token_required and asserted_by. purpose self (of the person whom the token names) needs token_required and makes the role a portal: of tables about persons it sees the rows of that person alone, unless another purpose is in force. True when something changed, with a NOTICE for each changed attribute. Errors: 42501 not a policy administrator; 42704 unknown purpose, role or function; 22023 valid_until in the past, second default purpose, a function that is not seen while it runs, as_default with asserted_by, self without token_required.';

CREATE FUNCTION ethdata.revoke_purpose(purpose pg_catalog.text, grantee pg_catalog.regrole) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_revoke_purpose';
COMMENT ON FUNCTION ethdata.revoke_purpose(pg_catalog.text, pg_catalog.regrole) IS
  'Takes the grant on exactly this purpose from exactly this role. False when there was none. Errors: 42501 not a policy administrator; 42704 unknown purpose or role.';

CREATE FUNCTION ethdata.grant_collection(purpose pg_catalog.text, grantee pg_catalog.regrole) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_grant_collection';
COMMENT ON FUNCTION ethdata.grant_collection(pg_catalog.text, pg_catalog.regrole) IS
  'Lets a role record what persons answer for a purpose and all below it. True when something changed. Errors: 42501 not a policy administrator; 42704 unknown purpose or role; 22023 purpose self.';

CREATE FUNCTION ethdata.revoke_collection(purpose pg_catalog.text, grantee pg_catalog.regrole) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_revoke_collection';
COMMENT ON FUNCTION ethdata.revoke_collection(pg_catalog.text, pg_catalog.regrole) IS
  'Takes the collection grant on exactly this purpose from exactly this role. False when there was none. Errors: 42501 not a policy administrator; 42704 unknown purpose or role.';

CREATE FUNCTION ethdata.revoke_gone(grantee pg_catalog.name) RETURNS pg_catalog.int4
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_revoke_gone';
COMMENT ON FUNCTION ethdata.revoke_gone(pg_catalog.name) IS
  'Takes the grants of purposes and of collection that name a role which is gone: dropped, renamed, or made anew. How many they were; what a role holds now is not touched. Errors: 42501 not a policy administrator; 22023 null.';

CREATE FUNCTION ethdata.set_purpose(purpose pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_set_purpose';
COMMENT ON FUNCTION ethdata.set_purpose(pg_catalog.text) IS
  'Sets the purpose for the rest of the transaction; '''' takes it back, ''none'' is deliberately none. Returns what was set before ('''': nothing). Errors: 55000 not preloaded; 25P01 outside a transaction block; 22023 null, malformed or retired; 42704 unknown; 42501 not granted to the current role or the session''s user, or its grant asks for a token or for another caller.';

CREATE FUNCTION ethdata.current_purpose() RETURNS pg_catalog.text
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata_current_purpose';
COMMENT ON FUNCTION ethdata.current_purpose() IS
  'The purpose in force for the current user, set or by default; NULL: none. Errors, as where it is used: 42704 unknown; 42501 not granted to the current role or the session''s user, its grant asks for a token or for another caller, or several default purposes.';

CREATE FUNCTION ethdata.trust_key(key_id pg_catalog.text, public_key pg_catalog.bytea, audience pg_catalog.text DEFAULT NULL,
    single_use pg_catalog.bool DEFAULT false) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_trust_key';
COMMENT ON FUNCTION ethdata.trust_key(pg_catalog.text, pg_catalog.bytea, pg_catalog.text, pg_catalog.bool) IS
  'Trusts tokens (PASETO v4.public) that are signed by the key; a full statement. key_id: "kid" in their footer; public_key: 32 bytes, Ed25519; audience: what their claim "aud" must be, null the name of the database; single_use: each is accepted once by each server, by its claim "jti", and then needs "iat" and lives a day at most. Several keys may be trusted at a time. True when something changed, with a NOTICE for each changed attribute. Errors: 42501 not a policy administrator; 22023 null, no such key, or another key under the same id.';

CREATE FUNCTION ethdata.distrust_key(key_id pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_distrust_key';
COMMENT ON FUNCTION ethdata.distrust_key(pg_catalog.text) IS
  'Trusts the key no more: its tokens are refused, and those that were set hold no more from the next statement on. False when it was not trusted. Errors: 42501 not a policy administrator; 22023 null or empty.';

CREATE FUNCTION ethdata.set_token(token pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_set_token';
COMMENT ON FUNCTION ethdata.set_token(pg_catalog.text) IS
  'Shows a token for the rest of the transaction; '''' takes it back. token: PASETO v4.public, footer {"kid": key_id}, claims sub, purpose, aud, exp, and where they are there nbf, iat, jti, class (code of the class of subjects that sub is of, for purpose self; may be missing where there is one class). It lets whoever shows it act for exactly that purpose in place of the session''s user; the role must hold the purpose all the same. Returns the purpose, for ethdata.set_purpose(); does not set it. Pass the token as a parameter, so that no log holds it. Errors: 55000 not preloaded; 25P01 outside a transaction block; 22023 null, malformed, sub is no key of the class; 28000 key not trusted, signature, expired, not valid yet, another audience, used before; 42704 unknown purpose or class; 53400 too many tokens for one use.';
