-- Blind indexes: what mask(.., lookup => true) looks values up by.

CREATE TYPE ethdata.blind_code;
CREATE FUNCTION ethdata._blind_code_in(pg_catalog.cstring) RETURNS ethdata.blind_code
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__blind_code_in';
COMMENT ON FUNCTION ethdata._blind_code_in(pg_catalog.cstring) IS
  'Input of type ethdata.blind_code: there is none. Errors: 0A000, always.';
CREATE FUNCTION ethdata._blind_code_out(ethdata.blind_code) RETURNS pg_catalog.cstring
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__blind_code_out';
COMMENT ON FUNCTION ethdata._blind_code_out(ethdata.blind_code) IS
  'Output of type ethdata.blind_code: "(blind)", whatever the code. Raises nothing.';
CREATE TYPE ethdata.blind_code (
  INPUT = ethdata._blind_code_in, OUTPUT = ethdata._blind_code_out,
  INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE ethdata.blind_code IS
  'Code of a value in a blind index: 8 bytes of a keyed hash, which no function prints. It has no order and no default operator class.';

CREATE FUNCTION ethdata.blind(value pg_catalog.anyelement) RETURNS ethdata.blind_code
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'ethdata_blind';
COMMENT ON FUNCTION ethdata.blind(pg_catalog.anyelement) IS
  'Code of a value, for blind indexes: CREATE INDEX ON table USING hash (ethdata.blind(column) ethdata.blind_ops), which mask(.., lookup => true) makes where it is not there. Keyed with the current master key; without one, with a public key. NULL for NULL and for types without a hash function; raises nothing.';
CREATE FUNCTION ethdata._blind_probes(pg_catalog.internal, pg_catalog.anyelement) RETURNS ethdata.blind_code[]
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'ethdata__blind_probes';
COMMENT ON FUNCTION ethdata._blind_probes(pg_catalog.internal, pg_catalog.anyelement) IS
  'The codes under which a value may stand in a blind index: under each master key of the source, and without one. Arguments: none that SQL can supply; the value. Put into queries by ethdata, which no SQL can call. NULL for NULL. Errors: F0000 no key.';
CREATE FUNCTION ethdata._blind_probes_any(pg_catalog.internal, pg_catalog.anyarray) RETURNS ethdata.blind_code[]
  LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'ethdata__blind_probes_any';
COMMENT ON FUNCTION ethdata._blind_probes_any(pg_catalog.internal, pg_catalog.anyarray) IS
  'The codes under which any of some values may stand in a blind index. Arguments: none that SQL can supply; the values. Put into queries by ethdata, which no SQL can call. NULL for NULL. Errors: F0000 no key.';

CREATE FUNCTION ethdata._blind_code_eq(ethdata.blind_code, ethdata.blind_code) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__blind_code_eq';
COMMENT ON FUNCTION ethdata._blind_code_eq(ethdata.blind_code, ethdata.blind_code) IS 'Implementation of = for ethdata.blind_code.';
CREATE FUNCTION ethdata._blind_code_hash(ethdata.blind_code) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__blind_code_hash';
REVOKE ALL ON FUNCTION ethdata._blind_code_hash(ethdata.blind_code) FROM PUBLIC;
COMMENT ON FUNCTION ethdata._blind_code_hash(ethdata.blind_code) IS
  'Support function of ethdata.blind_ops; for indexes alone, since it tells half of the code.';
CREATE FUNCTION ethdata._blind_sel(pg_catalog.internal, pg_catalog.oid, pg_catalog.internal, pg_catalog.int4) RETURNS pg_catalog.float8
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__blind_sel';
REVOKE ALL ON FUNCTION ethdata._blind_sel(pg_catalog.internal, pg_catalog.oid, pg_catalog.internal, pg_catalog.int4) FROM PUBLIC;
COMMENT ON FUNCTION ethdata._blind_sel(pg_catalog.internal, pg_catalog.oid, pg_catalog.internal, pg_catalog.int4) IS
  'Selectivity of = for ethdata.blind_code: one row of the table for about ten codes, without asking statistics.';
CREATE OPERATOR ethdata.= (LEFTARG = ethdata.blind_code, RIGHTARG = ethdata.blind_code, FUNCTION = ethdata._blind_code_eq,
  COMMUTATOR = OPERATOR(ethdata.=), RESTRICT = ethdata._blind_sel);
COMMENT ON OPERATOR ethdata.= (ethdata.blind_code, ethdata.blind_code) IS 'The same code.';
CREATE OPERATOR CLASS ethdata.blind_ops FOR TYPE ethdata.blind_code USING hash AS
  OPERATOR 1 ethdata.=,
  FUNCTION 1 ethdata._blind_code_hash(ethdata.blind_code);
COMMENT ON OPERATOR CLASS ethdata.blind_ops USING hash IS 'Blind indexes; not the default, so that codes are neither grouped nor counted.';
COMMENT ON OPERATOR FAMILY ethdata.blind_ops USING hash IS 'Blind indexes.';
