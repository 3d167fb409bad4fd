\echo -- Every decision can be explained, for any role and purpose.
SELECT * FROM ethdata.explain_access('crm.customer', '42', as_role => 'campaigns', purpose => 'marketing.email');
SELECT * FROM ethdata.explain_access('crm.customer', '42', as_role => 'finance');

\echo -- The events stay: consent is what they add up to.
SELECT subject, purpose, action, status, notice, source FROM ethdata.consent_event ORDER BY id;
