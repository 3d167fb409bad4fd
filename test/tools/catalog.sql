-- What the install script must not leave behind.  Each query returns the findings
-- of one check, none when all is well; test/tools/static runs them one by one.

-- check: argument names are no reserved words
SELECT p.oid::pg_catalog.regprocedure, a.name
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname IN ('ethdata', 'ethdata_iab')
  JOIN pg_catalog.pg_proc p ON p.oid = d.objid
 CROSS JOIN LATERAL pg_catalog.unnest(p.proargnames) AS a(name)
  JOIN pg_catalog.pg_get_keywords() k ON k.word = a.name AND k.catcode IN ('R', 'T', 'C')
 WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
   AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
 ORDER BY 1, 2;

-- check: every object has a comment
SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname IN ('ethdata', 'ethdata_iab')
  LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.objid
  LEFT JOIN pg_catalog.pg_class tc ON tc.oid = t.typrelid
  LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
  LEFT JOIN pg_catalog.pg_opfamily f ON d.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND f.oid = d.objid
 WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
   -- array types, multiranges and row types come with their type or table
   AND (t.oid IS NULL OR NOT (t.typcategory = 'A' AND EXISTS (SELECT FROM pg_catalog.pg_type b WHERE b.typarray = t.oid)))
   AND (t.oid IS NULL OR tc.oid IS NULL OR tc.relkind = 'c')
   -- a composite type is commented as a type, its class is not
   AND (c.oid IS NULL OR c.relkind <> 'c')
   -- sequences of identity and serial columns, and indexes, belong to their table
   AND (c.oid IS NULL OR c.relkind NOT IN ('S', 'i', 'I') OR NOT EXISTS
        (SELECT FROM pg_catalog.pg_depend s WHERE s.classid = d.classid AND s.objid = d.objid AND s.deptype IN ('i', 'a')))
   -- an operator family made by CREATE OPERATOR CLASS
   AND (f.oid IS NULL OR NOT EXISTS
        (SELECT FROM pg_catalog.pg_opclass o WHERE o.opcfamily = f.oid AND o.opcname = f.opfname))
   AND d.classid NOT IN ('pg_catalog.pg_amop'::pg_catalog.regclass, 'pg_catalog.pg_amproc'::pg_catalog.regclass,
                         'pg_catalog.pg_default_acl'::pg_catalog.regclass)
   AND pg_catalog.obj_description(d.objid, (SELECT k.relname FROM pg_catalog.pg_class k WHERE k.oid = d.classid)) IS NULL
 ORDER BY 1;

-- check: SECURITY DEFINER functions pin their search_path
SELECT p.oid::pg_catalog.regprocedure
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'ethdata' AND p.prosecdef
   AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS s(setting) WHERE s.setting = 'search_path=pg_catalog, pg_temp')
 ORDER BY 1;

-- check: LEAKPROOF is only comparing and hashing values and codes of blind indexes; no SQL function runs under the caller's search_path
SELECT p.oid::pg_catalog.regprocedure, l.lanname, p.proleakproof
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE n.nspname = 'ethdata'
   -- of two values these say what a B-tree or hash index would, and no error names one
   AND (p.proleakproof AND p.proname !~ '^((consent|tcstring|gppstring)_(eq|ne|lt|le|gt|ge|cmp|hash|hash_extended)|blind|_blind_code_(eq|hash))$'
        OR l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL AND p.prokind <> 'a'
           AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS s(setting) WHERE s.setting LIKE 'search_path=%'))
 ORDER BY 1;

-- check: C functions are named after their SQL functions
SELECT p.oid::pg_catalog.regprocedure, p.prosrc
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE n.nspname = 'ethdata' AND l.lanname = 'c' AND p.prosrc !~ '^ethdata_[a-z0-9_]+$'
 ORDER BY 1;

-- check: tables are carried by pg_dump and closed to PUBLIC for writing
SELECT c.oid::pg_catalog.regclass,
       CASE WHEN c.oid = ANY (x.dumped) THEN 'may be written by PUBLIC' ELSE 'is not carried by pg_dump' END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN (SELECT array_agg(t) AS dumped FROM pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) t WHERE e.extname IN ('ethdata', 'ethdata_iab')) x
 WHERE n.nspname = 'ethdata' AND c.relkind IN ('r', 'p')
   -- rows of partitioned tables are in their partitions, which are no members and dumped as such
   AND (NOT c.oid = ANY (x.dumped) AND c.relkind = 'r' AND EXISTS (
          SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        OR EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0 AND a.privilege_type <> 'SELECT'))
 ORDER BY 1;

-- check: functions that PUBLIC may call are those of public_functions.txt
SELECT p.oid::pg_catalog.regprocedure
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'ethdata'
   AND (p.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0));
