-- Protection: the calls that rules are made of, what lags, and the functions
-- that declare whose data a table holds and which cells are personal.

CREATE FUNCTION ethdata._rule_support(pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'ethdata__rule_support';
REVOKE ALL ON FUNCTION ethdata._rule_support(pg_catalog.internal) FROM PUBLIC;
COMMENT ON FUNCTION ethdata._rule_support(pg_catalog.internal) IS
  'Planner support: a call of ethdata.rule() or ethdata.rule_subject() is the constant false.';

-- EXECUTE stays with PUBLIC: whoever restores a table creates its policies.
CREATE FUNCTION ethdata.rule(cell pg_catalog.anyelement, mask pg_catalog.anyelement, reveal_for pg_catalog.text[],
    category pg_catalog.text, on_write pg_catalog.text, lookup pg_catalog.bool) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._rule_support
  AS 'MODULE_PATHNAME', 'ethdata_rule';
COMMENT ON FUNCTION ethdata.rule(pg_catalog.anyelement, pg_catalog.anyelement, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
  'The rule of a masked column, as it stands in a policy named "ethdata <number>"; always false. Written by ethdata.mask(), not called. Errors: none.';
CREATE FUNCTION ethdata.rule(cell pg_catalog.anyelement, mask pg_catalog.anyelement, reveal_for pg_catalog.text[],
    category pg_catalog.text, on_write pg_catalog.text, lookup pg_catalog.bool, VARIADIC subject "any") RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._rule_support
  AS 'MODULE_PATHNAME', 'ethdata_rule';
COMMENT ON FUNCTION ethdata.rule(pg_catalog.anyelement, pg_catalog.anyelement, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.bool, "any") IS
  'The rule of a masked column whose cell concerns the person named by the subject columns; always false. Written by ethdata.mask(), not called. Errors: none.';
CREATE FUNCTION ethdata.rule_subject(class pg_catalog.regclass, as_role pg_catalog.text, rows pg_catalog.bool,
    force pg_catalog.bool, new_columns pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._rule_support
  AS 'MODULE_PATHNAME', 'ethdata_rule';
COMMENT ON FUNCTION ethdata.rule_subject(pg_catalog.regclass, pg_catalog.text, pg_catalog.bool, pg_catalog.bool, pg_catalog.text) IS
  'The rule of a protected table with data about no person; always false. Written by ethdata.protect(), not called. Errors: none.';
CREATE FUNCTION ethdata.rule_subject(class pg_catalog.regclass, as_role pg_catalog.text, rows pg_catalog.bool,
    force pg_catalog.bool, new_columns pg_catalog.text, VARIADIC key "any") RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE SUPPORT ethdata._rule_support
  AS 'MODULE_PATHNAME', 'ethdata_rule';
COMMENT ON FUNCTION ethdata.rule_subject(pg_catalog.regclass, pg_catalog.text, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, "any") IS
  'The rule of a protected table: whose its rows are; always false. Written by ethdata.protect() and ethdata.link_subject(), not called. Errors: none.';

CREATE TABLE ethdata.remembered_grant (
  relation     pg_catalog.regclass NOT NULL,
  column_name  pg_catalog.name,
  grantee      pg_catalog.name NOT NULL,
  grantee_oid  pg_catalog.oid NOT NULL,
  grantor      pg_catalog.name NOT NULL,
  grant_option pg_catalog.bool NOT NULL,
  given        pg_catalog.bool NOT NULL,
  place        pg_catalog.int4 NOT NULL
);
CREATE INDEX remembered_grant_relation ON ethdata.remembered_grant (relation);
COMMENT ON TABLE ethdata.remembered_grant IS
  'SELECT privileges that protection withdrew (given: that it granted to exempt roles), to be given back by drop_mask() and unprotect(). column_name NULL: on the whole table.';
CREATE TABLE ethdata.protected_relation (
  relation     pg_catalog.regclass PRIMARY KEY,
  enforcement  pg_catalog.text NOT NULL CHECK (enforcement OPERATOR(pg_catalog.=) ANY (ARRAY['off', 'observe', 'enforce'])),
  protected_at pg_catalog.timestamptz NOT NULL,
  protected_by pg_catalog.name NOT NULL,
  enforcement_reason pg_catalog.text,
  enforcement_at     pg_catalog.timestamptz,
  enforcement_by     pg_catalog.name
);
COMMENT ON TABLE ethdata.protected_relation IS
  'When and by whom tables were protected, and how strictly they are: when, by whom and why that was changed last. The rules themselves are policies of the tables.';
REVOKE ALL ON ethdata.remembered_grant, ethdata.protected_relation FROM PUBLIC;
GRANT SELECT ON ethdata.remembered_grant, ethdata.protected_relation TO ethdata_admin, ethdata_officer, ethdata_auditor;
SELECT pg_catalog.pg_extension_config_dump('ethdata.remembered_grant', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.protected_relation', '');

CREATE FUNCTION ethdata._write_cell(pg_catalog.internal, pg_catalog.oid, pg_catalog.int2, pg_catalog.int4, pg_catalog.anyelement, pg_catalog.anyelement, pg_catalog.anyelement) RETURNS pg_catalog.anyelement
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'ethdata__write_cell';
COMMENT ON FUNCTION ethdata._write_cell(pg_catalog.internal, pg_catalog.oid, pg_catalog.int2, pg_catalog.int4, pg_catalog.anyelement, pg_catalog.anyelement, pg_catalog.anyelement) IS
  'What an UPDATE stores in a cell that the role cannot see. Arguments: none that SQL can supply; relation, column, how it is judged (0 refuse, 1 kept if it is the mask, 2 stored unless it is the mask, 3 kept if it is what it was), the new value, the old one, the mask. Put into statements by ethdata, which no SQL can call. Errors: 42501.';

CREATE FUNCTION ethdata.protect(relation pg_catalog.regclass, subject pg_catalog.text DEFAULT NULL,
    class pg_catalog.regclass DEFAULT NULL, rows pg_catalog.bool DEFAULT false, enforcement pg_catalog.text DEFAULT NULL,
    new_columns pg_catalog.text DEFAULT 'mask', force pg_catalog.bool DEFAULT false) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_protect';
COMMENT ON FUNCTION ethdata.protect(pg_catalog.regclass, pg_catalog.text, pg_catalog.regclass, pg_catalog.bool, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
  'Protects a table: subject names the columns that hold a person''s key (NULL: about no person), class the class of persons (NULL: found through foreign keys); rows: hide rows without permission; new_columns: mask | show_and_report; force: the owner is masked too; enforcement: enforce | observe | off (NULL: as it is, on creation enforce). A full statement; true when something changed. Errors: 55000 not preloaded; 42809 not an ordinary table; 42501; 42703; 42704 no class; 22023; 0A000 partitions.';
CREATE FUNCTION ethdata.unprotect(relation pg_catalog.regclass) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_unprotect';
COMMENT ON FUNCTION ethdata.unprotect(pg_catalog.regclass) IS
  'Ends the protection of a table and gives back the grants that were withdrawn. False when there was none. Errors: 42501 not a policy administrator; 42809; 0A000.';
CREATE FUNCTION ethdata.link_subject(relation pg_catalog.regclass, subject pg_catalog.text, class pg_catalog.regclass DEFAULT NULL,
    as_role pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_link_subject';
COMMENT ON FUNCTION ethdata.link_subject(pg_catalog.regclass, pg_catalog.text, pg_catalog.regclass, pg_catalog.text) IS
  'Says that rows of a protected table are about another person too, whose denial hides the row; as_role names the part. True when something changed. Errors: as protect(), and 55000 not protected.';
CREATE FUNCTION ethdata.unlink_subject(relation pg_catalog.regclass, subject pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_unlink_subject';
COMMENT ON FUNCTION ethdata.unlink_subject(pg_catalog.regclass, pg_catalog.text) IS
  'Takes back link_subject(). False when there was no such link. Errors: 42501 not a policy administrator; 42703; 22023; 42809.';
CREATE FUNCTION ethdata.classify(relation pg_catalog.regclass, column_name pg_catalog.name, category pg_catalog.text,
    origin pg_catalog.text DEFAULT 'declared') RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_classify';
COMMENT ON FUNCTION ethdata.classify(pg_catalog.regclass, pg_catalog.name, pg_catalog.text, pg_catalog.text) IS
  'Says what kind of data a column holds. True when something changed. Errors: 55000 not preloaded; 42809; 42703; 22023 category or origin; 42501.';
CREATE FUNCTION ethdata.mask(relation pg_catalog.regclass, column_name pg_catalog.name, masked_as pg_catalog.text DEFAULT NULL,
    reveal_for pg_catalog.text[] DEFAULT '{}', category pg_catalog.text DEFAULT NULL, subject pg_catalog.text DEFAULT NULL,
    on_write pg_catalog.text DEFAULT 'refuse', lookup pg_catalog.bool DEFAULT false) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_mask';
COMMENT ON FUNCTION ethdata.mask(pg_catalog.regclass, pg_catalog.name, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
  'Masks a column of a protected table: masked_as is an expression over value (NULL: NULL), reveal_for the purposes that may see the value where the person permits, subject the columns of the person whose cell it is (NULL: every person of the row), lookup whether equality in WHERE and ON compares the value (a blind index is made). A full statement; true when something changed. Errors: 55000 not preloaded or not protected; 42809; 42501; 42703; 42704 unknown purpose or subject; 22023; 42P17 unsafe mask or partition key; 0A000 lookup by a type or collation that does not allow it.';
CREATE FUNCTION ethdata.drop_mask(relation pg_catalog.regclass, column_name pg_catalog.name) RETURNS pg_catalog.bool
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_drop_mask';
COMMENT ON FUNCTION ethdata.drop_mask(pg_catalog.regclass, pg_catalog.name) IS
  'Takes the mask of a column away and gives back the grants that were withdrawn for it. False when there was none. Errors: 42501 not a policy administrator; 42809; 42703; 22023.';
