-- self_check(): who may call it, that it works before anything is declared, and each
-- finding with its remedy.  Only findings about this file's own objects are shown:
-- roles and settings of the server are others'.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE SCHEMA regress_sc;
CREATE FUNCTION public.findings(what text DEFAULT 'regress_sc') RETURNS TABLE (severity text, object text, risk text, remedy text)
  LANGUAGE sql AS $$ SELECT * FROM ethdata.self_check() c WHERE c.object ~ what OR c.risk ~ 'could not be checked' $$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
\echo == before anything is declared
SELECT * FROM findings('^ethdata$');
SELECT count(*) FROM findings();
\echo == order: severity, then object
SELECT bool_and(o) FROM (SELECT array_position('{critical,warning,notice}', severity) >=
  lag(array_position('{critical,warning,notice}', severity)) OVER () AS o FROM ethdata.self_check()) x;
\echo == who may call it
CREATE ROLE regress_sc_nobody;
CREATE ROLE regress_sc_admin IN ROLE ethdata_admin;
CREATE ROLE regress_sc_auditor IN ROLE ethdata_auditor;
CREATE ROLE regress_sc_officer IN ROLE ethdata_officer;
SET ROLE regress_sc_nobody;
SELECT count(*) FROM ethdata.self_check();
SET ROLE regress_sc_officer;
SELECT count(*) FROM ethdata.self_check();
SET ROLE regress_sc_admin;
SELECT count(*) > 0 FROM ethdata.self_check();
SET ROLE regress_sc_auditor;
SELECT count(*) > 0 FROM ethdata.self_check();
BEGIN READ ONLY;
SELECT count(*) > 0 FROM ethdata.self_check();
COMMIT;
RESET ROLE;

\echo == roles
CREATE ROLE regress_sc_super LOGIN SUPERUSER;
CREATE ROLE regress_sc_dump LOGIN IN ROLE pg_read_all_data;
CREATE ROLE regress_sc_loader_group IN ROLE pg_write_all_data;
CREATE ROLE regress_sc_loader LOGIN IN ROLE regress_sc_loader_group;
CREATE ROLE regress_sc_repl LOGIN REPLICATION;
CREATE ROLE regress_sc_program LOGIN IN ROLE pg_execute_server_program;
CREATE ROLE regress_sc_exempt LOGIN IN ROLE ethdata_exempt;
CREATE ROLE "regress_sc Odd" NOLOGIN IN ROLE pg_read_all_data;
SELECT * FROM findings();
DROP ROLE regress_sc_super, regress_sc_dump, regress_sc_loader, regress_sc_loader_group, regress_sc_repl, regress_sc_program, regress_sc_exempt, "regress_sc Odd";

\echo == tables that look personal, by names and by values; what is none; that no value is shown
CREATE TABLE regress_sc.client (id bigint PRIMARY KEY, "eMail" text, handynummer text, "dateOfBirth" date, ort text, email_verified boolean,
  mail_sent_at timestamptz, phone_type_id int, born_on_board date);
INSERT INTO regress_sc.client VALUES (1, 'ada.secret@example.com', '+49 170 1234567', '1984-07-19', 'Ulm', true, now(), 3, now()::date);
CREATE TABLE regress_sc.by_value (a text, b varchar(40), c text, d text, e jsonb, f inet, g text, h uuid, i text, j date);
INSERT INTO regress_sc.by_value SELECT 'p' || g || '@example.com', 'DE89 3704 0044 0532 0130 00', '4242 4242 4242 4242', '+44 20 7946 0958',
  '{"contact": {"email": "ada.secret@example.com"}}', '192.0.2.7', '2001:db8::1', '0190163d-8694-739b-aea5-966c26f8ad91', 'written to ada.secret@example.com.', '1984-07-19'
  FROM generate_series(1, 300) g;
