\echo -- The shop asks. Customer 42 agrees, 43 refuses, 44 objects to all marketing, 45 was never asked.
SELECT ethdata.give_consent('42', 'marketing.email', notice => 'privacy-2026-03', source => 'signup form') > 0 AS recorded;
SELECT ethdata.refuse_consent('43', 'marketing.email') > 0 AS recorded;
SELECT ethdata.object_to('44', 'marketing') > 0 AS recorded;
