SELECT id, email, phone FROM crm.customer ORDER BY id LIMIT 2;
SELECT column_name, seen_as FROM ethdata.describe('crm.customer');
