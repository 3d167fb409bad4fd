\echo -- The extension brings its schema and four roles; it changes no table.
CREATE EXTENSION ethdata;

\echo -- Look first; nothing has changed yet.
SELECT * FROM ethdata.self_check();

\echo -- The privacy department defines the policy (owns no table, reads no data), its officer answers for the persons.
CREATE ROLE privacy LOGIN IN ROLE ethdata_admin;
CREATE ROLE officer LOGIN IN ROLE ethdata_officer;
CREATE ROLE auditor LOGIN IN ROLE ethdata_auditor;
GRANT USAGE ON SCHEMA crm TO privacy, officer, auditor;
