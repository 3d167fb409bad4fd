-- What is declared about a table, and why somebody sees what he sees.  Who may call
-- is decided in C.

CREATE FUNCTION ethdata.describe(relation pg_catalog.regclass)
  RETURNS TABLE (column_name pg_catalog.name, category pg_catalog.text, masked_as pg_catalog.text,
                 reveal_for pg_catalog.text[], seen_as pg_catalog.text)
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata_describe';
COMMENT ON FUNCTION ethdata.describe(pg_catalog.regclass) IS
  'The columns of a table: category (NULL: not classified), mask over "value", purposes that reveal it (NULL: no mask), and how the caller sees it under the purpose in force: shown, masked, by consent (each person decides), hidden, refused; shown (observe), (off), (suspended), (break_glass) where the rules do not hold now. Errors: 55000 not protected; 42809 not a table; 42501 no column readable; 22023.';

CREATE FUNCTION ethdata.explain_access(relation pg_catalog.regclass, subject pg_catalog.text,
    as_role pg_catalog.regrole DEFAULT NULL, purpose pg_catalog.text DEFAULT NULL,
    valid_at pg_catalog.timestamptz DEFAULT NULL, known_at pg_catalog.timestamptz DEFAULT NULL)
  RETURNS TABLE (column_name pg_catalog.name, outcome pg_catalog.text, reason pg_catalog.text,
                 rule_id pg_catalog.int8, event_id pg_catalog.int8)
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata_explain_access';
COMMENT ON FUNCTION ethdata.explain_access(pg_catalog.regclass, pg_catalog.text, pg_catalog.regrole, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz) IS
  'Why a role (NULL: the caller) sees what it sees of a person under a purpose (NULL: the one in force), now or as of valid_at by what was known at known_at: one line a column, before them one with column_name NULL where rows may be hidden. outcome: shown, masked, hidden; rule_id: N of policy "ethdata N"; event_id: the consent event that decided. Others and their purposes: superusers and ethdata_officer. Errors: 42501; 42704 unknown purpose; 42809; 55000 not protected; 22023.';
