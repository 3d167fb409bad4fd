\echo -- Finance has a default purpose (billing, which rests on the contract): nothing to change there.
SELECT c.id, c.name, c.email, c.phone, c.birth_date, o.id AS order_id, o.amount, o.currency
  FROM crm.customer c JOIN crm.orders o ON o.customer_id = c.id
 WHERE c.id BETWEEN 42 AND 45 ORDER BY o.id LIMIT 5;
