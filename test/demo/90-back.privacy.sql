SELECT ethdata.resume('crm.customer');

\echo -- The way back, as a script for psql.
SELECT * FROM ethdata.rollback_script();
