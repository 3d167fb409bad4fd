-- Who may act for a purpose and who may collect: grants name a role by name and
-- oid, cover what is below, end when they say, and are full statements.
CREATE EXTENSION ethdata;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE ROLE campaigns LOGIN;
CREATE ROLE "Anna O'Hara" LOGIN;
CREATE ROLE "Grüße ""von"" Süden" IN ROLE campaigns;
CREATE ROLE noinherit LOGIN NOINHERIT IN ROLE campaigns;
CREATE ROLE somebody LOGIN;
CREATE VIEW shown AS
  SELECT p.code, g.grantee, g.as_default, g.pooled, g.valid_until, g.reason, g.granted_by,
         g.grantee_oid = (SELECT oid FROM pg_roles r WHERE r.rolname = g.grantee) AS holds
  FROM ethdata.purpose_grant g JOIN ethdata.purpose p ON p.id = g.purpose ORDER BY 1, 2;
SELECT ethdata.define_purpose('marketing', 'consent', direct_marketing => true);
SELECT ethdata.define_purpose('marketing.email', 'consent');
SELECT ethdata.define_purpose('billing', 'contract');

SET ROLE somebody;
SELECT ethdata.grant_purpose('billing', 'somebody');
SELECT ethdata.revoke_purpose('billing', 'somebody');
SELECT ethdata.grant_collection('billing', 'somebody');
SELECT ethdata.revoke_collection('billing', 'somebody');
RESET ROLE;

-- full statements
SET ROLE policy_admin;
SELECT ethdata.grant_purpose('marketing', 'campaigns');
SELECT ethdata.grant_purpose('marketing', 'campaigns');
SELECT ethdata.grant_purpose('marketing', 'campaigns', as_default => true, valid_until => '2999-01-01 00:00+00', reason => 'CHG-7', pooled => true);
SELECT ethdata.grant_purpose('marketing', 'campaigns', as_default => true, valid_until => '2999-01-01 00:00+00', reason => 'CHG-7', pooled => true);
SELECT ethdata.grant_purpose('marketing', 'campaigns');
SELECT ethdata.grant_purpose('marketing', 'campaigns', as_default => false, pooled => false);
SELECT ethdata.grant_purpose('billing', '"Anna O''Hara"', as_default => true);
SELECT ethdata.grant_purpose('billing', '"Anna O''Hara"', as_default => true);
SELECT ethdata.grant_purpose('billing', '"Grüße ""von"" Süden"');
RESET ROLE;
SELECT code, grantee, as_default, pooled, valid_until, reason, granted_by, holds FROM shown;

-- what cannot be
SELECT ethdata.grant_purpose('billing', 'nobody_there');
SELECT ethdata.grant_purpose('billing', '-');
SELECT ethdata.grant_purpose('billing', NULL);
SELECT ethdata.grant_purpose(NULL, 'campaigns');
SELECT ethdata.grant_purpose('sales', 'campaigns');
SELECT ethdata.grant_purpose('billing', 'campaigns', valid_until => '2001-01-01');
SELECT ethdata.grant_purpose('billing', 'campaigns', reason => '');
SELECT ethdata.grant_purpose('marketing', '"Anna O''Hara"', as_default => true);
SELECT ethdata.grant_purpose('self', 'campaigns');
SELECT ethdata.grant_collection('self', 'campaigns');
SELECT ethdata.grant_purpose('billing', 'campaigns', asserted_by => 'pg_catalog.now()');
\set VERBOSITY sqlstate
SELECT ethdata.grant_purpose('sales', 'campaigns');
SELECT ethdata.grant_purpose('billing', 'nobody_there');
SELECT ethdata.grant_purpose('billing', 'campaigns', valid_until => '2001-01-01');
SELECT ethdata.grant_purpose('self', 'campaigns');
SELECT ethdata.grant_purpose('billing', 'campaigns', asserted_by => 'pg_catalog.now()');
SET ROLE somebody;
SELECT ethdata.grant_purpose('billing', 'somebody');
RESET ROLE;
\set VERBOSITY default

-- taken back
SELECT ethdata.revoke_purpose('billing', '"Grüße ""von"" Süden"');
SELECT ethdata.revoke_purpose('billing', '"Grüße ""von"" Süden"');
SELECT ethdata.revoke_purpose('marketing.email', 'campaigns');
SELECT ethdata.revoke_purpose('sales', 'campaigns');

-- collection
SELECT ethdata.grant_collection('marketing', 'somebody');
SELECT ethdata.grant_collection('marketing', 'somebody');
SELECT ethdata.revoke_collection('marketing', 'somebody');
SELECT ethdata.revoke_collection('marketing', 'somebody');
SELECT ethdata.grant_collection('sales', 'somebody');
SELECT ethdata.grant_collection('marketing', NULL);
SELECT ethdata.grant_collection(NULL, 'somebody');

