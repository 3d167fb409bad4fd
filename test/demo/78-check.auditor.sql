\echo -- What the protection does not cover, or not yet: the first lines of it.
SELECT severity, object, risk, remedy FROM ethdata.self_check() LIMIT 12;
