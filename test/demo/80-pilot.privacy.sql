\echo -- Pilot: the table as it was, and what protection would change is counted.
SELECT ethdata.set_enforcement('crm.profile', 'observe', reason => 'pilot');