CREATE TABLE regress_sc.none (id int, name text, title text, genre text, amount numeric, code text, "order" text, at date, version text);
INSERT INTO regress_sc.none SELECT g, 'lamp', 'a@b', 'jazz', 12.50, 'A-' || g, '2026-01-02', '2026-01-02', '1.2.3' FROM generate_series(1, 20) g;
CREATE TABLE regress_sc.weak (id int, zip text, lat float8, user_agent text);
CREATE TABLE regress_sc.words ("téléphone" text, "Geburts-Datum" date, apellido2 text, "IBAN" text, "passportNo" text, telefonos text, "cognome" text);
CREATE TABLE regress_sc.parted (id int, contact text) PARTITION BY RANGE (id);
CREATE TABLE regress_sc.part1 (contact text, id int NOT NULL);
ALTER TABLE regress_sc.parted ATTACH PARTITION regress_sc.part1 FOR VALUES FROM (1) TO (100);
INSERT INTO regress_sc.parted SELECT g, 'p' || g || '@example.com' FROM generate_series(1, 20) g;
SELECT * FROM findings();
SELECT * FROM ethdata.self_check() WHERE concat(object, risk, remedy) ~ 'ada\.|example\.com|3704|4242|1984';
\echo == classified as not personal: nothing more to say
SELECT ethdata.classify('regress_sc.by_value', c, 'not_personal') FROM unnest('{a,b,c,d,e,f,g,i}'::name[]) c;
SELECT * FROM findings('by_value');
DROP TABLE regress_sc.by_value, regress_sc.none, regress_sc.weak, regress_sc.words, regress_sc.parted;

\echo == purposes
SELECT ethdata.define_purpose('regress_sc', basis => 'consent', direct_marketing => true);
SELECT ethdata.define_purpose('regress_sc.mail', basis => 'consent', consent_lifetime => '1 year');
SELECT ethdata.define_purpose('regress_sc_bill', basis => 'contract');
SELECT ethdata.define_purpose('regress_sc_risk', basis => 'legitimate_interests');
SELECT ethdata.define_purpose('regress_sc_one', basis => 'legal_obligation', controller => 'One');
SELECT ethdata.define_purpose('regress_sc_two', basis => 'legal_obligation', controller => 'Two');
SELECT * FROM findings();
SELECT ethdata.define_purpose('regress_sc_risk', basis => 'legitimate_interests', assessment => 'LIA-1');
SELECT ethdata.publish_notice('regress_sc 1', purposes => '{regress_sc,regress_sc.mail,regress_sc_risk}', body => 'We ..');
\echo == grants: use and collection by one role, also by membership; several defaults; over; retired
CREATE ROLE regress_sc_app LOGIN;
CREATE ROLE regress_sc_group;
CREATE ROLE regress_sc_both LOGIN IN ROLE regress_sc_group;
CREATE ROLE regress_sc_gone;
SELECT ethdata.grant_purpose('regress_sc.mail', 'regress_sc_group');
SELECT ethdata.grant_purpose('regress_sc', 'regress_sc_app', as_default => true);
SELECT ethdata.grant_purpose('regress_sc_bill', 'regress_sc_group', as_default => true);
SELECT ethdata.grant_purpose('regress_sc_risk', 'regress_sc_both', as_default => true);
SELECT ethdata.grant_purpose('regress_sc_two', 'regress_sc_gone');
SELECT ethdata.grant_purpose('regress_sc_two', 'regress_sc_app');
SELECT ethdata.grant_purpose('regress_sc_one', 'regress_sc_app', valid_until => now() + interval '1 day');
SELECT ethdata.grant_purpose('regress_sc_one', 'regress_sc_admin');
SELECT ethdata.grant_collection('regress_sc', 'regress_sc_both');
SELECT ethdata.grant_collection('regress_sc_risk', 'regress_sc_gone');
SELECT ethdata.retire_purpose('regress_sc_two');
UPDATE ethdata.purpose_grant SET valid_until = now() - interval '1 day' WHERE valid_until IS NOT NULL;
DROP ROLE regress_sc_gone;
ALTER ROLE regress_sc_admin LOGIN;
SELECT * FROM findings() WHERE object !~ '\.client';
ALTER ROLE regress_sc_admin NOLOGIN;
SELECT ethdata.revoke_collection('regress_sc', 'regress_sc_both');
SELECT ethdata.grant_purpose('regress_sc_risk', 'regress_sc_both');
\echo == the remedy for grants to a role that is gone can be used by an administrator
SET ROLE regress_sc_admin;
SELECT ethdata.revoke_gone('regress_sc_gone');
SELECT ethdata.revoke_purpose('regress_sc_one', 'regress_sc_app');
RESET ROLE;
SELECT * FROM findings('_gone');
DELETE FROM ethdata.purpose_grant WHERE valid_until IS NOT NULL;

