\echo -- The application runs as before ..
SELECT segment, count(*) FROM crm.profile GROUP BY 1 ORDER BY 1;
