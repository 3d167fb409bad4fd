-- The pilot and the way back: counting instead of protecting, exceptions with an
-- end, and the script that takes everything back.

CREATE FUNCTION ethdata._observe_support(pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata__observe_support';
REVOKE ALL ON FUNCTION ethdata._observe_support(pg_catalog.internal) FROM PUBLIC;
COMMENT ON FUNCTION ethdata._observe_support(pg_catalog.internal) IS
  'Planner support: ethdata._observe() removes no row, and what it asks costs nothing: plans stay as they are.';
CREATE FUNCTION ethdata._would_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid, VARIADIC "any") RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._observe_support
  AS 'MODULE_PATHNAME', 'ethdata__would_see';
COMMENT ON FUNCTION ethdata._would_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid, VARIADIC "any") IS
  'As ethdata._may_see(), for counting: a purpose that is set and does not hold counts as none. Put into queries by ethdata, which no SQL can call. Errors: none.';
CREATE FUNCTION ethdata._would_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._observe_support
  AS 'MODULE_PATHNAME', 'ethdata__would_see';
COMMENT ON FUNCTION ethdata._would_see(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4[], pg_catalog.bool, pg_catalog.oid) IS
  'As ethdata._may_see(), for counting: a purpose that is set and does not hold counts as none. Put into queries by ethdata, which no SQL can call. Errors: none.';
CREATE FUNCTION ethdata._would_be_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid, VARIADIC "any") RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._observe_support
  AS 'MODULE_PATHNAME', 'ethdata__would_be_visible';
COMMENT ON FUNCTION ethdata._would_be_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid, VARIADIC "any") IS
  'As ethdata._row_visible(), for counting. Put into queries by ethdata, which no SQL can call. Errors: none.';
CREATE FUNCTION ethdata._would_be_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._observe_support
  AS 'MODULE_PATHNAME', 'ethdata__would_be_visible';
COMMENT ON FUNCTION ethdata._would_be_visible(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.oid) IS
  'As ethdata._row_visible(), for counting. Put into queries by ethdata, which no SQL can call. Errors: none.';
CREATE FUNCTION ethdata._excepted(pg_catalog.internal, pg_catalog.oid, pg_catalog.regclass) RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 0.0001
  AS 'MODULE_PATHNAME', 'ethdata__excepted';
COMMENT ON FUNCTION ethdata._excepted(pg_catalog.internal, pg_catalog.oid, pg_catalog.regclass) IS
  'Does a suspension or a broken glass open the relation to the role (0: current user)? Put into queries by ethdata, which no SQL can call. Errors: none.';

-- RESTRICTED: what is counted is read by the leader, so that nothing is counted twice.
CREATE FUNCTION ethdata._observe(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4, pg_catalog.int4[], pg_catalog.int4,
    pg_catalog.oid, pg_catalog.tid, VARIADIC "any") RETURNS pg_catalog.bool
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED SUPPORT ethdata._observe_support
  AS 'MODULE_PATHNAME', 'ethdata__observe';
COMMENT ON FUNCTION ethdata._observe(pg_catalog.internal, pg_catalog.oid, pg_catalog.oid, pg_catalog.int4, pg_catalog.int4[], pg_catalog.int4, pg_catalog.oid, pg_catalog.tid, VARIADIC "any") IS
  'Counts what the reader of an observed table would not see of a row; always true. Put into queries by ethdata, which no SQL can call. Errors: none.';

CREATE FUNCTION ethdata._enforcement_changed() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__enforcement_changed';
REVOKE ALL ON FUNCTION ethdata._enforcement_changed() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._enforcement_changed() IS
  'Trigger (AFTER ROW, ENABLE ALWAYS) of protected_relation: every session reads the rules of the relation again. Errors: 39P01 when called otherwise.';
CREATE TRIGGER enforcement_changed AFTER INSERT OR UPDATE OR DELETE ON ethdata.protected_relation
  FOR EACH ROW EXECUTE FUNCTION ethdata._enforcement_changed();
ALTER TABLE ethdata.protected_relation ENABLE ALWAYS TRIGGER enforcement_changed;

CREATE TABLE ethdata.observation (
  incarnation pg_catalog.int8 NOT NULL,
  entry       pg_catalog.int8 NOT NULL,
  relation    pg_catalog.regclass,
  column_name pg_catalog.text,
  as_role     pg_catalog.text,
  purpose     pg_catalog.text,
  first_hour  pg_catalog.timestamptz NOT NULL,
  last_hour   pg_catalog.timestamptz NOT NULL,
  statements  pg_catalog.int8 NOT NULL,
  cells       pg_catalog.int8 NOT NULL,
  PRIMARY KEY (incarnation, entry)
);
COMMENT ON TABLE ethdata.observation IS
  'What was counted in observed tables, by hour, as far as it was saved; ethdata.observed() puts it together with what is in memory. column_name NULL: hidden rows; relation NULL: what could not be kept apart.';

