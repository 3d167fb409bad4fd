\echo -- Whose data it is.
SELECT ethdata.define_subject_class('crm.customer', kind => 'customer', birth_date => 'birth_date',
         jurisdiction => 'country', contact_points => '{email,phone}');

\echo -- What it is used for: a dotted code is a child of its prefix.
SELECT ethdata.define_purpose('billing',         basis => 'contract');
SELECT ethdata.define_purpose('marketing',       basis => 'consent', direct_marketing => true);
SELECT ethdata.define_purpose('marketing.email', basis => 'consent', channel => 'email', consent_lifetime => '2 years');

\echo -- Who may use it, who may collect the answer: never the same role.
SELECT ethdata.grant_purpose('marketing.email', 'campaigns');
SELECT ethdata.grant_purpose('billing', 'finance', as_default => true);
SELECT ethdata.grant_collection('marketing.email', 'webshop');
SELECT ethdata.grant_collection('marketing',       'webshop');

\echo -- Which tables, and whose row a row is; the class of orders and profile is found through the foreign key.
SELECT ethdata.protect('crm.customer', subject => 'id');
SELECT ethdata.protect('crm.orders',   subject => 'customer_id');
SELECT ethdata.protect('crm.profile',  subject => 'customer_id', rows => true);

\echo -- Which cells are personal, and what stands in their place.
SELECT ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)',
         reveal_for => '{marketing.email,billing}', category => 'contact');
SELECT ethdata.mask('crm.customer', 'phone', reveal_for => '{billing}');
SELECT ethdata.mask('crm.customer', 'birth_date', masked_as => 'ethdata.mask_date(value, ''year'')', reveal_for => '{}', category => 'identity');

\echo -- Every change of a customer's row is recorded.
SELECT ethdata.audit_changes('crm.customer');

\echo -- The same call again changes nothing, locks nothing and returns false.
SELECT ethdata.mask('crm.customer', 'phone', reveal_for => '{billing}');

\echo -- The text that persons will be asked to agree to: a published version never changes.
SELECT ethdata.publish_notice('privacy-2026-03', purposes => '{marketing.email}',
         body => 'We mail you our offers at most twice a month. You can stop this at any time.', language => 'en');
