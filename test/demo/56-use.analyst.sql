\echo -- The analyst has no purpose; what is not personal works as before.
SELECT country, count(*) AS customers, round(avg(extract(year FROM birth_date))) AS born_about, min(email) AS an_email
  FROM crm.customer GROUP BY country ORDER BY customers DESC LIMIT 4;
