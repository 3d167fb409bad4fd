-- The crypto room: keys.  Keys themselves never pass through SQL.

CREATE FUNCTION ethdata.key_ids() RETURNS pg_catalog.text[]
	LANGUAGE C STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ethdata_key_ids';
COMMENT ON FUNCTION ethdata.key_ids() IS
'Ids (8 characters) of the master keys that the server reads, the current one first; a way to see that ethdata.key_file works. Only superusers, policy administrators and auditors (else 42501). No usable key: F0000 with the reason.';
