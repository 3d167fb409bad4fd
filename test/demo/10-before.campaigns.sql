\echo -- Before ethdata: who may read the table reads everything.
SELECT id, name, email, phone, birth_date, country FROM crm.customer WHERE id BETWEEN 42 AND 45 ORDER BY id;
SELECT count(*) AS profiles FROM crm.profile;
