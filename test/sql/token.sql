-- Tokens (PASETO v4.public): keys, what is refused, and what a token is good for.
SET client_min_messages = notice;
CREATE EXTENSION ethdata;
\getenv abs_srcdir PG_ABS_SRCDIR
\set tokens :abs_srcdir '/vectors/tokens.sql'
\set ECHO none
\i :tokens
\set ECHO all
CREATE ROLE regress_t_admin IN ROLE ethdata_admin;
CREATE ROLE regress_t_staff;
CREATE ROLE regress_t_app;
CREATE ROLE regress_t_other;
SELECT ethdata.define_purpose('marketing', 'consent'), ethdata.define_purpose('marketing.email', 'consent'), ethdata.define_purpose('billing', 'contract');
CREATE TABLE person (id bigint PRIMARY KEY, name text);
SELECT ethdata.define_subject_class('person', code => 'person');

---------------------------------------------------------------- keys
SET ROLE regress_t_admin;
SELECT ethdata.trust_key('one', :'key_one');
SELECT ethdata.trust_key('one', :'key_one');
SELECT ethdata.trust_key('one', :'key_one', audience => 'regression', single_use => true);
SELECT ethdata.trust_key('one', :'key_one');
SELECT ethdata.trust_key('two', :'key_two', audience => 'regression'), ethdata.trust_key('once', :'key_once', single_use => true);
SELECT ethdata.trust_key('one', :'key_two');
SELECT ethdata.trust_key('bad', '\x00');
SELECT ethdata.trust_key('bad', substr(:'key_one'::bytea, 2));
-- no point of the main subgroup, not on the curve, and an encoding that is not canonical
SELECT ethdata.trust_key('bad', decode(repeat('00', 32), 'hex'));
SELECT ethdata.trust_key('bad', decode('01' || repeat('00', 31), 'hex'));
SELECT ethdata.trust_key('bad', decode('02' || repeat('00', 31), 'hex'));
SELECT ethdata.trust_key('bad', decode('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'hex'));
SELECT ethdata.trust_key('', :'key_one');
SELECT ethdata.trust_key(repeat('x', 201), :'key_one');
\set VERBOSITY sqlstate
SELECT ethdata.trust_key('bad', NULL);
SELECT ethdata.trust_key(NULL, :'key_one');
SELECT ethdata.trust_key('bad', :'key_one', '');
SELECT ethdata.trust_key('bad', :'key_one', single_use => NULL);
SET ROLE regress_t_app;
SELECT ethdata.trust_key('mine', :'key_one');
SELECT ethdata.distrust_key('one');
SELECT * FROM ethdata.token_key;
\set VERBOSITY default
RESET ROLE;
SELECT key_id, length(public_key) AS bytes, audience, single_use, trusted_by FROM ethdata.token_key ORDER BY 1;

---------------------------------------------------------------- what is refused
SELECT ethdata.set_token(:'good');
BEGIN; SELECT ethdata.set_token(NULL); ROLLBACK;
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT ethdata.set_token('anna@office');
SELECT ethdata.set_token('v4.public.');
SELECT ethdata.set_token('v4.local.' || repeat('A', 100));
SELECT ethdata.set_token('v4.public.' || repeat('A', 85));
SELECT ethdata.set_token('v4.public.' || repeat('A', 86));
SELECT ethdata.set_token('v4.public.' || repeat('A', 9000));
-- one token has one text
SELECT ethdata.set_token(:'no_footer' || '.');
SELECT ethdata.set_token(:'good' || '.');
SELECT ethdata.set_token(:'good' || '=');
SELECT ethdata.set_token(replace(:'good', 'v4.', 'V4.'));
SELECT ethdata.set_token(' ' || :'good');
SELECT ethdata.set_token(overlay(:'good' placing U&'\046C' from 20 for 2));
SELECT ethdata.set_token(:'no_footer');
SELECT ethdata.set_token(:'footer_text');
SELECT ethdata.set_token(:'footer_no_kid');
SELECT ethdata.set_token(:'footer_number');
SELECT ethdata.set_token(:'footer_deep');
SELECT ethdata.set_token(:'unknown_key');
SELECT ethdata.set_token(:'forged');
SELECT ethdata.set_token(:'implicit');
-- a character of the payload, of the signature, of the footer
SELECT ethdata.set_token(overlay(:'good' placing 'A' from 20));
SELECT ethdata.set_token(overlay(:'good' placing 'AA' from strpos(substr(:'good', 11), '.') - 3));
SELECT ethdata.set_token(split_part(:'good', '.', 1) || '.public.' || split_part(:'good', '.', 3) || '.' || split_part(:'good_two', '.', 4));
SELECT ethdata.set_token(:'no_json');
SELECT ethdata.set_token(:'json_array');
SELECT ethdata.set_token(:'json_nul');
SELECT ethdata.set_token(:'json_escaped_nul');
SELECT ethdata.set_token(:'json_latin');
SELECT ethdata.set_token(:'json_empty');
SELECT ethdata.set_token(:'no_sub');
SELECT ethdata.set_token(:'no_purpose');
SELECT ethdata.set_token(:'no_aud');
SELECT ethdata.set_token(:'no_exp');
SELECT ethdata.set_token(:'sub_number');
SELECT ethdata.set_token(:'sub_empty');
SELECT ethdata.set_token(:'sub_long');
SELECT ethdata.set_token(:'exp_date');
SELECT ethdata.set_token(:'exp_word');
SELECT ethdata.set_token(:'exp_month');
SELECT ethdata.set_token(:'exp_number');
SELECT ethdata.set_token(:'exp_local');
SELECT ethdata.set_token(:'expired');
SELECT ethdata.set_token(:'not_yet');
SELECT ethdata.set_token(:'from_future');
SELECT ethdata.set_token(:'audience');
SELECT ethdata.set_token(:'purpose_none');
SELECT ethdata.set_token(:'purpose_unknown');
SELECT ethdata.set_token(:'once_no_iat');
SELECT ethdata.set_token(:'once_no_jti');
SELECT ethdata.set_token(:'once_long');
\set VERBOSITY sqlstate
SELECT ethdata.set_token('x');
SELECT ethdata.set_token(:'forged');
SELECT ethdata.set_token(:'unknown_key');
SELECT ethdata.set_token(:'expired');
SELECT ethdata.set_token(:'audience');
SELECT ethdata.set_token(:'purpose_unknown');
SELECT ethdata.set_token(:'no_exp');
\set VERBOSITY default
COMMIT;
\set VERBOSITY sqlstate
SELECT ethdata.set_token(:'good');
\set VERBOSITY default
\set ON_ERROR_ROLLBACK off

---------------------------------------------------------------- what it is good for
-- a purpose that needs one; the role and the session's user are the same here
SELECT ethdata.grant_purpose('marketing', 'regress_t_staff', token_required => true);
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', as_default => true);
SET SESSION AUTHORIZATION regress_t_staff;
SET ethdata.purpose = 'marketing';
SELECT ethdata.current_purpose();
BEGIN;
SELECT ethdata.set_token(:'good');
SELECT ethdata.current_purpose();
-- exactly that purpose, although the grant covers what is below
SELECT ethdata.set_purpose('marketing.email');
ROLLBACK;
BEGIN;
SELECT ethdata.set_purpose(ethdata.set_token(:'email'));
SELECT ethdata.current_purpose();
SELECT ethdata.permitted('1'::text, 'marketing');
ROLLBACK;
-- for the transaction, and undone with a savepoint
BEGIN;
SAVEPOINT s;
SELECT ethdata.set_token(:'times'), ethdata.set_purpose('marketing');
ROLLBACK TO s;
SELECT ethdata.current_purpose();
SELECT ethdata.set_token(:'good');
SAVEPOINT s;
SELECT ethdata.set_token('');
SELECT ethdata.set_purpose('marketing');
ROLLBACK TO s;
SELECT ethdata.set_purpose('marketing');
COMMIT;
SELECT ethdata.current_purpose();
BEGIN;
SELECT ethdata.set_purpose('marketing');
ROLLBACK;
-- a purpose that was set by SET ends with the transaction, as it does for poolers
BEGIN;
SELECT ethdata.set_token(:'good');
SET ethdata.purpose = 'marketing';
SELECT ethdata.current_purpose();
COMMIT;
SHOW ethdata.purpose;
SELECT ethdata.current_purpose();
SHOW ethdata.purpose;

-- of a default, too: it holds with a token
RESET SESSION AUTHORIZATION;
SELECT ethdata.revoke_purpose('billing', 'regress_t_staff'), ethdata.grant_purpose('marketing', 'regress_t_staff', as_default => true, token_required => true);
SET SESSION AUTHORIZATION regress_t_staff;
SELECT ethdata.current_purpose();
BEGIN;
SELECT ethdata.set_token(:'good');
SELECT ethdata.current_purpose();
COMMIT;

-- it stands in for the session's user, not for the role
RESET SESSION AUTHORIZATION;
CREATE FUNCTION as_staff() RETURNS text LANGUAGE sql SECURITY DEFINER SET ethdata.purpose = 'marketing' AS 'SELECT ethdata.current_purpose()';
ALTER FUNCTION as_staff() OWNER TO regress_t_staff;
CREATE FUNCTION as_other() RETURNS text LANGUAGE sql SECURITY DEFINER SET ethdata.purpose = 'marketing' AS 'SELECT ethdata.current_purpose()';
ALTER FUNCTION as_other() OWNER TO regress_t_other;
SET SESSION AUTHORIZATION regress_t_app;
SELECT as_staff();
BEGIN;
SELECT ethdata.set_token(:'good');
SELECT as_staff();
SELECT as_other();
ROLLBACK;
BEGIN;
SELECT ethdata.set_token(:'email');
SELECT as_staff();
ROLLBACK;
BEGIN;
SELECT ethdata.set_token(:'good');
SELECT ethdata.set_purpose('marketing');
ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT ethdata.grant_purpose('marketing', 'regress_t_staff');
SET SESSION AUTHORIZATION regress_t_app;
SELECT as_staff();
BEGIN;
SELECT ethdata.set_token(:'good');
SELECT as_staff();
ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT ethdata.grant_purpose('marketing', 'regress_t_staff', token_required => true);

-- keys one after the other; a key that is trusted no more ends its tokens
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN; SELECT ethdata.set_purpose(ethdata.set_token(:'good_two')); ROLLBACK;
BEGIN;
SELECT ethdata.set_purpose(ethdata.set_token(:'good'));
RESET SESSION AUTHORIZATION;
SELECT ethdata.distrust_key('one');
SET LOCAL SESSION AUTHORIZATION regress_t_staff;
SELECT ethdata.current_purpose();
ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT ethdata.distrust_key('two'), ethdata.distrust_key('two');
BEGIN; SELECT ethdata.set_token(:'good_two'); ROLLBACK;
-- another key under the id of the old one is another key
BEGIN;
SELECT ethdata.set_token(:'good');
SELECT ethdata.distrust_key('one'), ethdata.trust_key('one', :'key_two');
SET LOCAL SESSION AUTHORIZATION regress_t_staff;
SELECT ethdata.set_purpose('marketing');
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- tolerance is not the session's to choose
SET SESSION AUTHORIZATION regress_t_staff;
SET ethdata.token_tolerance = 300;
RESET SESSION AUTHORIZATION;
\set VERBOSITY sqlstate
SET ethdata.token_tolerance = 301;
\set VERBOSITY default

-- tokens are not settings
SET SESSION AUTHORIZATION regress_t_staff;
SET ethdata._token = '{"kid":"one","key":"","sub":"x","purpose":"marketing","exp":"999999999999999999"}';
SELECT set_config('ethdata._token', 'x', true);
SELECT set_config('ethdata._asserting', '1', true);
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql SET ethdata._token = 'x' AS 'SELECT 1';
SELECT pg_temp.f();
\set VERBOSITY sqlstate
SHOW ethdata._token;
\set VERBOSITY default
SELECT count(*) FROM pg_settings WHERE name ~ '^ethdata\._';
RESET SESSION AUTHORIZATION;
ALTER ROLE regress_t_staff SET ethdata._token = 'x';
ALTER SYSTEM SET ethdata._token = 'x';
SET ethdata._token = 'x';
SET ethdata._token = '';
SHOW ethdata._token;

-- parallel workers see it, and that it is not there
CREATE TABLE many AS SELECT i FROM generate_series(1, 2000) i;
ALTER TABLE many SET (parallel_workers = 2);
GRANT SELECT ON many TO regress_t_staff;
SELECT set_config(name, 'on', false) AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET parallel_leader_participation = off;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN;
SELECT ethdata.set_purpose(ethdata.set_token(:'good'));
SELECT DISTINCT ethdata.current_purpose() || left(i::text, 0) AS seen FROM many;
ROLLBACK;
SET ethdata.purpose = 'marketing';
SELECT DISTINCT ethdata.current_purpose() || left(i::text, 0) AS seen FROM many;
RESET ethdata.purpose;
RESET SESSION AUTHORIZATION;

---------------------------------------------------------------- trusted callers
CREATE FUNCTION pre_request() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN PERFORM set_config('ethdata.purpose', 'billing', true); END $$;
CREATE FUNCTION checked_request() RETURNS text LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$ SELECT ethdata.set_purpose('billing') $$;
CREATE FUNCTION unseen() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('ethdata.purpose', 'billing', true); END $$;
CREATE SCHEMA mine;
CREATE FUNCTION mine.pre_request() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN PERFORM set_config('ethdata.purpose', 'billing', true); END $$;
GRANT USAGE ON SCHEMA mine TO regress_t_staff;
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'unseen()');
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'pre_request()', as_default => true);
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'no_such()');
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 1::oid::regprocedure);
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'pre_request()');
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'public.pre_request()');
SELECT asserted_by, asserter FROM ethdata.purpose_grant WHERE asserted_by IS NOT NULL;
SET SESSION AUTHORIZATION regress_t_staff;
SET ethdata.purpose = 'billing';
SELECT ethdata.current_purpose();
BEGIN; SELECT ethdata.set_purpose('billing'); ROLLBACK;
-- by another function, also of the same name
BEGIN; SELECT mine.pre_request(); SELECT ethdata.current_purpose(); ROLLBACK;
BEGIN; SELECT unseen(); SELECT ethdata.current_purpose(); ROLLBACK;
-- and by that one: for the transaction, and no longer than the value stands
BEGIN;
SELECT pre_request();
SELECT ethdata.current_purpose();
SELECT DISTINCT ethdata.current_purpose() || left(i::text, 0) AS seen_by_workers FROM many;
SELECT ethdata.permitted('1'::text, 'billing');
SAVEPOINT s;
SET LOCAL ethdata.purpose = 'billing';
SELECT ethdata.current_purpose();
ROLLBACK TO s;
SELECT ethdata.current_purpose();
SET LOCAL ethdata.purpose = 'none';
SELECT ethdata.permitted('1'::text, 'billing');
ROLLBACK;
BEGIN; SET LOCAL ethdata.purpose = 'billing'; SELECT DISTINCT ethdata.current_purpose() || left(i::text, 0) AS seen_by_workers FROM many; ROLLBACK;
-- not what it leaves behind for the next transaction
BEGIN;
SELECT pre_request();
COMMIT;
SET ethdata.purpose = 'billing';
SELECT ethdata.current_purpose();
RESET ethdata.purpose;
-- set_purpose() within it is checked after it is set
RESET SESSION AUTHORIZATION;
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'checked_request()');
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN; SELECT checked_request(); SELECT ethdata.current_purpose(); ROLLBACK;
-- an error within it leaves nothing behind
BEGIN;
DO $$ BEGIN PERFORM checked_request(); RAISE 'x'; EXCEPTION WHEN raise_exception THEN NULL; END $$;
SELECT ethdata.current_purpose();
SELECT ethdata.set_purpose('billing');
ROLLBACK;
-- somebody else's function under the same name, and one that lost its SET clause
RESET SESSION AUTHORIZATION;
ALTER FUNCTION checked_request() RESET search_path;
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN; SELECT checked_request(); ROLLBACK;
RESET SESSION AUTHORIZATION;
ALTER FUNCTION checked_request() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION checked_request() OWNER TO regress_t_app;
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN; SELECT checked_request(); ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT ethdata.grant_purpose('billing', 'regress_t_staff', asserted_by => 'checked_request()');
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN; SELECT checked_request(); ROLLBACK;
RESET SESSION AUTHORIZATION;

---------------------------------------------------------------- the audit names who it was
SELECT ethdata.audit_changes('person');
GRANT INSERT ON person TO regress_t_staff;
SET SESSION AUTHORIZATION regress_t_staff;
BEGIN;
INSERT INTO person VALUES (1, 'A');
SELECT ethdata.set_purpose(ethdata.set_token(:'good'));
INSERT INTO person VALUES (2, 'B');
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT kind, session_role, token_subject, purpose, subjects FROM ethdata.audit_event WHERE kind = 'insert' ORDER BY id;
SELECT kind, details - 'public_key' AS details FROM ethdata.audit_event WHERE details ->> 'action' ~ 'trust_key' ORDER BY id LIMIT 2;

DROP TABLE person, many;
DROP FUNCTION as_staff(), as_other(), pre_request(), checked_request(), unseen();
DROP SCHEMA mine CASCADE;
DROP EXTENSION ethdata CASCADE;
DROP ROLE regress_t_admin, regress_t_staff, regress_t_app, regress_t_other;
