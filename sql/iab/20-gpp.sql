-- GPP strings: the type, its sections and fields, what is odd.

---------------------------------------------------------------- the type

CREATE TYPE ethdata.gppstring;
CREATE FUNCTION ethdata.gppstring_in(pg_catalog.cstring) RETURNS ethdata.gppstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_in';
COMMENT ON FUNCTION ethdata.gppstring_in(pg_catalog.cstring) IS
  'Input of type ethdata.gppstring: a GPP string of version 1, as IAB Tech Lab specifies it. Errors: 22P02; 54000 longer than 65535 characters.';
CREATE FUNCTION ethdata.gppstring_out(ethdata.gppstring) RETURNS pg_catalog.cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_out';
COMMENT ON FUNCTION ethdata.gppstring_out(ethdata.gppstring) IS
  'Output of type ethdata.gppstring: the text it was made of, to the letter.';
CREATE FUNCTION ethdata.gppstring_recv(pg_catalog.internal) RETURNS ethdata.gppstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_recv';
COMMENT ON FUNCTION ethdata.gppstring_recv(pg_catalog.internal) IS
  'Binary input of type ethdata.gppstring: a byte 1 and the text, checked like text. Errors: 22P03; 54000.';
CREATE FUNCTION ethdata.gppstring_send(ethdata.gppstring) RETURNS pg_catalog.bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_send';
COMMENT ON FUNCTION ethdata.gppstring_send(ethdata.gppstring) IS
  'Binary output of type ethdata.gppstring: a byte 1 and the text.';
