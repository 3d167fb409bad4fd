\echo -- A session of the mailing tool with a prepared statement ...
SET ethdata.purpose = 'marketing.email';
PREPARE recipients AS SELECT id, email FROM crm.customer WHERE id BETWEEN 42 AND 45 ORDER BY id;
EXECUTE recipients;
\echo -- ... meanwhile, in another session, as webshop: customer 42 changes his mind
\! psql -X -q -e -v ON_ERROR_STOP=1 -U webshop -d shop -f "$DEMO_DIR/withdraw.sql"
\echo -- ... and the first session at once sees it, with the same prepared statement.
EXECUTE recipients;
