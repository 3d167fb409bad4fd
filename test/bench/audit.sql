-- Tables of the audit benchmarks, 100 000 rows each: one for each way to record changes.

CREATE SCHEMA au;
CREATE TABLE au.plain (id bigint PRIMARY KEY, name text, email text, city text, spend numeric(9,2), at timestamptz DEFAULT now());
INSERT INTO au.plain SELECT i, 'name ' || i, 'mail' || i || '@example.net', 'city ' || i % 97, i % 1000 FROM generate_series(1, 100000) i;

-- written a second time by hand
CREATE TABLE au.hand (LIKE au.plain INCLUDING ALL);
CREATE TABLE au.copy (LIKE au.plain);

-- ethdata: rows about no person, and the rows of a class, each sealed under its person's key
CREATE TABLE au.ethdata (LIKE au.plain INCLUDING ALL);
CREATE TABLE au.person (LIKE au.plain INCLUDING ALL);

-- a statement trigger in plpgsql that stores rows as they are, column by column: faster than as composite values
CREATE TABLE au.records (LIKE au.plain INCLUDING ALL);
CREATE TABLE au.record_log (tab text, op text, who name, changed_at timestamptz,
  old_id bigint, old_name text, old_email text, old_city text, old_spend numeric(9,2), old_at timestamptz,
  new_id bigint, new_name text, new_email text, new_city text, new_spend numeric(9,2), new_at timestamptz);
CREATE FUNCTION au.record_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO au.record_log SELECT TG_TABLE_NAME, TG_OP, session_user, now(), NULL, NULL, NULL, NULL, NULL, NULL, n.* FROM new_rows n;
  RETURN NULL;
END $$;
CREATE FUNCTION au.record_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO au.record_log SELECT TG_TABLE_NAME, TG_OP, session_user, now(), o.*, n.* FROM old_rows o JOIN new_rows n USING (id);
  RETURN NULL;
END $$;
CREATE FUNCTION au.record_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO au.record_log SELECT TG_TABLE_NAME, TG_OP, session_user, now(), o.* FROM old_rows o;
  RETURN NULL;
END $$;
CREATE TRIGGER record_insert AFTER INSERT ON au.records REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION au.record_insert();
CREATE TRIGGER record_update AFTER UPDATE ON au.records REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION au.record_update();
CREATE TRIGGER record_delete AFTER DELETE ON au.records REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION au.record_delete();

-- a row trigger in plpgsql that stores jsonb
CREATE TABLE au.jsonb (LIKE au.plain INCLUDING ALL);
CREATE TABLE au.jsonb_log (tab text, op text, who name, at timestamptz, old jsonb, new jsonb);
CREATE FUNCTION au.jsonb() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO au.jsonb_log VALUES (TG_TABLE_NAME, TG_OP, session_user, now(),
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END $$;
CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON au.jsonb FOR EACH ROW EXECUTE FUNCTION au.jsonb();

SELECT ethdata.define_subject_class('au.person');
SELECT ethdata.audit_changes('au.ethdata');
SELECT ethdata.audit_changes('au.person');

-- by now each person has a key
INSERT INTO au.hand SELECT * FROM au.plain;
INSERT INTO au.ethdata SELECT * FROM au.plain;
INSERT INTO au.person SELECT * FROM au.plain;
ALTER TABLE au.records DISABLE TRIGGER USER;
INSERT INTO au.records SELECT * FROM au.plain;
ALTER TABLE au.records ENABLE TRIGGER USER;
ALTER TABLE au.jsonb DISABLE TRIGGER USER;
INSERT INTO au.jsonb SELECT * FROM au.plain;
ALTER TABLE au.jsonb ENABLE TRIGGER USER;
VACUUM ANALYZE;