CREATE TABLE ethdata.exception (
  relation     pg_catalog.regclass,
  role         pg_catalog.name,
  role_oid     pg_catalog.oid,
  session_role pg_catalog.name,
  reason       pg_catalog.text NOT NULL,
  made_by      pg_catalog.name NOT NULL,
  since        pg_catalog.timestamptz NOT NULL,
  until        pg_catalog.timestamptz NOT NULL,
  ended_at     pg_catalog.timestamptz,
  ended_by     pg_catalog.name,
  CONSTRAINT exception_of CHECK ((relation IS NULL) OPERATOR(pg_catalog.=) (role IS NOT NULL AND role_oid IS NOT NULL AND session_role IS NOT NULL)),
  CONSTRAINT exception_length CHECK (until OPERATOR(pg_catalog.>) since
    AND until OPERATOR(pg_catalog.<=) (since OPERATOR(pg_catalog.+) '168:00:00'::pg_catalog.interval))
);
COMMENT ON TABLE ethdata.exception IS
  'Exceptions from protection, those that ended too: suspensions (relation is set) and broken glasses (role is set, in sessions of session_role). Written by ethdata.suspend(), ethdata.resume() and ethdata.break_glass().';
CREATE TRIGGER policy_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ethdata.exception
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._policy_changed();
ALTER TABLE ethdata.exception ENABLE ALWAYS TRIGGER policy_changed;

REVOKE ALL ON ethdata.observation, ethdata.exception FROM PUBLIC;
GRANT SELECT ON ethdata.observation, ethdata.exception TO ethdata_admin, ethdata_auditor;
SELECT pg_catalog.pg_extension_config_dump('ethdata.observation', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.exception', '');

CREATE FUNCTION ethdata.set_enforcement(relation pg_catalog.regclass, enforcement pg_catalog.text, reason pg_catalog.text DEFAULT NULL)
  RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_set_enforcement';
COMMENT ON FUNCTION ethdata.set_enforcement(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS
  'How strictly a table is protected: enforce; observe (grants and results as without ethdata, what would differ is counted, see observed()); off (nothing is counted either). True when something changed. Less is for policy administrators and needs a reason. Errors: 42501; 55000 not protected, or through a table above; 22023; 42809.';

CREATE FUNCTION ethdata.observed(relation pg_catalog.regclass DEFAULT NULL, since pg_catalog.timestamptz DEFAULT NULL)
  RETURNS TABLE (as_role pg_catalog.name, purpose pg_catalog.text, relation pg_catalog.regclass, column_name pg_catalog.name,
                 statements pg_catalog.int8, cells pg_catalog.int8)
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_observed';
COMMENT ON FUNCTION ethdata.observed(pg_catalog.regclass, pg_catalog.timestamptz) IS
  'What readers of observed tables would not have seen: statements with at least one cell or row, and cells (column_name NULL: rows that would be hidden), of a relation (NULL: all), counted in the hour of since and later. purpose: the one that was set, or the role''s default. A row without as_role and relation holds what could not be kept apart (ethdata.observed_entries). Errors: 42501 neither policy administrator, auditor nor the table''s owner.';
CREATE FUNCTION ethdata.save_observed() RETURNS pg_catalog.int8
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_save_observed';
COMMENT ON FUNCTION ethdata.save_observed() IS
  'Writes what was counted in this database from memory into ethdata.observation, so that a crash of the server does not lose it; returns the number of entries. set_enforcement() does so too. Errors: 42501 not a policy administrator.';

CREATE FUNCTION ethdata.suspend(relation pg_catalog.regclass, reason pg_catalog.text, until pg_catalog.timestamptz) RETURNS pg_catalog.void
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_suspend';
COMMENT ON FUNCTION ethdata.suspend(pg_catalog.regclass, pg_catalog.text, pg_catalog.timestamptz) IS
  'Shows the values of a protected table to those who read it through masks, until the time (7 days ahead at most) or resume(); acts at once in all sessions and ends by itself. Errors: 42501 not a policy administrator; 22023; 55000 not protected, or through a table above; 42809.';
CREATE FUNCTION ethdata.resume(relation pg_catalog.regclass) RETURNS pg_catalog.void
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_resume';
COMMENT ON FUNCTION ethdata.resume(pg_catalog.regclass) IS
  'Ends suspend() of a table. Errors: 42501 neither the table''s owner nor a policy administrator; 22023; 42809.';
CREATE FUNCTION ethdata.break_glass(reason pg_catalog.text, lasts pg_catalog.interval DEFAULT '30 minutes') RETURNS pg_catalog.timestamptz
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_break_glass';
COMMENT ON FUNCTION ethdata.break_glass(pg_catalog.text, pg_catalog.interval) IS
  'Shows the values of protected tables to the current role, in sessions of the same session user, until the returned time (7 days ahead at most). Errors: 42501 neither superuser nor granted the purpose break_glass; 22023; 55000.';

CREATE FUNCTION ethdata.rollback_script() RETURNS SETOF pg_catalog.text
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_rollback_script';
COMMENT ON FUNCTION ethdata.rollback_script() IS
  'SQL for psql, one statement a line, that drops masks and protection and gives back all grants as they were; what stands on ethdata by hand, and DROP EXTENSION, as comments. Changes nothing itself. Errors: 42501 not a policy administrator.';
