\echo -- What holds now, and what held last winter.
SELECT id, ethdata.has_consent(id, 'marketing.email') FROM pg_catalog.generate_series(42::bigint, 45) AS s(id);
SELECT ethdata.has_consent('42', 'marketing.email', valid_at => '2026-01-01 00:00+00', known_at => '2026-01-02 00:00+00');