\echo == an owner who logs in; columns nobody spoke of; changes not recorded
CREATE ROLE regress_sc_owner LOGIN;
CREATE ROLE regress_sc_reader;
CREATE ROLE regress_sc_other LOGIN;
GRANT CREATE, USAGE ON SCHEMA regress_sc TO regress_sc_owner, regress_sc_other;
ALTER TABLE regress_sc.client OWNER TO regress_sc_owner;
GRANT SELECT ON regress_sc.client TO regress_sc_reader;
SELECT ethdata.define_subject_class('regress_sc.client');
SELECT * FROM findings('\.client');
SELECT ethdata.protect('regress_sc.client', subject => 'id', enforcement => 'observe');
SELECT ethdata.mask('regress_sc.client', 'eMail', masked_as => 'ethdata.mask_email(value)', reveal_for => '{regress_sc.mail}', category => 'contact');
SELECT * FROM findings('\.client');
SELECT ethdata.set_enforcement('regress_sc.client', 'enforce', reason => 'test');
SELECT ethdata.protect('regress_sc.client', subject => 'id', force => true);
SELECT ethdata.classify('regress_sc.client', c, 'not_personal') FROM unnest('{handynummer,dateOfBirth}'::name[]) c;
SELECT ethdata.audit_changes('regress_sc.client');
SELECT ethdata.define_subject_class('regress_sc.client', jurisdiction => 'ort');
SELECT object, risk FROM findings('regress_sc\.client');
\echo == suspended
SELECT ethdata.suspend('regress_sc.client', reason => 'INC-1', until => now() + interval '1 hour');
SELECT severity, object, regexp_replace(risk, 'until .*', 'until ..'), remedy FROM findings('regress_sc\.client');
SELECT ethdata.resume('regress_sc.client');
\echo == privileges: not narrowed, foreign keys, triggers
SET allow_system_table_mods = on;
UPDATE pg_class SET relacl = relacl || makeaclitem('regress_sc_other'::regrole, 'regress_sc_owner'::regrole, 'SELECT', false) WHERE oid = 'regress_sc.client'::regclass;
UPDATE pg_attribute SET attacl = ARRAY[makeaclitem('regress_sc_reader'::regrole, 'regress_sc_owner'::regrole, 'SELECT', false)] WHERE attrelid = 'regress_sc.client'::regclass AND attname = 'eMail';
RESET allow_system_table_mods;
SELECT * FROM findings('regress_sc\.client');
GRANT SELECT ON regress_sc.client TO regress_sc_other;
GRANT SELECT ON regress_sc.client TO regress_sc_reader;
SELECT * FROM findings('regress_sc\.client');
GRANT REFERENCES (id) ON regress_sc.client TO regress_sc_other, PUBLIC;
GRANT TRIGGER ON regress_sc.client TO regress_sc_other, PUBLIC;
SELECT * FROM findings('regress_sc\.client');
REVOKE REFERENCES (id) ON regress_sc.client FROM regress_sc_other;
REVOKE REFERENCES (id) ON regress_sc.client FROM PUBLIC;
REVOKE TRIGGER ON regress_sc.client FROM regress_sc_other;
REVOKE TRIGGER ON regress_sc.client FROM PUBLIC;
SELECT * FROM findings('regress_sc\.client');
\echo == constraints that tell which masked values exist: unique, also by an expression and by columns; exclusion; foreign keys both ways
CREATE TABLE regress_sc.place (name text PRIMARY KEY);
CREATE TABLE regress_sc.account (id int PRIMARY KEY, login text UNIQUE, nick text, place text REFERENCES regress_sc.place, open text UNIQUE,
  span int4range, kind int, EXCLUDE USING gist (span WITH &&), UNIQUE (kind) INCLUDE (nick));
