-- Schema, roles, and the trigger that marks a change of the policy.

-- Roles belong to the cluster, the extension to a database: they are made where
-- absent and stay when the extension goes.
DO $$
DECLARE
  wanted pg_catalog.text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['ethdata_admin', 'ethdata_officer', 'ethdata_auditor', 'ethdata_exempt'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) wanted::pg_catalog.name) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA ethdata TO PUBLIC;

CREATE FUNCTION ethdata._policy_changed() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__policy_changed';
REVOKE ALL ON FUNCTION ethdata._policy_changed() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._policy_changed() IS
  'Trigger (BEFORE, by statement and by row, ENABLE ALWAYS) of the policy tables: tells every backend that what it remembers of the policy may be stale. Errors: 39P01 when called otherwise.';

CREATE FUNCTION ethdata._bind_role() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata__bind_role';
REVOKE ALL ON FUNCTION ethdata._bind_role() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._bind_role() IS
  'Trigger (BEFORE INSERT, FOR EACH ROW, ENABLE ALWAYS; arguments: the column with a role''s name and the one with its oid): a restored row counts for the role of that name in this cluster. Errors: 39P01 when called otherwise.';
