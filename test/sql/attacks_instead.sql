-- INSTEAD OF triggers get the rows of a view as the writer reads them: masked.  What
-- they write back to the table is judged by on_write, with the rights of whom they run
-- as.  One that runs as an exempt owner is not asked, and would store the mask:
-- self_check() names it, and the second one below shows what it must look like.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_ai_owner;
CREATE ROLE regress_ai_eve;
CREATE ROLE regress_ai_force;
CREATE SCHEMA ai AUTHORIZATION regress_ai_owner;
GRANT USAGE ON SCHEMA ai TO PUBLIC;
GRANT CREATE ON SCHEMA ai TO regress_ai_force;
SET ROLE regress_ai_owner;
CREATE TABLE ai.c (id bigint PRIMARY KEY, email text, phone text, n int);
INSERT INTO ai.c SELECT g, 'raw' || g || '@example.com', '+49 170 ' || g, g FROM generate_series(1, 4) g;
CREATE VIEW ai.by_writer AS SELECT * FROM ai.c;
CREATE VIEW ai.by_owner AS SELECT * FROM ai.c;
CREATE VIEW ai.careful AS SELECT * FROM ai.c;
CREATE FUNCTION ai.write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING '% of % as %', OLD, NEW, current_user;
  UPDATE ai.c SET email = NEW.email, n = NEW.n WHERE id = OLD.id;
  RETURN NEW;
END $$;
CREATE FUNCTION ai.write_as_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE WARNING '% of % as %', OLD, NEW, current_user;
  UPDATE ai.c SET email = NEW.email, n = NEW.n WHERE id = OLD.id;
  RETURN NEW;
END $$;
CREATE FUNCTION ai.write_what_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE ai.c SET email = CASE WHEN NEW.email IS DISTINCT FROM OLD.email THEN NEW.email ELSE c.email END, n = NEW.n WHERE id = OLD.id;
  RETURN NEW;
END $$;
CREATE TRIGGER write INSTEAD OF UPDATE ON ai.by_writer FOR EACH ROW EXECUTE FUNCTION ai.write();
CREATE TRIGGER write INSTEAD OF UPDATE ON ai.by_owner FOR EACH ROW EXECUTE FUNCTION ai.write_as_owner();
CREATE TRIGGER write INSTEAD OF UPDATE ON ai.careful FOR EACH ROW EXECUTE FUNCTION ai.write_what_changed();
GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ai TO regress_ai_eve;
RESET ROLE;
SELECT ethdata.define_subject_class('ai.c');
SELECT ethdata.define_purpose('mk', basis => 'consent'), ethdata.grant_purpose('mk', 'regress_ai_eve', as_default => true);
SELECT ethdata.protect('ai.c', subject => 'id');
SELECT ethdata.mask('ai.c', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{mk}'), ethdata.mask('ai.c', 'phone');
SELECT ethdata.give_consent('1', 'mk') > 0 AS given;
\pset format unaligned

SET ROLE regress_ai_eve;
-- the writer is asked: what he sees he writes, what he does not see stays
UPDATE ai.by_writer SET n = 10 WHERE id = 1 RETURNING *;
UPDATE ai.by_writer SET n = 10 WHERE id = 2;
UPDATE ai.by_writer SET email = 'mine@example.com' WHERE id = 2;
UPDATE ai.by_writer SET n = 10 WHERE email LIKE 'raw2%';
RESET ROLE;
SELECT ethdata.mask('ai.c', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{mk}', on_write => 'keep_if_mask');
SET ROLE regress_ai_eve;
UPDATE ai.by_writer SET n = 11 WHERE id = 2 RETURNING *;
UPDATE ai.by_writer SET email = 'mine@example.com' WHERE id = 2;
-- a trigger that assigns what changed keeps the cell, whoever it runs as
UPDATE ai.careful SET n = 12 WHERE id = 3 RETURNING *;
RESET ROLE;
SELECT id, email, n FROM ai.c ORDER BY id;
-- this is the residual: it runs as the owner, who is exempt, and the mask is stored
SELECT severity, object, risk, remedy FROM ethdata.self_check() WHERE risk LIKE '%INSTEAD OF%' ORDER BY 2;
SET ROLE regress_ai_eve;
UPDATE ai.by_owner SET n = 13 WHERE id = 4 RETURNING *;
RESET ROLE;
SELECT id, email, n FROM ai.c WHERE id = 4;
-- with force the owner is asked, too
UPDATE ai.c SET email = 'raw4@example.com' WHERE id = 4;
SELECT ethdata.protect('ai.c', subject => 'id', force => true);
SELECT count(*) FROM ethdata.self_check() WHERE risk LIKE '%INSTEAD OF%';
SET ROLE regress_ai_eve;
UPDATE ai.by_owner SET n = 14 WHERE id = 4;
RESET ROLE;
SELECT id, email, n FROM ai.c WHERE id = 4;
\pset format aligned
SELECT ethdata.unprotect('ai.c');
DROP SCHEMA ai CASCADE;
DROP EXTENSION ethdata;
DROP ROLE regress_ai_owner, regress_ai_eve, regress_ai_force;
