-- Purposes are defined by full statements: the same again changes nothing, what
-- differs is said, and nothing malformed, cyclic or colliding gets in.
CREATE EXTENSION ethdata;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE ROLE somebody;
CREATE VIEW shown AS
  SELECT p.code, p.basis, p.bases, ARRAY(SELECT q.code FROM ethdata.purpose q WHERE q.id = ANY (p.parents) ORDER BY 1) AS parents,
         p.channel, p.direct_marketing AS dm, p.consent_lifetime AS lifetime, p.retired_at IS NOT NULL AS retired, p.defined_by
  FROM ethdata.purpose p ORDER BY p.code;
GRANT SELECT ON shown TO policy_admin;

-- rights
SET ROLE somebody;
SELECT ethdata.define_purpose('billing', 'contract');
SELECT ethdata.retire_purpose('billing');
SELECT count(*) FROM ethdata.purpose;
RESET ROLE;
SET ROLE policy_admin;
SELECT ethdata.define_purpose('billing', basis => 'contract');
INSERT INTO ethdata.purpose SELECT * FROM ethdata.purpose;
UPDATE ethdata.purpose SET basis = 'consent';
DELETE FROM ethdata.purpose;
TRUNCATE ethdata.purpose;

-- create, the same again, change
SELECT ethdata.define_purpose('marketing', basis => 'consent', direct_marketing => true);
SELECT ethdata.define_purpose('marketing.email', basis => 'consent', channel => 'email', consent_lifetime => '2 years');
SELECT ethdata.define_purpose('marketing.email', basis => 'consent', channel => 'email', consent_lifetime => '24 months');
SELECT ethdata.define_purpose('marketing.email', 'soft_opt_in', title => 'It''s mail', consent_lifetime => '720 days',
  recipients => '{"Post & Co",Mailer}', bases => '{"ccpa": "opt_out", "dpdp": "none"}');
-- 720 days equal 24 months to SQL, but are another statement
SELECT ethdata.define_purpose('marketing.email', 'soft_opt_in', title => 'It''s mail', consent_lifetime => '24 months',
  recipients => '{"Post & Co",Mailer}', bases => '{"dpdp": "none", "ccpa": "opt_out"}');
-- what is left out has its default again
SELECT ethdata.define_purpose('marketing.email', 'consent');
-- parents
SELECT ethdata.define_purpose('research', 'public_task');
SELECT ethdata.define_purpose('marketing.study', 'consent', parents => '{research,marketing,research}');
SELECT ethdata.define_purpose('marketing.study', 'consent', parents => '{marketing,research}');
SELECT ethdata.define_purpose('marketing.study', 'consent', parents => '{}');
SELECT ethdata.define_purpose('marketing.study', 'consent');
SELECT * FROM shown;

-- legitimate interests want the reference of an assessment
SELECT ethdata.define_purpose('fraud', 'legitimate_interests');
SELECT ethdata.define_purpose('fraud', 'legitimate_interests');
SELECT ethdata.define_purpose('fraud', 'legitimate_interests', assessment => 'LIA-7');
SELECT ethdata.define_purpose('credit', 'contract', bases => '{"gdpr": "legitimate_interests"}');

-- retired, and taken back
SELECT ethdata.retire_purpose('credit');
SELECT ethdata.retire_purpose('credit');
SELECT ethdata.define_purpose('credit', 'contract');
SELECT ethdata.retire_purpose('nothing');
SELECT ethdata.retire_purpose(NULL);

-- codes
SELECT ethdata.define_purpose(NULL, 'consent');
SELECT ethdata.define_purpose('', 'consent');
SELECT ethdata.define_purpose('Marketing', 'consent');
SELECT ethdata.define_purpose('a b', 'consent');
SELECT ethdata.define_purpose('.a', 'consent');
SELECT ethdata.define_purpose('a.', 'consent');
SELECT ethdata.define_purpose('a..b', 'consent');
SELECT ethdata.define_purpose('it''s', 'consent');
SELECT ethdata.define_purpose(repeat('a', 201), 'consent');
SELECT ethdata.define_purpose(repeat('a', 200), 'consent');
SELECT ethdata.define_purpose('none', 'consent');
SELECT ethdata.define_purpose('self', 'consent');
-- an id of 0, and one that is taken: found by search
SELECT ethdata.define_purpose('z4hondqf', 'consent');
SELECT ethdata.define_purpose('c17439', 'consent');
SELECT ethdata.define_purpose('c24164', 'consent');

-- bases
SELECT ethdata.define_purpose('x', NULL);
SELECT ethdata.define_purpose('x', 'legitimate interest');
SELECT ethdata.define_purpose('x', 'none');
SELECT ethdata.define_purpose('x', 'unlawful');
SELECT ethdata.define_purpose('x', 'consent', bases => '[]');
SELECT ethdata.define_purpose('x', 'consent', bases => '"ccpa"');
SELECT ethdata.define_purpose('x', 'consent', bases => '{"ccpa": true}');
SELECT ethdata.define_purpose('x', 'consent', bases => '{"ccpa": {"a": "consent"}}');
SELECT ethdata.define_purpose('x', 'consent', bases => '{"ccpa": "maybe"}');
SELECT ethdata.define_purpose('x', 'consent', bases => '{"atlantis": "opt_out"}');

