\echo -- Tried here and undone: every grant on the protected tables is then what it was before them.
SELECT c.relname, c.relacl FROM pg_class c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r' ORDER BY 1;
BEGIN;
SELECT statement FROM ethdata.rollback_script() AS s(statement) WHERE statement LIKE 'SELECT%' \gexec
SELECT c.relname, c.relacl FROM pg_class c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r' ORDER BY 1;
ROLLBACK;
