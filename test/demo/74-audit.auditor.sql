\echo -- The auditor reads what happened, by whom and for what purpose; persons are references, values stay sealed.
SELECT kind, effective_role, purpose, relation, subjects, old_values, details->>'action' AS action
  FROM ethdata.audit_event ORDER BY id DESC LIMIT 20;

\echo -- He seals the history: a Merkle tree, and a signed checkpoint to keep elsewhere.
SELECT ethdata.seal_audit() > 0 AS sealed;
SELECT note FROM ethdata.audit_checkpoint ORDER BY size DESC LIMIT 1;
SELECT ok, finding FROM ethdata.verify_audit();
