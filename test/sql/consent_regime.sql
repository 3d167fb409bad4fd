-- Regimes and jurisdictions: what is shipped is the same everywhere and never
-- changes; a site adds its own, and says where they hold.
CREATE EXTENSION ethdata;
CREATE ROLE policy_admin IN ROLE ethdata_admin;
CREATE TABLE person(id bigint PRIMARY KEY, country text);
INSERT INTO person VALUES (1, 'GB'), (2, 'gb-sct'), (3, 'US-CA'), (4, 'US-TX'), (5, 'Atlantis'), (6, 'DE ');
SELECT ethdata.define_subject_class('person', jurisdiction => 'country');
SELECT ethdata.define_purpose('ads', 'opt_out'), ethdata.publish_notice('n', '{ads}', 'Text.');
CREATE VIEW may AS SELECT array_agg(id ORDER BY id) FILTER (WHERE ethdata.permitted(id, 'ads')) AS without_asking FROM person;
SELECT * FROM may;

-- shipped rows, whoever tries
SET ROLE policy_admin;
UPDATE ethdata.regime SET opt_out_default = true WHERE code = 'gdpr';
\echo :SQLSTATE
DELETE FROM ethdata.regime WHERE code = 'dpdp';
INSERT INTO ethdata.regime VALUES (4, 'mine', true, NULL, true);
UPDATE ethdata.jurisdiction SET regime = 'ccpa' WHERE code = 'GB';
DELETE FROM ethdata.jurisdiction WHERE code = 'GB';
\echo :SQLSTATE
INSERT INTO ethdata.jurisdiction VALUES ('US', 'ccpa', true);
TRUNCATE ethdata.jurisdiction;
RESET ROLE;
UPDATE ethdata.jurisdiction SET shipped = false WHERE code = 'GB';
DELETE FROM ethdata.regime WHERE code = 'dpdp';
TRUNCATE ethdata.regime;
SET session_replication_role = replica;
DELETE FROM ethdata.jurisdiction;
RESET session_replication_role;
SELECT count(*) FROM ethdata.jurisdiction;

-- a site's own
SET ROLE policy_admin;
INSERT INTO ethdata.regime (number, code, opt_out_default) VALUES (7, 'uk', true);
INSERT INTO ethdata.jurisdiction VALUES ('GB', 'uk'), ('US', 'ccpa');
RESET ROLE;
SELECT * FROM ethdata.jurisdiction WHERE code = 'GB' ORDER BY shipped;
SELECT * FROM may;
-- a subdivision before its country, whoever lists it
INSERT INTO ethdata.jurisdiction VALUES ('GB-SCT', 'gdpr');
SELECT * FROM may;
INSERT INTO ethdata.jurisdiction VALUES ('GB', 'ccpa');
UPDATE ethdata.jurisdiction SET shipped = true WHERE code = 'US';
-- a regime that goes is not known any more, and does not fall back to the shipped one
UPDATE ethdata.jurisdiction SET regime = 'ccpa' WHERE code = 'GB-SCT';
SELECT * FROM may;
DELETE FROM ethdata.regime WHERE code = 'uk';
SELECT * FROM may;
DELETE FROM ethdata.jurisdiction WHERE code = 'GB' AND NOT shipped;
INSERT INTO ethdata.jurisdiction VALUES ('DE', 'ccpa');
SELECT * FROM may;

SELECT ethdata._shipped_rows();
DROP VIEW may;
DROP TABLE person;
DROP EXTENSION ethdata;
DROP ROLE policy_admin;
