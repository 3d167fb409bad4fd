-- The house is ethdata's and its extensions' alone.  Built into the install script of
-- each of them: any may come first.

-- CREATE EXTENSION would use a schema that somebody made before; its owner could
-- then drop or replace what this script makes.  Other extensions of ethdata's may have
-- come first: what belongs to an extension of the same owner is no stranger.
DO $$
DECLARE
  foreign_object pg_catalog.text;
BEGIN
  IF (SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'ethdata')
     OPERATOR(pg_catalog.<>)
     (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER) THEN
    RAISE EXCEPTION USING ERRCODE = '42501',
      MESSAGE = 'schema "ethdata" exists and belongs to another role',
      HINT = 'Drop the schema, or give it to the role that creates the extension.';
  END IF;
  SELECT pg_catalog.pg_describe_object(o.classid, o.oid, 0) INTO foreign_object
    FROM (
      SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid, c.oid
        FROM pg_catalog.pg_class c
       WHERE c.relnamespace OPERATOR(pg_catalog.=) 'ethdata'::pg_catalog.regnamespace
         AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
         -- partitions are made as they are needed and are no members
         AND NOT c.relispartition
      UNION ALL
      SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid
        FROM pg_catalog.pg_proc p
       WHERE p.pronamespace OPERATOR(pg_catalog.=) 'ethdata'::pg_catalog.regnamespace
      UNION ALL
      SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid, p.oid
        FROM pg_catalog.pg_operator p
       WHERE p.oprnamespace OPERATOR(pg_catalog.=) 'ethdata'::pg_catalog.regnamespace
      UNION ALL
      -- but row types, arrays and multiranges, which come with others
      SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, t.oid
        FROM pg_catalog.pg_type t
       WHERE t.typnamespace OPERATOR(pg_catalog.=) 'ethdata'::pg_catalog.regnamespace
         AND t.typtype OPERATOR(pg_catalog.=) ANY ('{b,d,e,r}'::pg_catalog."char"[])
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray OPERATOR(pg_catalog.=) t.oid)) o
   WHERE NOT EXISTS (
     SELECT FROM pg_catalog.pg_depend d
       JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
       JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) e.extowner AND r.rolname OPERATOR(pg_catalog.=) CURRENT_USER
      WHERE d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.oid
        AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
        AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char")
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = '42P06',
      MESSAGE = 'schema "ethdata" exists and is not empty',
      DETAIL = pg_catalog.format('It has %s.', foreign_object),
      HINT = 'The schema belongs to ethdata and its extensions alone; move what else is in it elsewhere.';
  END IF;
END
$$;
