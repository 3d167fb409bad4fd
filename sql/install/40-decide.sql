-- The decision, as SQL asks for it: by value, by key, and the calls of the rewriter.

CREATE FUNCTION ethdata._permits_support(pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__permits_support';
COMMENT ON FUNCTION ethdata._permits_support(pg_catalog.internal) IS
  'Support function of permits(consent, purpose) and permitted(consent): estimates, and the condition that a GIN index answers.';
REVOKE ALL ON FUNCTION ethdata._permits_support(pg_catalog.internal) FROM PUBLIC;

CREATE FUNCTION ethdata.permits(consent ethdata.consent, purpose pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._permits_support
  AS 'MODULE_PATHNAME', 'ethdata_permits';
COMMENT ON FUNCTION ethdata.permits(ethdata.consent, pg_catalog.text) IS
  'Does the value alone say yes to the purpose? No role is checked for a named purpose; null means the purpose in force (none: false). A null value is a person of whom nothing is known. Never null. Errors: 42704 unknown purpose; with null those of current_purpose().';

CREATE FUNCTION ethdata.permitted(consent ethdata.consent) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._permits_support
  AS 'MODULE_PATHNAME', 'ethdata_permitted_value';
COMMENT ON FUNCTION ethdata.permitted(ethdata.consent) IS
  'May the current role use the data of the person whose value this is, for the purpose in force? For a policy on a table that carries the value; ethdata does not keep such a column current yet. Never null; false where no purpose is in force. Errors: those of current_purpose().';

-- the index that finds the rows a purpose may use

CREATE FUNCTION ethdata._consent_sel(pg_catalog.internal, pg_catalog.oid, pg_catalog.internal, pg_catalog.int4) RETURNS pg_catalog.float8
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__consent_sel';
COMMENT ON FUNCTION ethdata._consent_sel(pg_catalog.internal, pg_catalog.oid, pg_catalog.internal, pg_catalog.int4) IS
  'Restriction estimator of operator @> (consent, text): how many values hold an agreement to the purpose.';
REVOKE ALL ON FUNCTION ethdata._consent_sel(pg_catalog.internal, pg_catalog.oid, pg_catalog.internal, pg_catalog.int4) FROM PUBLIC;

CREATE FUNCTION ethdata.consent_permits(consent ethdata.consent, purpose pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_permits';
COMMENT ON FUNCTION ethdata.consent_permits(ethdata.consent, pg_catalog.text) IS
  'Implementation of operator @>: as permits(consent, purpose), but null where one of them is. Errors: 42704 unknown purpose.';

CREATE OPERATOR ethdata.@> (LEFTARG = ethdata.consent, RIGHTARG = pg_catalog.text, FUNCTION = ethdata.consent_permits,
  RESTRICT = ethdata._consent_sel, JOIN = pg_catalog.contjoinsel);
COMMENT ON OPERATOR ethdata.@> (ethdata.consent, pg_catalog.text) IS
  'Does the value say yes to the purpose? No role is checked.';

CREATE FUNCTION ethdata._consent_extract(ethdata.consent, pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__consent_extract';
COMMENT ON FUNCTION ethdata._consent_extract(ethdata.consent, pg_catalog.internal) IS
  'Keys of operator class consent_gin_ops: the ids of the purposes that the person agreed to.';
REVOKE ALL ON FUNCTION ethdata._consent_extract(ethdata.consent, pg_catalog.internal) FROM PUBLIC;
CREATE FUNCTION ethdata._consent_extract_query(pg_catalog.text, pg_catalog.internal, pg_catalog.int2, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__consent_extract_query';
COMMENT ON FUNCTION ethdata._consent_extract_query(pg_catalog.text, pg_catalog.internal, pg_catalog.int2, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
  'What operator class consent_gin_ops looks for: the purpose, or all values where it does not rest on agreement alone. Errors: 42704 unknown purpose.';
REVOKE ALL ON FUNCTION ethdata._consent_extract_query(pg_catalog.text, pg_catalog.internal, pg_catalog.int2, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) FROM PUBLIC;
CREATE FUNCTION ethdata._consent_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__consent_consistent';
COMMENT ON FUNCTION ethdata._consent_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
  'Consistency of operator class consent_gin_ops: the row is checked again always.';
REVOKE ALL ON FUNCTION ethdata._consent_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) FROM PUBLIC;
CREATE FUNCTION ethdata._consent_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog."char"
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__consent_triconsistent';
COMMENT ON FUNCTION ethdata._consent_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal) IS
  'Ternary consistency of operator class consent_gin_ops.';
REVOKE ALL ON FUNCTION ethdata._consent_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal) FROM PUBLIC;
CREATE OPERATOR CLASS ethdata.consent_gin_ops DEFAULT FOR TYPE ethdata.consent USING gin AS
  OPERATOR 1 ethdata.@> (ethdata.consent, pg_catalog.text),
  FUNCTION 1 pg_catalog.btint4cmp(pg_catalog.int4, pg_catalog.int4),
  FUNCTION 2 ethdata._consent_extract(ethdata.consent, pg_catalog.internal),
  FUNCTION 3 ethdata._consent_extract_query(pg_catalog.text, pg_catalog.internal, pg_catalog.int2, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
  FUNCTION 4 ethdata._consent_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
  FUNCTION 6 ethdata._consent_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.text, pg_catalog.int4, pg_catalog.internal,
    pg_catalog.internal, pg_catalog.internal),
  STORAGE pg_catalog.int4;
COMMENT ON OPERATOR CLASS ethdata.consent_gin_ops USING gin IS
  'Finds the rows that a purpose may use: consent @> purpose, permits(consent, purpose), permitted(consent); the last two on a column that is NOT NULL.';
COMMENT ON OPERATOR FAMILY ethdata.consent_gin_ops USING gin IS 'Finds the rows that a purpose may use.';

CREATE FUNCTION ethdata.permitted(subject pg_catalog.int8, purpose pg_catalog.text DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_permitted_bigint';
COMMENT ON FUNCTION ethdata.permitted(pg_catalog.int8, pg_catalog.text, pg_catalog.regclass) IS
  'May the current role use the subject''s data for the purpose (null: the one in force)? subject: key, bigint; class: table of the subject class, null where one is meant. Never null: false for a null subject or where no purpose is in force. Errors: 42704 unknown purpose or class; 42501 not granted to the current role or the session''s user; 42P08 class not named and several there; 22023 not a key of the class.';

CREATE FUNCTION ethdata.permitted(subject pg_catalog.uuid, purpose pg_catalog.text DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_permitted_uuid';
COMMENT ON FUNCTION ethdata.permitted(pg_catalog.uuid, pg_catalog.text, pg_catalog.regclass) IS
  'May the current role use the subject''s data for the purpose (null: the one in force)? subject: key, uuid; class: table of the subject class, null where one is meant. Never null: false for a null subject or where no purpose is in force. Errors: 42704 unknown purpose or class; 42501 not granted to the current role or the session''s user; 42P08 class not named and several there; 22023 not a key of the class.';

CREATE FUNCTION ethdata.permitted(subject pg_catalog.text, purpose pg_catalog.text DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_permitted_text';
COMMENT ON FUNCTION ethdata.permitted(pg_catalog.text, pg_catalog.text, pg_catalog.regclass) IS
  'May the current role use the subject''s data for the purpose (null: the one in force)? subject: key, text; class: table of the subject class, null where one is meant. Never null: false for a null subject or where no purpose is in force. Errors: 42704 unknown purpose or class; 42501 not granted to the current role or the session''s user; 42P08 class not named and several there; 22023 not a key of the class.';

CREATE FUNCTION ethdata.has_consent(subject pg_catalog.int8, purpose pg_catalog.text, class pg_catalog.regclass DEFAULT NULL,
    valid_at pg_catalog.timestamptz DEFAULT NULL, known_at pg_catalog.timestamptz DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_has_consent_bigint';
COMMENT ON FUNCTION ethdata.has_consent(pg_catalog.int8, pg_catalog.text, pg_catalog.regclass, pg_catalog.timestamptz, pg_catalog.timestamptz) IS
  'Does what the subject answered permit the purpose: now, or at valid_at, by what was recorded until known_at? subject: key, bigint. Never null: false for a null subject. Errors: 42704 unknown purpose or class; 42501 neither the purpose nor its collection is granted to the role and it is no officer; 22023 the purpose rests on no answer (use permitted()), is null, or not a key of the class; 42P08 class not named and several there.';

CREATE FUNCTION ethdata.has_consent(subject pg_catalog.uuid, purpose pg_catalog.text, class pg_catalog.regclass DEFAULT NULL,
    valid_at pg_catalog.timestamptz DEFAULT NULL, known_at pg_catalog.timestamptz DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_has_consent_uuid';
COMMENT ON FUNCTION ethdata.has_consent(pg_catalog.uuid, pg_catalog.text, pg_catalog.regclass, pg_catalog.timestamptz, pg_catalog.timestamptz) IS
  'Does what the subject answered permit the purpose: now, or at valid_at, by what was recorded until known_at? subject: key, uuid. Never null: false for a null subject. Errors: 42704 unknown purpose or class; 42501 neither the purpose nor its collection is granted to the role and it is no officer; 22023 the purpose rests on no answer (use permitted()), is null, or not a key of the class; 42P08 class not named and several there.';

CREATE FUNCTION ethdata.has_consent(subject pg_catalog.text, purpose pg_catalog.text, class pg_catalog.regclass DEFAULT NULL,
    valid_at pg_catalog.timestamptz DEFAULT NULL, known_at pg_catalog.timestamptz DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'ethdata_has_consent_text';
COMMENT ON FUNCTION ethdata.has_consent(pg_catalog.text, pg_catalog.text, pg_catalog.regclass, pg_catalog.timestamptz, pg_catalog.timestamptz) IS
  'Does what the subject answered permit the purpose: now, or at valid_at, by what was recorded until known_at? subject: key, text. Never null: false for a null subject. Errors: 42704 unknown purpose or class; 42501 neither the purpose nor its collection is granted to the role and it is no officer; 22023 the purpose rests on no answer (use permitted()), is null, or not a key of the class; 42P08 class not named and several there.';

CREATE FUNCTION ethdata._may_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid, VARIADIC "any") RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__may_see';
COMMENT ON FUNCTION ethdata._may_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid, VARIADIC "any") IS
  'May a cell be shown to the role (0: current user)? Arguments: none that SQL can supply; role, relation that the rule stands on, ids of the purposes the rule reveals to, special category, table of the subject class (0: about no person), key columns. Put into queries by ethdata, which no SQL can call. Errors: 42704, 42501 for a purpose that is set but unknown or not granted.';

CREATE FUNCTION ethdata._may_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__may_see';
COMMENT ON FUNCTION ethdata._may_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid) IS
  'May a cell be shown to the role (0: current user)? Arguments: none that SQL can supply; role, relation that the rule stands on, ids of the purposes the rule reveals to, special category, table of the subject class (0: about no person). Put into queries by ethdata, which no SQL can call. Errors: 42704, 42501 for a purpose that is set but unknown or not granted.';

CREATE FUNCTION ethdata._row_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid, VARIADIC "any") RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__row_visible';
COMMENT ON FUNCTION ethdata._row_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid, VARIADIC "any") IS
  'May a row be seen by the role (0: current user)? Arguments: none that SQL can supply; role, relation that the rules stand on, table of the subject class (0: about no person), key columns. Put into queries by ethdata, which no SQL can call. Errors: 42704, 42501 for a purpose that is set but unknown or not granted.';

CREATE FUNCTION ethdata._row_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__row_visible';
COMMENT ON FUNCTION ethdata._row_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid) IS
  'May a row be seen by the role (0: current user)? Arguments: none that SQL can supply; role, relation that the rules stand on, table of the subject class (0: about no person). Put into queries by ethdata, which no SQL can call. Errors: 42704, 42501 for a purpose that is set but unknown or not granted.';

CREATE FUNCTION ethdata._own_row(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid, VARIADIC "any") RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__own_row';
COMMENT ON FUNCTION ethdata._own_row(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid, VARIADIC "any") IS
  'Is purpose self in force for the role (0: current user), and the row of the person whom the token names? Arguments: none that SQL can supply; role, relation that the rules stand on, table of the subject class, key columns. Put into queries of portals by ethdata, which no SQL can call. Errors: 42704, 42501 for a purpose that is set but unknown or not granted.';

CREATE FUNCTION ethdata._other_purpose(pg_catalog.internal, pg_catalog.oid) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata__other_purpose';
COMMENT ON FUNCTION ethdata._other_purpose(pg_catalog.internal, pg_catalog.oid) IS
  'Is a purpose other than self in force for the role (0: current user)? Arguments: none that SQL can supply; role. Put into queries of portals by ethdata, which no SQL can call. Errors: 42704, 42501 for a purpose that is set but unknown or not granted.';

CREATE FUNCTION ethdata.my_choices(language pg_catalog.text DEFAULT 'en')
  RETURNS TABLE (purpose pg_catalog.text, title pg_catalog.text, description pg_catalog.text, basis pg_catalog.text,
    status pg_catalog.text, permitted pg_catalog.bool, choice pg_catalog.text, decided_at pg_catalog.timestamptz,
    how pg_catalog.text, notice pg_catalog.text, notice_text pg_catalog.text, expires_at pg_catalog.timestamptz,
    answers pg_catalog.text[])
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata_my_choices';
COMMENT ON FUNCTION ethdata.my_choices(pg_catalog.text) IS
  'What the person whom the token for purpose self names has chosen, a line for each purpose that is not retired. language: of the text of notices, BCP 47 (else English, else any). basis: legal basis where the person lives; status: given, not_needed, opt_out, restricted, blocked, objected, pending, withdrawn, refused, expired, invalidated, never_given, not_explicit, not_informed or unlawful; choice: the same in plain words; decided_at, how, notice, expires_at: of the answer that decides; answers: what the person can say now (give, withdraw, object). Errors: 42501 unless purpose self is in force; 22023 null language.';
