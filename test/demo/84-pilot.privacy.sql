\echo -- .. and this is what it would not have got: one line a role, purpose and column (NULL: whole rows).
SELECT * FROM ethdata.observed('crm.profile');
SELECT ethdata.set_enforcement('crm.profile', 'enforce', reason => 'CHG-118');

\echo -- An emergency: values again for a time, at once and in every session; it ends by itself.
SELECT ethdata.suspend('crm.customer', reason => 'INC-7', until => now() + interval '1 hour');