-- a grant covers what is below, also later, and what is inherited
SELECT ethdata.define_purpose('marketing.email.later', 'consent');
BEGIN;
SET LOCAL ROLE campaigns;
SELECT ethdata.set_purpose('marketing.email.later'), ethdata.current_purpose();
SET LOCAL ROLE "Grüße ""von"" Süden";
SELECT ethdata.current_purpose();
SELECT ethdata.set_purpose('billing');
ROLLBACK;
-- but not what is above
SELECT ethdata.revoke_purpose('marketing', 'campaigns'), ethdata.grant_purpose('marketing.email', 'campaigns');
BEGIN;
SET LOCAL ROLE campaigns;
SELECT ethdata.set_purpose('marketing');
ROLLBACK;
-- without inheritance a member holds nothing, but may become who does
BEGIN;
SET LOCAL SESSION AUTHORIZATION noinherit;
SET LOCAL ethdata.purpose = 'marketing.email';
SAVEPOINT s;
SELECT ethdata.current_purpose();
ROLLBACK TO s;
SET LOCAL ROLE campaigns;
SELECT ethdata.current_purpose(), session_user, current_user;
ROLLBACK;

-- ended
BEGIN;
SELECT ethdata.set_purpose('marketing.email');
SET LOCAL ROLE campaigns;
SELECT ethdata.current_purpose();
RESET ROLE;
UPDATE ethdata.purpose_grant SET valid_until = '2001-01-01' WHERE grantee = 'campaigns';
SET LOCAL ROLE campaigns;
SELECT ethdata.current_purpose();
ROLLBACK;

-- a role made anew under an old name holds nothing
SELECT ethdata.grant_purpose('billing', 'somebody', as_default => true), ethdata.grant_collection('billing', 'somebody');
DROP ROLE somebody;
CREATE ROLE somebody LOGIN;
SELECT code, grantee, holds FROM shown WHERE grantee = 'somebody';
BEGIN;
SET LOCAL ROLE somebody;
SELECT ethdata.current_purpose();
SELECT ethdata.set_purpose('billing');
ROLLBACK;
SELECT ethdata.grant_purpose('billing', 'somebody', as_default => true);
SELECT ethdata.grant_collection('billing', 'somebody');
SELECT code, grantee, holds FROM shown WHERE grantee = 'somebody';
-- nor does one that bears another name now
ALTER ROLE somebody RENAME TO somebody_else;
BEGIN;
SET LOCAL ROLE somebody_else;
SELECT ethdata.current_purpose();
ROLLBACK;

-- such grants are taken back by name, one that holds is not
SELECT ethdata.grant_purpose('marketing', 'somebody_else'), ethdata.grant_collection('billing', 'campaigns');
CREATE ROLE somebody LOGIN;
SELECT ethdata.grant_purpose('marketing', 'somebody');
SET ROLE campaigns;
SELECT ethdata.revoke_gone('somebody');
\echo :SQLSTATE
SET ROLE policy_admin;
SELECT ethdata.revoke_gone(NULL);
\echo :SQLSTATE
SELECT ethdata.revoke_gone('nobody'), ethdata.revoke_gone('somebody_else'), ethdata.revoke_gone('campaigns');
SELECT ethdata.revoke_gone('somebody');
SELECT ethdata.revoke_gone('somebody');
RESET ROLE;
SELECT code, grantee, holds FROM shown WHERE grantee ~ '^somebody' ORDER BY 1, 2;
SELECT grantee FROM ethdata.collection_grant ORDER BY 1;
DROP ROLE somebody;
SELECT ethdata.revoke_gone('somebody');

-- a restored row is bound to the role of its name; what needs a token holds nothing without
DELETE FROM ethdata.purpose_grant;
INSERT INTO ethdata.purpose_grant (purpose, grantee, grantee_oid, granted_at, granted_by)
  SELECT id, 'campaigns', 1, now(), 'x' FROM ethdata.purpose WHERE code = 'billing';
INSERT INTO ethdata.purpose_grant (purpose, grantee, grantee_oid, granted_at, granted_by, token_required)
  SELECT id, 'campaigns', 1, now(), 'x', true FROM ethdata.purpose WHERE code = 'marketing';
SELECT code, grantee, holds FROM shown;
BEGIN;
SET LOCAL ROLE campaigns;
SELECT ethdata.set_purpose('billing');
SELECT ethdata.set_purpose('marketing');
ROLLBACK;

-- in one transaction: seen at once, gone with the savepoint
BEGIN;
SAVEPOINT s;
SELECT ethdata.grant_purpose('marketing', '"Anna O''Hara"', as_default => true);
SET LOCAL ROLE "Anna O'Hara";
SELECT ethdata.current_purpose();
ROLLBACK TO s;
SET LOCAL ROLE "Anna O'Hara";
SELECT ethdata.current_purpose();
ROLLBACK;

DROP VIEW shown;
-- a boolean is true or false
SELECT ethdata.grant_purpose('marketing', 'policy_admin', as_default => NULL);
\echo :SQLSTATE
SELECT ethdata.grant_purpose('marketing', 'policy_admin', token_required => NULL);
SELECT ethdata.grant_purpose('marketing', 'policy_admin', pooled => NULL);
DROP EXTENSION ethdata;
DROP ROLE policy_admin, campaigns, "Anna O'Hara", "Grüße ""von"" Süden", noinherit, somebody_else;
