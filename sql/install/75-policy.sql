-- The policy as one document.  Who may call is decided in C, by what the document
-- speaks of.

CREATE FUNCTION ethdata.export_policy(schemas pg_catalog.text[] DEFAULT NULL) RETURNS pg_catalog.jsonb
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'ethdata_export_policy';
COMMENT ON FUNCTION ethdata.export_policy(pg_catalog.text[]) IS
  'Purposes, grants, classes and the policy of tables as one document, as apply_policy() takes it; defaults are left out. schemas: only tables and classes in these ("%" stands for any text), and what all of them have alike is written once, as "{schema}.name". Left out are grants that are over or whose roles are gone, notices, consent and what is audited. For ethdata_admin, ethdata_officer and ethdata_auditor. Errors: 42501; 3F000 unknown schema; 22023 schemas names none.';

CREATE FUNCTION ethdata.plan_policy(policy pg_catalog.jsonb, schemas pg_catalog.text[] DEFAULT NULL)
  RETURNS TABLE (step pg_catalog.int4, action pg_catalog.text, object pg_catalog.text, before pg_catalog.jsonb,
                 after pg_catalog.jsonb, lock_mode pg_catalog.text)
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_plan_policy';
COMMENT ON FUNCTION ethdata.plan_policy(pg_catalog.jsonb, pg_catalog.text[]) IS
  'The steps that apply_policy() would do, in their order; changes nothing. action: create, alter, or drop, which only prune => true does; before, after: attributes, of what is altered those that change; lock_mode: lock on a table of the site, NULL for none. schemas: what "{schema}" stands for. Rights as the single calls need. Errors: 22023 bad document, with the place in it; 42501; 3F000, 42P01, 42703, 42704, 42809 for what it names; 42P17, 42601 for masks.';

CREATE FUNCTION ethdata.apply_policy(policy pg_catalog.jsonb, schemas pg_catalog.text[] DEFAULT NULL,
    prune pg_catalog.bool DEFAULT false) RETURNS pg_catalog.int4
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_apply_policy';
COMMENT ON FUNCTION ethdata.apply_policy(pg_catalog.jsonb, pg_catalog.text[], pg_catalog.bool) IS
  'Makes the database what the document says, in one transaction, by the calls that it stands for; returns the number of steps done, 0 when all was so. prune: what it does not name goes too, of the kinds that it speaks of, of tables and classes in the named schemas (NULL: all); for ethdata_admin. Errors: as plan_policy(), and those of the calls.';

CREATE FUNCTION ethdata.copy_policy(from_relation pg_catalog.regclass, to_relation pg_catalog.regclass) RETURNS pg_catalog.void
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'ethdata_copy_policy';
COMMENT ON FUNCTION ethdata.copy_policy(pg_catalog.regclass, pg_catalog.regclass) IS
  'Protects a table as another one is, by names of columns: subject, links, masks, categories, enforcement; for a table that takes another one''s place. A subject class and what is audited are not copied. Errors: 42703 columns are missing; 55000 not preloaded, not protected; 42501 neither owner of both nor ethdata_admin; 22023; those of protect(), link_subject(), mask(), classify().';
