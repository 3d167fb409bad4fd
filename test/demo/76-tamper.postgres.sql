\echo -- Nobody edits the record, not even the superuser ...
\set ON_ERROR_STOP off
UPDATE ethdata.audit_record SET purpose = 'billing' WHERE kind = 'update';
\set ON_ERROR_STOP on
\echo -- ... unless he takes the triggers off. Then it is found.
SELECT relid AS part FROM pg_catalog.pg_partition_tree('ethdata.audit_record') WHERE isleaf ORDER BY relid::pg_catalog.text LIMIT 1 \gset
BEGIN;
ALTER TABLE ethdata.audit_record DISABLE TRIGGER ALL;
ALTER TABLE :part DISABLE TRIGGER ALL;
UPDATE ethdata.audit_record SET purpose = 'billing' WHERE kind = 'update';
SELECT ok, pg_catalog.regexp_replace(finding, 'event [0-9]+', 'event N') AS finding FROM ethdata.verify_audit();
ROLLBACK;
SELECT ok, finding FROM ethdata.verify_audit();