CREATE UNIQUE INDEX account_lower ON regress_sc.account (lower(nick));
CREATE TABLE regress_sc.login_log (login text REFERENCES regress_sc.account (login), note text);
ALTER TABLE regress_sc.account OWNER TO regress_sc_owner;
SELECT ethdata.protect('regress_sc.account', subject => 'id', class => 'regress_sc.client', force => true);
SELECT ethdata.mask('regress_sc.account', c) FROM unnest('{login,nick,place,span}'::name[]) c;
SELECT ethdata.classify('regress_sc.account', c, 'not_personal') FROM unnest('{open,id,kind}'::name[]) c;
SELECT ethdata.audit_changes('regress_sc.account');
SELECT * FROM findings('regress_sc\.account');
GRANT INSERT (login, open), UPDATE (nick), DELETE ON regress_sc.account TO regress_sc_reader;
GRANT INSERT, UPDATE ON regress_sc.account TO PUBLIC;
GRANT UPDATE (open), UPDATE (kind) ON regress_sc.account TO regress_sc_app;
GRANT INSERT (login), SELECT ON regress_sc.login_log TO regress_sc_reader;
GRANT INSERT (note) ON regress_sc.login_log TO regress_sc_app;
GRANT DELETE, INSERT ON regress_sc.place TO regress_sc_other;
SELECT * FROM findings('regress_sc\.account');
REVOKE INSERT, UPDATE ON regress_sc.account FROM PUBLIC;
REVOKE INSERT, UPDATE ON regress_sc.account FROM regress_sc_reader;
REVOKE INSERT ON regress_sc.login_log FROM regress_sc_reader;
REVOKE DELETE ON regress_sc.place FROM regress_sc_other;
SELECT * FROM findings('regress_sc\.account');
DROP TABLE regress_sc.login_log, regress_sc.account, regress_sc.place;
\echo == foreign keys that move rows to another person: of a table that is not protected, and of one that is
CREATE TABLE regress_sc.outside (id bigint PRIMARY KEY, t text);
CREATE TABLE regress_sc.moved (id int, a bigint REFERENCES regress_sc.outside ON UPDATE CASCADE, b bigint REFERENCES regress_sc.client ON UPDATE CASCADE ON DELETE SET DEFAULT, item text,
  c bigint REFERENCES regress_sc.outside);
