-- The purpose of a session is a claim: it is checked where it is used, against
-- the current role and against who logged in; it cannot be forged or lent, and
-- for pooled grants it ends with its transaction.
CREATE EXTENSION ethdata;
CREATE ROLE campaigns LOGIN;
CREATE ROLE finance LOGIN;
CREATE ROLE app LOGIN;
CREATE ROLE authenticator LOGIN NOINHERIT IN ROLE campaigns, finance;
CREATE ROLE two_hats LOGIN IN ROLE campaigns, finance;
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true),
       ethdata.define_purpose('marketing.email', 'consent'),
       ethdata.define_purpose('billing', 'contract'),
       ethdata.define_purpose('support', 'contract');
SELECT ethdata.grant_purpose('marketing.email', 'campaigns', as_default => true),
       ethdata.grant_purpose('support', 'campaigns'),
       ethdata.grant_purpose('billing', 'finance', as_default => true);

-- superusers pass, and have no default
SHOW ethdata.purpose;
SELECT ethdata.current_purpose();

-- set_purpose() lasts for the transaction
SELECT ethdata.set_purpose('billing');
BEGIN;
SELECT ethdata.set_purpose('billing');
SELECT ethdata.set_purpose('marketing'), ethdata.current_purpose();
SELECT ethdata.set_purpose('none');
SELECT ethdata.current_purpose();
SELECT ethdata.set_purpose('');
SAVEPOINT s;
SELECT ethdata.set_purpose('support');
ROLLBACK TO s;
SELECT ethdata.current_purpose(), current_setting('ethdata.purpose') AS setting;
SELECT ethdata.set_purpose('support');
COMMIT;
SHOW ethdata.purpose;
-- one message is a block of its own; a function outside a block has none
SELECT ethdata.set_purpose('support') \; SELECT ethdata.current_purpose();
DO $$
BEGIN
  PERFORM ethdata.set_purpose('support');
END $$;
SHOW ethdata.purpose;
BEGIN;
DO $$
BEGIN
  BEGIN
    PERFORM ethdata.set_purpose('support');
    RAISE NOTICE 'now: %', ethdata.current_purpose();
    RAISE 'back';
  EXCEPTION WHEN raise_exception THEN
    RAISE NOTICE 'then: %', ethdata.current_purpose();
  END;
  PERFORM ethdata.set_purpose('billing');
END $$;
SELECT ethdata.current_purpose();
COMMIT;

-- what it refuses
BEGIN; SELECT ethdata.set_purpose(NULL); ROLLBACK;
BEGIN; SELECT ethdata.set_purpose('sales'); ROLLBACK;
BEGIN; SELECT ethdata.set_purpose('Sales'); ROLLBACK;
BEGIN; SELECT ethdata.set_purpose('self'); ROLLBACK;
SELECT ethdata.define_purpose('old', 'consent'), ethdata.retire_purpose('old');
BEGIN; SELECT ethdata.set_purpose('old'); ROLLBACK;
BEGIN; SET LOCAL ROLE finance; SELECT ethdata.set_purpose('support'); ROLLBACK;
\set VERBOSITY sqlstate
SELECT ethdata.set_purpose('billing');
BEGIN; SELECT ethdata.set_purpose(NULL); ROLLBACK;
BEGIN; SELECT ethdata.set_purpose('sales'); ROLLBACK;
BEGIN; SELECT ethdata.set_purpose('self'); ROLLBACK;
BEGIN; SET LOCAL ROLE finance; SELECT ethdata.set_purpose('support'); ROLLBACK;
\set VERBOSITY default

-- the setting takes any well-formed code, without looking it up
SET ethdata.purpose = 'no/purpose';
SET ethdata.purpose = 'Marketing';
SET ethdata.purpose = 'sales.later';
SELECT ethdata.current_purpose();
SET ethdata.purpose = 'self';
SELECT ethdata.current_purpose();
SET ethdata.purpose = 'billing';
SELECT ethdata.current_purpose();
SET ROLE campaigns;
SELECT ethdata.current_purpose();
SET ROLE app;
SELECT ethdata.current_purpose();
RESET ROLE;
RESET ethdata.purpose;
SET ethdata.nonsense = 1;

