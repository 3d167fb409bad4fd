-- What the protection does not cover, or not yet.

CREATE FUNCTION ethdata.self_check()
  RETURNS TABLE (severity pg_catalog.text, object pg_catalog.text, risk pg_catalog.text, remedy pg_catalog.text)
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_self_check';
REVOKE ALL ON FUNCTION ethdata.self_check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ethdata.self_check() TO ethdata_admin, ethdata_auditor;
COMMENT ON FUNCTION ethdata.self_check() IS
  'Looks at the server, its roles, what is protected and what looks as if it should be, and changes nothing. severity: critical, warning or notice, in this order, then by object; object: the name of what the finding is about; risk: what can happen; remedy: a statement or setting to use. Columns are judged by their names and by a few rows, which are read without waiting for locks; no value is shown. Works without the library being preloaded and before anything is declared. What could not be checked is a finding. For superusers, ethdata_admin, ethdata_auditor. Errors: 42501.';
