\echo -- The officer sees whose data it was, and the values.
SELECT kind, effective_role, purpose, subjects, old_values->>'name' AS old_name, new_values->>'name' AS new_name
  FROM ethdata.audit_event WHERE kind = 'update';