-- the default of the current role, where none is set
SET SESSION AUTHORIZATION campaigns;
SELECT ethdata.current_purpose();
SET ethdata.purpose = 'support';
SELECT ethdata.current_purpose();
SET ethdata.purpose = 'none';
SELECT ethdata.current_purpose();
SET ethdata.purpose = '';
SELECT ethdata.current_purpose();
SET SESSION AUTHORIZATION app;
SELECT ethdata.current_purpose();
SET SESSION AUTHORIZATION authenticator;
SELECT ethdata.current_purpose();
SET ROLE finance;
SELECT ethdata.current_purpose();
SET ROLE campaigns;
SELECT ethdata.current_purpose();
RESET ROLE;
-- two of them are one too many
SET SESSION AUTHORIZATION two_hats;
SELECT ethdata.current_purpose();
SET ethdata.purpose = 'billing';
SELECT ethdata.current_purpose();
RESET ethdata.purpose;
RESET SESSION AUTHORIZATION;

-- nobody lends a purpose: not by a function of somebody who holds it
CREATE FUNCTION lend() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT coalesce(ethdata.current_purpose(), ''(none)'')';
ALTER FUNCTION lend() OWNER TO finance;
CREATE FUNCTION lend_super() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT coalesce(ethdata.current_purpose(), ''(none)'')';
SET SESSION AUTHORIZATION finance;
SELECT lend(), lend_super();
SET SESSION AUTHORIZATION app;
SELECT lend(), lend_super();
SET ethdata.purpose = 'billing';
SELECT lend();
SELECT lend_super();
RESET ethdata.purpose;
-- nor takes one from the caller: the function's owner must hold it, too
SET SESSION AUTHORIZATION campaigns;
SET ethdata.purpose = 'support';
SELECT lend();
RESET ethdata.purpose;
RESET SESSION AUTHORIZATION;
-- a function may carry a purpose of its own
CREATE FUNCTION for_support() RETURNS text LANGUAGE sql SET ethdata.purpose = 'support' AS 'SELECT ethdata.current_purpose()';
SET SESSION AUTHORIZATION campaigns;
SELECT for_support(), ethdata.current_purpose();
SET SESSION AUTHORIZATION app;
SELECT for_support();
RESET SESSION AUTHORIZATION;

-- pooled: what SET left behind is not the next client's
SELECT ethdata.grant_purpose('support', 'campaigns', pooled => true);
SET SESSION AUTHORIZATION campaigns;
SET ethdata.purpose = 'support';
SELECT ethdata.current_purpose(), current_setting('ethdata.purpose') AS setting;
BEGIN;
SET ethdata.purpose = 'support';
SELECT ethdata.current_purpose();
SELECT ethdata.current_purpose();
SET LOCAL ethdata.purpose = 'marketing.email';
SELECT ethdata.current_purpose();
COMMIT;
SELECT current_setting('ethdata.purpose') AS setting;
-- also where the transaction that would have noticed is rolled back
SET ethdata.purpose = 'support';
BEGIN;
SELECT ethdata.current_purpose();
ROLLBACK;
SELECT ethdata.current_purpose();
-- one that is not pooled stays
SET ethdata.purpose = 'marketing.email';
SELECT ethdata.current_purpose();
SELECT current_setting('ethdata.purpose') AS setting;
RESET ethdata.purpose;
-- a setting of the role is not what a client left behind
RESET SESSION AUTHORIZATION;
ALTER ROLE campaigns SET ethdata.purpose = 'support';
\c - campaigns
SELECT ethdata.current_purpose();
SELECT ethdata.current_purpose();
\c - postgres
ALTER ROLE campaigns RESET ethdata.purpose;

-- parallel workers know the purpose, and decide as their leader
SET SESSION AUTHORIZATION finance;
SELECT set_config(name, 'on', false) AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT DISTINCT ethdata.current_purpose() FROM generate_series(1, 3);
SET SESSION AUTHORIZATION app;
SET ethdata.purpose = 'billing';
SELECT DISTINCT ethdata.current_purpose() FROM generate_series(1, 3);
RESET SESSION AUTHORIZATION;
SELECT set_config(name, 'off', false) AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
RESET ethdata.purpose;

DROP FUNCTION lend(), lend_super(), for_support();
DROP EXTENSION ethdata;
DROP ROLE campaigns, finance, app, authenticator, two_hats;
