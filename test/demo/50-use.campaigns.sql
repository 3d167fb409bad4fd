\echo -- The mailing tool, its statement unchanged and no purpose named: masked cells, no profile at all.
SELECT id, name, email, phone, birth_date, country FROM crm.customer WHERE id BETWEEN 42 AND 45 ORDER BY id;
SELECT count(*) AS profiles FROM crm.profile;

\echo -- The mask stands in predicates, too: nobody finds out an address by asking for it.
SELECT id FROM crm.customer WHERE email LIKE 'schneider%' ORDER BY id LIMIT 3;

\echo -- For the purpose that was granted: in clear for the customer who agreed, masked for the others.
BEGIN;
SELECT ethdata.set_purpose('marketing.email');
SELECT id, name, email, phone FROM crm.customer WHERE id BETWEEN 42 AND 45 ORDER BY id;
SELECT customer_id, segment, interests FROM crm.profile ORDER BY customer_id;
COMMIT;

\echo -- A purpose is a claim that is checked.
\set ON_ERROR_STOP 0
BEGIN;
SELECT ethdata.set_purpose('billing');
ROLLBACK;
SET ethdata.purpose = 'newsletter';
SELECT id, email FROM crm.customer WHERE id = 42;
RESET ethdata.purpose;
\set ON_ERROR_STOP 1

\echo -- What this role is shown of each column.
SELECT column_name, masked_as, reveal_for, seen_as FROM ethdata.describe('crm.customer');