CREATE TYPE ethdata.gppstring (
  INPUT = ethdata.gppstring_in, OUTPUT = ethdata.gppstring_out,
  RECEIVE = ethdata.gppstring_recv, SEND = ethdata.gppstring_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE ethdata.gppstring IS
  'A consent string of the Global Privacy Platform: a header and sections. Kept as text, checked whole; sections of unknown id are kept and mean nothing. Two are equal when they mean the same, however they were encoded.';

CREATE FUNCTION ethdata.gppstring_eq(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_eq';
COMMENT ON FUNCTION ethdata.gppstring_eq(ethdata.gppstring, ethdata.gppstring) IS
  'Implementation of operator =.';
CREATE FUNCTION ethdata.gppstring_ne(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_ne';
COMMENT ON FUNCTION ethdata.gppstring_ne(ethdata.gppstring, ethdata.gppstring) IS
  'Implementation of operator <>.';
CREATE FUNCTION ethdata.gppstring_lt(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_lt';
COMMENT ON FUNCTION ethdata.gppstring_lt(ethdata.gppstring, ethdata.gppstring) IS
  'Implementation of operator <.';
CREATE FUNCTION ethdata.gppstring_le(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_le';
COMMENT ON FUNCTION ethdata.gppstring_le(ethdata.gppstring, ethdata.gppstring) IS
  'Implementation of operator <=.';
CREATE FUNCTION ethdata.gppstring_gt(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_gt';
COMMENT ON FUNCTION ethdata.gppstring_gt(ethdata.gppstring, ethdata.gppstring) IS
  'Implementation of operator >.';
CREATE FUNCTION ethdata.gppstring_ge(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_ge';
COMMENT ON FUNCTION ethdata.gppstring_ge(ethdata.gppstring, ethdata.gppstring) IS
  'Implementation of operator >=.';
CREATE FUNCTION ethdata.gppstring_cmp(ethdata.gppstring, ethdata.gppstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_cmp';
COMMENT ON FUNCTION ethdata.gppstring_cmp(ethdata.gppstring, ethdata.gppstring) IS
  'B-tree comparison of ethdata.gppstring by what the strings mean: -1, 0 or 1.';
CREATE FUNCTION ethdata.gppstring_hash(ethdata.gppstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_hash';
COMMENT ON FUNCTION ethdata.gppstring_hash(ethdata.gppstring) IS
  'Hash of what an ethdata.gppstring means.';
CREATE FUNCTION ethdata.gppstring_hash_extended(ethdata.gppstring, pg_catalog.int8) RETURNS pg_catalog.int8
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_hash_extended';
COMMENT ON FUNCTION ethdata.gppstring_hash_extended(ethdata.gppstring, pg_catalog.int8) IS
  'Hash of what an ethdata.gppstring means, with a seed.';

CREATE OPERATOR ethdata.= (LEFTARG = ethdata.gppstring, RIGHTARG = ethdata.gppstring, FUNCTION = ethdata.gppstring_eq,
  COMMUTATOR = OPERATOR(ethdata.=), NEGATOR = OPERATOR(ethdata.<>), RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR ethdata.= (ethdata.gppstring, ethdata.gppstring) IS 'They mean the same.';
CREATE OPERATOR ethdata.<> (LEFTARG = ethdata.gppstring, RIGHTARG = ethdata.gppstring, FUNCTION = ethdata.gppstring_ne,
  COMMUTATOR = OPERATOR(ethdata.<>), NEGATOR = OPERATOR(ethdata.=), RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
COMMENT ON OPERATOR ethdata.<> (ethdata.gppstring, ethdata.gppstring) IS 'They mean something else.';
CREATE OPERATOR ethdata.< (LEFTARG = ethdata.gppstring, RIGHTARG = ethdata.gppstring, FUNCTION = ethdata.gppstring_lt,
  COMMUTATOR = OPERATOR(ethdata.>), NEGATOR = OPERATOR(ethdata.>=), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
COMMENT ON OPERATOR ethdata.< (ethdata.gppstring, ethdata.gppstring) IS 'Before in an order that is for sorting only.';
CREATE OPERATOR ethdata.<= (LEFTARG = ethdata.gppstring, RIGHTARG = ethdata.gppstring, FUNCTION = ethdata.gppstring_le,
  COMMUTATOR = OPERATOR(ethdata.>=), NEGATOR = OPERATOR(ethdata.>), RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
COMMENT ON OPERATOR ethdata.<= (ethdata.gppstring, ethdata.gppstring) IS 'Before or the same in an order that is for sorting only.';
CREATE OPERATOR ethdata.> (LEFTARG = ethdata.gppstring, RIGHTARG = ethdata.gppstring, FUNCTION = ethdata.gppstring_gt,
  COMMUTATOR = OPERATOR(ethdata.<), NEGATOR = OPERATOR(ethdata.<=), RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
COMMENT ON OPERATOR ethdata.> (ethdata.gppstring, ethdata.gppstring) IS 'After in an order that is for sorting only.';
CREATE OPERATOR ethdata.>= (LEFTARG = ethdata.gppstring, RIGHTARG = ethdata.gppstring, FUNCTION = ethdata.gppstring_ge,
  COMMUTATOR = OPERATOR(ethdata.<=), NEGATOR = OPERATOR(ethdata.<), RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);
COMMENT ON OPERATOR ethdata.>= (ethdata.gppstring, ethdata.gppstring) IS 'After or the same in an order that is for sorting only.';

CREATE OPERATOR CLASS ethdata.gppstring_ops DEFAULT FOR TYPE ethdata.gppstring USING btree AS
  OPERATOR 1 ethdata.<, OPERATOR 2 ethdata.<=, OPERATOR 3 ethdata.=, OPERATOR 4 ethdata.>=, OPERATOR 5 ethdata.>,
  FUNCTION 1 ethdata.gppstring_cmp(ethdata.gppstring, ethdata.gppstring);
COMMENT ON OPERATOR CLASS ethdata.gppstring_ops USING btree IS 'Sorting and unique indexes of ethdata.gppstring, by meaning.';
COMMENT ON OPERATOR FAMILY ethdata.gppstring_ops USING btree IS 'Sorting and unique indexes of ethdata.gppstring, by meaning.';
CREATE OPERATOR CLASS ethdata.gppstring_ops DEFAULT FOR TYPE ethdata.gppstring USING hash AS
  OPERATOR 1 ethdata.=,
  FUNCTION 1 ethdata.gppstring_hash(ethdata.gppstring),
  FUNCTION 2 ethdata.gppstring_hash_extended(ethdata.gppstring, pg_catalog.int8);
COMMENT ON OPERATOR CLASS ethdata.gppstring_ops USING hash IS 'Hashing of ethdata.gppstring, by meaning.';
COMMENT ON OPERATOR FAMILY ethdata.gppstring_ops USING hash IS 'Hashing of ethdata.gppstring, by meaning.';

CREATE FUNCTION ethdata.gppstring_to_jsonb(ethdata.gppstring) RETURNS pg_catalog.jsonb
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gppstring_to_jsonb';
COMMENT ON FUNCTION ethdata.gppstring_to_jsonb(ethdata.gppstring) IS
  'Implementation of the cast to jsonb.';
CREATE CAST (ethdata.gppstring AS pg_catalog.jsonb) WITH FUNCTION ethdata.gppstring_to_jsonb(ethdata.gppstring);
COMMENT ON CAST (ethdata.gppstring AS pg_catalog.jsonb) IS 'Header and sections, with the names of the reference library. A sub-section that is absent shows its defaults; a section of unknown id is its text, under # and the id. Sections of ethdata.gpp_section are for ethdata.gpp_decode().';

---------------------------------------------------------------- sections and fields

CREATE FUNCTION ethdata.gpp_section_ids(gpp ethdata.gppstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_section_ids';
COMMENT ON FUNCTION ethdata.gpp_section_ids(ethdata.gppstring) IS
  'Ids of the sections, ascending.';
CREATE FUNCTION ethdata.gpp_section(gpp ethdata.gppstring, section pg_catalog.int4) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_section';
COMMENT ON FUNCTION ethdata.gpp_section(ethdata.gppstring, pg_catalog.int4) IS
  'The text of the section with this id; NULL where the string does not have it.';
CREATE FUNCTION ethdata.gpp_tc(gpp ethdata.gppstring) RETURNS ethdata.tcstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_tc';
COMMENT ON FUNCTION ethdata.gpp_tc(ethdata.gppstring) IS
  'Section 2 (tcfeuv2), a TC string; NULL where the string does not have it.';
CREATE FUNCTION ethdata.gpp_value(gpp ethdata.gppstring, section pg_catalog.text, field pg_catalog.text, element pg_catalog.int4 DEFAULT 0) RETURNS pg_catalog.int8
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_value';
COMMENT ON FUNCTION ethdata.gpp_value(ethdata.gppstring, pg_catalog.text, pg_catalog.text, pg_catalog.int4) IS
  'The number that a field of a shipped section says. section, field: names as ethdata.gpp_sections() has them. element: of a list, from 1. Letters of uspv1 are Y 1, N 2 and - 0. NULL where the string does not have the section or sub-section. Errors: 42704.';
CREATE FUNCTION ethdata.gpp_gpc(gpp ethdata.gppstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_gpc';
COMMENT ON FUNCTION ethdata.gpp_gpc(ethdata.gppstring) IS
  'Did the browser send Global Privacy Control? True when any section says so; NULL where none has the sub-section.';
CREATE FUNCTION ethdata.gpp_findings(gpp ethdata.gppstring) RETURNS TABLE (kind pg_catalog.text, finding pg_catalog.text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_findings';
COMMENT ON FUNCTION ethdata.gpp_findings(ethdata.gppstring) IS
  'What is odd in a string. kind: policy, deprecated sections; encoding, what an encoder should not have written, and sections of unknown id; content, values that the specification leaves undefined.';
CREATE FUNCTION ethdata.gpp_shipped_sections() RETURNS TABLE (id pg_catalog.int4, name pg_catalog.text, layout pg_catalog.text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_shipped_sections';
COMMENT ON FUNCTION ethdata.gpp_shipped_sections() IS
  'The sections that the library knows, with their layouts; see ethdata.gpp_section for the notation.';