SELECT ethdata.protect('regress_sc.moved', subject => 'a', class => 'regress_sc.client');
SELECT ethdata.link_subject('regress_sc.moved', 'b', 'regress_sc.client');
SELECT ethdata.link_subject('regress_sc.moved', 'c', 'regress_sc.client');
SELECT ethdata.classify('regress_sc.moved', c, 'not_personal') FROM unnest('{id,a,b,c}'::name[]) c;
SELECT ethdata.audit_changes('regress_sc.moved');
GRANT UPDATE (id), DELETE ON regress_sc.outside TO regress_sc_other;
GRANT UPDATE, DELETE ON regress_sc.client TO regress_sc_reader;
SELECT * FROM findings('regress_sc\.moved');
SELECT ethdata.mask('regress_sc.moved', 'item');
SELECT * FROM findings('regress_sc\.moved');
REVOKE UPDATE, DELETE ON regress_sc.client FROM regress_sc_reader;
DROP TABLE regress_sc.moved, regress_sc.outside;
\echo == code: triggers, functions, views, copies
SET ROLE regress_sc_other;
CREATE FUNCTION regress_sc.watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
RESET ROLE;
CREATE TRIGGER watch BEFORE UPDATE ON regress_sc.client FOR EACH ROW EXECUTE FUNCTION regress_sc.watch();
CREATE FUNCTION regress_sc.all_mails() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT "eMail" FROM regress_sc.client';
CREATE VIEW regress_sc.view1 AS SELECT * FROM regress_sc.client;
CREATE VIEW regress_sc.view2 AS SELECT "eMail" FROM regress_sc.view1;
CREATE VIEW regress_sc.view3 WITH (security_invoker = true) AS SELECT "eMail" FROM regress_sc.view1;
GRANT SELECT ON regress_sc.view2, regress_sc.view3 TO PUBLIC;
CREATE FUNCTION regress_sc.writes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION regress_sc.invokes() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER writes INSTEAD OF INSERT OR UPDATE ON regress_sc.view1 FOR EACH ROW EXECUTE FUNCTION regress_sc.writes();
CREATE TRIGGER invokes INSTEAD OF UPDATE ON regress_sc.view2 FOR EACH ROW EXECUTE FUNCTION regress_sc.invokes();
CREATE TRIGGER inserts INSTEAD OF INSERT ON regress_sc.view2 FOR EACH ROW EXECUTE FUNCTION regress_sc.writes();
CREATE MATERIALIZED VIEW regress_sc.mat1 AS SELECT * FROM regress_sc.view1;
CREATE MATERIALIZED VIEW regress_sc.mat2 AS SELECT id FROM regress_sc.client;
GRANT SELECT ON regress_sc.mat1 TO regress_sc_other;
ALTER MATERIALIZED VIEW regress_sc.mat2 OWNER TO regress_sc_other;
CREATE TABLE regress_sc.client_old AS SELECT id, "eMail", ort FROM regress_sc.client;
SELECT * FROM findings('regress_sc\.');
DROP TABLE regress_sc.client_old;
DROP MATERIALIZED VIEW regress_sc.mat1, regress_sc.mat2;
DROP VIEW regress_sc.view3, regress_sc.view2, regress_sc.view1;
DROP FUNCTION regress_sc.all_mails(), regress_sc.writes(), regress_sc.invokes();
DROP TRIGGER watch ON regress_sc.client;
DROP FUNCTION regress_sc.watch();
\echo == publications
SET client_min_messages = error;
CREATE PUBLICATION regress_sc_all FOR ALL TABLES;
CREATE PUBLICATION regress_sc_one FOR TABLE regress_sc.client;
CREATE PUBLICATION regress_sc_columns FOR TABLE regress_sc.client (id, ort);
CREATE PUBLICATION regress_sc_schema FOR TABLES IN SCHEMA regress_sc;
SET client_min_messages = warning;
SELECT * FROM findings('regress_sc_(all|one|columns|schema)');
ALTER PUBLICATION regress_sc_one DROP TABLE regress_sc.client;
ALTER PUBLICATION regress_sc_schema DROP TABLES IN SCHEMA regress_sc;
SELECT * FROM findings('regress_sc_(one|columns|schema)');
DROP PUBLICATION regress_sc_all, regress_sc_one, regress_sc_columns, regress_sc_schema;
\echo == publications of a partitioned table, of its schema, of a part in another schema; a table that is not logged is sent to nobody
CREATE SCHEMA regress_sc2;
CREATE TABLE regress_sc2.over (id int, login text, at date) PARTITION BY RANGE (id);
CREATE TABLE regress_sc.under PARTITION OF regress_sc2.over FOR VALUES FROM (1) TO (9);
CREATE UNLOGGED TABLE regress_sc.unlogged (id int, login text);
SELECT ethdata.protect(t, subject => 'id', class => 'regress_sc.client'), ethdata.mask(t, 'login') FROM unnest('{regress_sc2.over,regress_sc.unlogged}'::regclass[]) t;
SET client_min_messages = error;
CREATE PUBLICATION regress_sc_over FOR TABLE regress_sc2.over, regress_sc.client (id);
CREATE PUBLICATION regress_sc_under FOR TABLE regress_sc.under;
CREATE PUBLICATION regress_sc_columns FOR TABLE regress_sc2.over (at, id) WITH (publish_via_partition_root);
CREATE PUBLICATION regress_sc_schema FOR TABLES IN SCHEMA regress_sc2;
CREATE PUBLICATION regress_sc_both FOR TABLE regress_sc.client, regress_sc.under, TABLES IN SCHEMA regress_sc2;
CREATE PUBLICATION regress_sc_all FOR ALL TABLES;
SET client_min_messages = warning;
SELECT * FROM findings('regress_sc_(over|under|columns|schema|both|all)') WHERE risk !~ 'of ethdata';
DROP PUBLICATION regress_sc_all, regress_sc_both, regress_sc_over, regress_sc_under, regress_sc_columns, regress_sc_schema;
DROP TABLE regress_sc2.over, regress_sc.unlogged;
DROP SCHEMA regress_sc2;
\echo == audit: triggers disabled, missing
CREATE TABLE regress_sc.visit (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE regress_sc.visit1 PARTITION OF regress_sc.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE regress_sc.visit2 PARTITION OF regress_sc.visit FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SELECT ethdata.audit_changes('regress_sc.visit');
SELECT * FROM findings('regress_sc\.visit');
ALTER TABLE regress_sc.client DISABLE TRIGGER ethdata_audit;
ALTER TABLE regress_sc.visit1 ENABLE REPLICA TRIGGER ethdata_audit_truncate;
DROP TRIGGER ethdata_audit_truncate ON regress_sc.visit2;
SELECT * FROM findings('regress_sc\.');
SELECT ethdata.audit_changes('regress_sc.visit', 'none'), ethdata.audit_changes('regress_sc.visit');
SELECT * FROM findings('regress_sc\.visit');
DROP TABLE regress_sc.visit;
ALTER TABLE regress_sc.client ENABLE ALWAYS TRIGGER ethdata_audit;
\echo == rules: special categories, unknown purposes, an unsafe mask, a partition of another owner, a class that is none
CREATE TABLE regress_sc.visit (id bigint, at date, diagnosis text, note text, doctor text) PARTITION BY RANGE (at);
CREATE TABLE regress_sc.visit1 PARTITION OF regress_sc.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION regress_sc.short(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT left($1, 1)';
SELECT ethdata.protect('regress_sc.visit', subject => 'id', class => 'regress_sc.client', rows => true);
SELECT ethdata.mask('regress_sc.visit', 'diagnosis', category => 'health', reveal_for => '{regress_sc.mail}');
SELECT ethdata.mask('regress_sc.visit', 'note', masked_as => 'regress_sc.short(value)');
ALTER FUNCTION regress_sc.short(text) OWNER TO regress_sc_other;
ALTER TABLE regress_sc.visit1 OWNER TO regress_sc_other;
SELECT ethdata.drop_subject_class('regress_sc.client');
SELECT * FROM findings('regress_sc\.visit');
\echo == a rule that is none
SET allow_system_table_mods = on;
UPDATE pg_policy SET polqual = NULL WHERE polrelid = 'regress_sc.visit'::regclass AND polname = 'ethdata 1';
RESET allow_system_table_mods;
\c -
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SET client_min_messages = warning;
SELECT * FROM findings('regress_sc\.visit');
DROP TABLE regress_sc.visit CASCADE;
DROP FUNCTION regress_sc.short(text);
\echo == classes: columns and tables that are gone
SELECT ethdata.define_subject_class('regress_sc.client', jurisdiction => 'ort');
CREATE TABLE regress_sc.staff (id int PRIMARY KEY, country text);
SELECT ethdata.define_subject_class('regress_sc.staff', code => 'regress_sc_staff', kind => 'employee', jurisdiction => 'country');
SELECT ethdata.classify('regress_sc.client', 'ort', 'location');
ALTER TABLE regress_sc.client DROP COLUMN ort;
SELECT * FROM findings('regress_sc.(client|staff)');
\echo == policies by hand
CREATE TABLE regress_sc.byhand (id bigint, note text);
ALTER TABLE regress_sc.byhand OWNER TO regress_sc_owner;
CREATE POLICY p ON regress_sc.byhand USING (ethdata.permitted(id));
CREATE ROLE regress_sc_bypass LOGIN BYPASSRLS;
SELECT * FROM findings('byhand|bypass');
ALTER TABLE regress_sc.byhand ENABLE ROW LEVEL SECURITY;
SELECT * FROM findings('byhand');
ALTER TABLE regress_sc.byhand FORCE ROW LEVEL SECURITY;
SELECT * FROM findings('byhand');
DROP ROLE regress_sc_bypass;
\echo == tables of ethdata itself
GRANT INSERT, SELECT ON ethdata.purpose_grant TO regress_sc_other;
GRANT CREATE ON SCHEMA ethdata TO regress_sc_other;
ALTER TABLE ethdata.consent_event DISABLE TRIGGER append_only;
SELECT * FROM findings('^ethdata\.?[a-z_]*$') WHERE risk !~ 'sealed' AND object !~ 'key_file';
ALTER TABLE ethdata.consent_event ENABLE ALWAYS TRIGGER append_only;
REVOKE INSERT, SELECT ON ethdata.purpose_grant FROM regress_sc_other;
REVOKE CREATE ON SCHEMA ethdata FROM regress_sc_other;
SELECT * FROM findings('^ethdata\.?[a-z_]*$') WHERE risk !~ 'sealed' AND object !~ 'key_file';
\echo == settings
SET log_statement = 'mod';
SET log_parameter_max_length_on_error = 64;
SET synchronous_commit = off;
SELECT * FROM findings('^(log_statement|log_parameter|synchronous)');
RESET log_statement;
RESET log_parameter_max_length_on_error;
RESET synchronous_commit;

\echo == settings that are kept for roles and databases
CREATE FUNCTION public.kept() RETURNS TABLE (severity text, object text, risk text, remedy text) LANGUAGE sql AS
  $$ SELECT f.severity, f.object, replace(f.risk, quote_ident(current_database()), '(db)'), replace(f.remedy, quote_ident(current_database()), '(db)')
     FROM findings('^(log_|debug_|auto_explain|pgaudit|track)') f WHERE f.risk ~ 'is kept' $$;
SELECT * FROM kept();
ALTER ROLE regress_sc_app SET log_statement = 'ALL';
ALTER ROLE regress_sc_app SET log_min_duration_statement = '2s';
ALTER ROLE regress_sc_app SET log_parameter_max_length_on_error = '1kB';
ALTER ROLE regress_sc_app SET log_transaction_sample_rate = 0.5;
ALTER ROLE regress_sc_app SET debug_print_plan = true;
ALTER ROLE regress_sc_app SET log_min_error_statement = 'Notice';
ALTER ROLE regress_sc_app SET "pgaudit.log" = 'read, write';
ALTER ROLE regress_sc_both SET log_statement = 'ddl';
ALTER ROLE regress_sc_both SET log_min_duration_statement = -1;
ALTER ROLE regress_sc_both SET log_parameter_max_length = 0;
ALTER ROLE regress_sc_both SET log_parameter_max_length_on_error = '0B';
ALTER ROLE regress_sc_both SET log_transaction_sample_rate = 0.0;
ALTER ROLE regress_sc_both SET log_min_error_statement = 'fatal';
ALTER ROLE regress_sc_both SET debug_print_parse = 'no';
ALTER ROLE regress_sc_both SET "pgaudit.log" = 'ddl, role';
ALTER ROLE regress_sc_reader SET log_statement = 'all';
SELECT format('ALTER DATABASE %I SET log_min_duration_sample = 0', current_database()) \gexec
SELECT format('ALTER ROLE regress_sc_other IN DATABASE %I SET log_parameter_max_length = -1', current_database()) \gexec
ALTER ROLE regress_sc_other IN DATABASE template1 SET log_statement = 'all';
SELECT * FROM kept();
ALTER ROLE regress_sc_app RESET ALL;
SELECT format('ALTER DATABASE %I RESET log_min_duration_sample', current_database()) \gexec
SELECT format('ALTER ROLE regress_sc_other IN DATABASE %I RESET log_parameter_max_length', current_database()) \gexec
SELECT * FROM kept();
DROP FUNCTION public.kept;
SET log_min_error_statement = 'warning';
SET log_transaction_sample_rate = 1;
SET pgaudit.log = 'role, Write';
SELECT * FROM findings('^(log_min_error|log_transaction|pgaudit)');
SET pgaudit.log = 'ddl';
SELECT * FROM findings('^pgaudit');
RESET log_min_error_statement;
RESET log_transaction_sample_rate;
RESET pgaudit.log;
\echo == functions that read and write files
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text), lo_import(text), lo_export(oid, text) TO regress_sc_app;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC;
CREATE FUNCTION public.lo_import(text, text) RETURNS oid LANGUAGE sql AS 'SELECT 1::oid';
SELECT * FROM findings('^(pg_read|lo_|public.lo_|pg_catalog)');
REVOKE EXECUTE ON FUNCTION pg_read_binary_file(text), lo_import(text), lo_export(oid, text) FROM regress_sc_app;
REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM PUBLIC;
DROP FUNCTION public.lo_import(text, text);
SELECT * FROM findings('^(pg_read|lo_)');
\echo == nodes of Citus: its extension and tables as if they were there
BEGIN;
SET LOCAL allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
  SELECT 99999, 'citus', extowner, extnamespace, false, '0' FROM pg_extension WHERE extname = 'plpgsql';
SELECT * FROM findings('^citus$');
CREATE TABLE pg_catalog.pg_dist_node (nodeid int, groupid int, nodename text, nodeport int);
CREATE TABLE pg_catalog.pg_dist_local_group (groupid int);
INSERT INTO pg_dist_local_group VALUES (0);
INSERT INTO pg_dist_node VALUES (1, 0, 'coordinator', 5432);
SELECT * FROM findings('^citus$');
INSERT INTO pg_dist_node VALUES (2, 1, 'worker-1', 5432), (3, 2, 'worker-2', 5433);
SELECT * FROM findings('^citus$');
ROLLBACK;
DROP TABLE regress_sc.staff, regress_sc.byhand, regress_sc.client;
DROP EXTENSION ethdata;
DROP SCHEMA regress_sc CASCADE;
DROP FUNCTION public.findings;
DROP ROLE regress_sc_nobody, regress_sc_admin, regress_sc_auditor, regress_sc_officer, regress_sc_app, regress_sc_group, regress_sc_both,
  regress_sc_owner, regress_sc_reader, regress_sc_other;