-- parents that cannot be
SELECT ethdata.define_purpose('sales.email', 'consent');
SELECT ethdata.define_purpose('x', 'consent', parents => '{sales}');
SELECT ethdata.define_purpose('x', 'consent', parents => '{marketing,NULL}');
SELECT ethdata.define_purpose('x', 'consent', parents => '{{marketing,research},{fraud,credit}}');
SELECT ethdata.define_purpose('research', 'public_task', parents => '{research}');
SELECT ethdata.define_purpose('research', 'public_task', parents => '{marketing.study,fraud}');
SELECT ethdata.define_purpose('research.long', 'public_task');
SELECT ethdata.define_purpose('research', 'public_task', parents => '{research.long}');
SELECT ethdata.define_purpose('marketing', 'consent', parents => '{research}', direct_marketing => true);
SELECT ethdata.define_purpose('research', 'public_task', parents => '{marketing.study}');

-- other values
SELECT ethdata.define_purpose('x', 'consent', consent_lifetime => '0');
SELECT ethdata.define_purpose('x', 'consent', consent_lifetime => '-1 day');
SELECT ethdata.define_purpose('x', 'consent', consent_lifetime => '1001 years');
SELECT ethdata.define_purpose('x', 'consent', recipients => '{a,NULL}');
SELECT ethdata.define_purpose('x', 'consent', special_ground => '');
SELECT ethdata.define_purpose('x', 'consent', controller => '  ');
SELECT count(*) FROM ethdata.purpose WHERE code = 'x';

-- controllers: of several parents one must be meant
SELECT ethdata.define_purpose('north', 'contract', controller => 'North Ltd');
SELECT ethdata.define_purpose('south', 'contract', controller => 'South Ltd');
SELECT ethdata.define_purpose('both', 'contract', parents => '{north,south}');
SELECT ethdata.define_purpose('both', 'contract', parents => '{north,south}', controller => 'South Ltd');
SELECT ethdata.define_purpose('mixed', 'contract', parents => '{south,both}');
SELECT ethdata.define_purpose('south', 'contract', controller => 'Far South Ltd');
SELECT code, controller FROM ethdata.purpose WHERE controller IS NOT NULL ORDER BY 1;

-- nothing is half done
BEGIN;
SELECT ethdata.define_purpose('brief', 'consent');
SAVEPOINT s;
SELECT ethdata.define_purpose('brief.er', 'consent');
ROLLBACK TO s;
SELECT ethdata.define_purpose('brief.est', 'consent'), ethdata.define_purpose('brief.est.of.all', 'consent', parents => '{brief.est}');
ROLLBACK;
SELECT count(*) FROM ethdata.purpose WHERE code LIKE 'brief%';
SELECT ethdata.define_purpose('brief.er', 'consent');
RESET ROLE;

-- even the owner of the tables cannot write nonsense
\set VERBOSITY terse
INSERT INTO ethdata.purpose (id, code, basis, defined_at, defined_by) VALUES (7, 'x', 'consent', now(), 'me');
INSERT INTO ethdata.purpose (id, code, basis, defined_at, defined_by) VALUES (0, 'z4hondqf', 'consent', now(), 'me');
UPDATE ethdata.purpose SET basis = 'because' WHERE code = 'billing';
UPDATE ethdata.purpose SET parents = ARRAY[id] WHERE code = 'billing';
UPDATE ethdata.purpose SET bases = '[]' WHERE code = 'billing';
UPDATE ethdata.purpose SET special_ground = '' WHERE code = 'billing';


-- SQLSTATEs
\set VERBOSITY sqlstate
SELECT ethdata.define_purpose('none', 'consent');
SELECT ethdata.define_purpose('x', 'because');
SELECT ethdata.define_purpose('x', 'consent', parents => '{sales}');
SELECT ethdata.define_purpose('x', 'consent', bases => '{"atlantis": "opt_out"}');
SELECT ethdata.retire_purpose('nothing');
SET ROLE somebody;
SELECT ethdata.define_purpose('x', 'consent');
RESET ROLE;
\set VERBOSITY default

-- who may read
SELECT r.role, has_table_privilege(r.role, t.name, 'SELECT') AS reads, has_table_privilege(r.role, t.name, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes, t.name
FROM unnest('{ethdata_admin,ethdata_officer,ethdata_auditor,ethdata_exempt,somebody}'::name[]) r(role),
     unnest('{ethdata.purpose,ethdata.purpose_grant,ethdata.collection_grant}'::text[]) t(name)
ORDER BY t.name, r.role;

DROP VIEW shown;
DROP EXTENSION ethdata;
DROP ROLE policy_admin, somebody;
