-- TC strings: the type, its fields, what is permitted, what is odd, and how one is built.

---------------------------------------------------------------- the type

CREATE TYPE ethdata.tcstring;
CREATE FUNCTION ethdata.tcstring_in(pg_catalog.cstring) RETURNS ethdata.tcstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_in';
COMMENT ON FUNCTION ethdata.tcstring_in(pg_catalog.cstring) IS
  'Input of type ethdata.tcstring: a TC string of version 2 or 1, as IAB Europe specifies it. Errors: 22P02; 54000 longer than 65535 characters.';
CREATE FUNCTION ethdata.tcstring_out(ethdata.tcstring) RETURNS pg_catalog.cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_out';
COMMENT ON FUNCTION ethdata.tcstring_out(ethdata.tcstring) IS
  'Output of type ethdata.tcstring: the text it was made of, to the letter.';
CREATE FUNCTION ethdata.tcstring_recv(pg_catalog.internal) RETURNS ethdata.tcstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_recv';
COMMENT ON FUNCTION ethdata.tcstring_recv(pg_catalog.internal) IS
  'Binary input of type ethdata.tcstring: a byte 1 and the text, checked like text. Errors: 22P03; 54000.';
CREATE FUNCTION ethdata.tcstring_send(ethdata.tcstring) RETURNS pg_catalog.bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_send';
COMMENT ON FUNCTION ethdata.tcstring_send(ethdata.tcstring) IS
  'Binary output of type ethdata.tcstring: a byte 1 and the text.';
CREATE TYPE ethdata.tcstring (
  INPUT = ethdata.tcstring_in, OUTPUT = ethdata.tcstring_out,
  RECEIVE = ethdata.tcstring_recv, SEND = ethdata.tcstring_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE ethdata.tcstring IS
  'A consent string of the Transparency and Consent Framework. Kept bit by bit, so that its text comes back to the letter; ranges of vendors are never expanded. Two are equal when they mean the same, however they were encoded. What is against policy but can be decoded is accepted: ethdata.tc_findings() names it.';

CREATE FUNCTION ethdata.tcstring_eq(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_eq';
COMMENT ON FUNCTION ethdata.tcstring_eq(ethdata.tcstring, ethdata.tcstring) IS
  'Implementation of operator =.';
CREATE FUNCTION ethdata.tcstring_ne(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_ne';
COMMENT ON FUNCTION ethdata.tcstring_ne(ethdata.tcstring, ethdata.tcstring) IS
  'Implementation of operator <>.';
CREATE FUNCTION ethdata.tcstring_lt(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_lt';
COMMENT ON FUNCTION ethdata.tcstring_lt(ethdata.tcstring, ethdata.tcstring) IS
  'Implementation of operator <.';
CREATE FUNCTION ethdata.tcstring_le(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_le';
COMMENT ON FUNCTION ethdata.tcstring_le(ethdata.tcstring, ethdata.tcstring) IS
  'Implementation of operator <=.';
CREATE FUNCTION ethdata.tcstring_gt(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_gt';
COMMENT ON FUNCTION ethdata.tcstring_gt(ethdata.tcstring, ethdata.tcstring) IS
  'Implementation of operator >.';
CREATE FUNCTION ethdata.tcstring_ge(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_ge';
COMMENT ON FUNCTION ethdata.tcstring_ge(ethdata.tcstring, ethdata.tcstring) IS
  'Implementation of operator >=.';
CREATE FUNCTION ethdata.tcstring_cmp(ethdata.tcstring, ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_cmp';
COMMENT ON FUNCTION ethdata.tcstring_cmp(ethdata.tcstring, ethdata.tcstring) IS
  'B-tree comparison of ethdata.tcstring by what the strings mean: -1, 0 or 1.';
CREATE FUNCTION ethdata.tcstring_hash(ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_hash';
COMMENT ON FUNCTION ethdata.tcstring_hash(ethdata.tcstring) IS
  'Hash of what an ethdata.tcstring means.';
CREATE FUNCTION ethdata.tcstring_hash_extended(ethdata.tcstring, pg_catalog.int8) RETURNS pg_catalog.int8
  LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_hash_extended';
COMMENT ON FUNCTION ethdata.tcstring_hash_extended(ethdata.tcstring, pg_catalog.int8) IS
  'Hash of what an ethdata.tcstring means, with a seed.';

CREATE OPERATOR ethdata.= (LEFTARG = ethdata.tcstring, RIGHTARG = ethdata.tcstring, FUNCTION = ethdata.tcstring_eq,
  COMMUTATOR = OPERATOR(ethdata.=), NEGATOR = OPERATOR(ethdata.<>), RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR ethdata.= (ethdata.tcstring, ethdata.tcstring) IS 'They mean the same.';
CREATE OPERATOR ethdata.<> (LEFTARG = ethdata.tcstring, RIGHTARG = ethdata.tcstring, FUNCTION = ethdata.tcstring_ne,
  COMMUTATOR = OPERATOR(ethdata.<>), NEGATOR = OPERATOR(ethdata.=), RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
COMMENT ON OPERATOR ethdata.<> (ethdata.tcstring, ethdata.tcstring) IS 'They mean something else.';
CREATE OPERATOR ethdata.< (LEFTARG = ethdata.tcstring, RIGHTARG = ethdata.tcstring, FUNCTION = ethdata.tcstring_lt,
  COMMUTATOR = OPERATOR(ethdata.>), NEGATOR = OPERATOR(ethdata.>=), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
COMMENT ON OPERATOR ethdata.< (ethdata.tcstring, ethdata.tcstring) IS 'Before in an order that is for sorting only.';
CREATE OPERATOR ethdata.<= (LEFTARG = ethdata.tcstring, RIGHTARG = ethdata.tcstring, FUNCTION = ethdata.tcstring_le,
  COMMUTATOR = OPERATOR(ethdata.>=), NEGATOR = OPERATOR(ethdata.>), RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
COMMENT ON OPERATOR ethdata.<= (ethdata.tcstring, ethdata.tcstring) IS 'Before or the same in an order that is for sorting only.';
CREATE OPERATOR ethdata.> (LEFTARG = ethdata.tcstring, RIGHTARG = ethdata.tcstring, FUNCTION = ethdata.tcstring_gt,
  COMMUTATOR = OPERATOR(ethdata.<), NEGATOR = OPERATOR(ethdata.<=), RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
COMMENT ON OPERATOR ethdata.> (ethdata.tcstring, ethdata.tcstring) IS 'After in an order that is for sorting only.';
CREATE OPERATOR ethdata.>= (LEFTARG = ethdata.tcstring, RIGHTARG = ethdata.tcstring, FUNCTION = ethdata.tcstring_ge,
  COMMUTATOR = OPERATOR(ethdata.<=), NEGATOR = OPERATOR(ethdata.<), RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);
COMMENT ON OPERATOR ethdata.>= (ethdata.tcstring, ethdata.tcstring) IS 'After or the same in an order that is for sorting only.';

CREATE OPERATOR CLASS ethdata.tcstring_ops DEFAULT FOR TYPE ethdata.tcstring USING btree AS
  OPERATOR 1 ethdata.<, OPERATOR 2 ethdata.<=, OPERATOR 3 ethdata.=, OPERATOR 4 ethdata.>=, OPERATOR 5 ethdata.>,
  FUNCTION 1 ethdata.tcstring_cmp(ethdata.tcstring, ethdata.tcstring);
COMMENT ON OPERATOR CLASS ethdata.tcstring_ops USING btree IS 'Sorting and unique indexes of ethdata.tcstring, by meaning.';
COMMENT ON OPERATOR FAMILY ethdata.tcstring_ops USING btree IS 'Sorting and unique indexes of ethdata.tcstring, by meaning.';
CREATE OPERATOR CLASS ethdata.tcstring_ops DEFAULT FOR TYPE ethdata.tcstring USING hash AS
  OPERATOR 1 ethdata.=,
  FUNCTION 1 ethdata.tcstring_hash(ethdata.tcstring),
  FUNCTION 2 ethdata.tcstring_hash_extended(ethdata.tcstring, pg_catalog.int8);
COMMENT ON OPERATOR CLASS ethdata.tcstring_ops USING hash IS 'Hashing of ethdata.tcstring, by meaning.';
COMMENT ON OPERATOR FAMILY ethdata.tcstring_ops USING hash IS 'Hashing of ethdata.tcstring, by meaning.';

CREATE FUNCTION ethdata.tcstring_to_jsonb(ethdata.tcstring) RETURNS pg_catalog.jsonb
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tcstring_to_jsonb';
COMMENT ON FUNCTION ethdata.tcstring_to_jsonb(ethdata.tcstring) IS
  'Implementation of the cast to jsonb.';
CREATE CAST (ethdata.tcstring AS pg_catalog.jsonb) WITH FUNCTION ethdata.tcstring_to_jsonb(ethdata.tcstring);
COMMENT ON CAST (ethdata.tcstring AS pg_catalog.jsonb) IS 'All fields, with the names of the reference library. A list of more than 4000 vendors, or beyond 100000 in the document, stands under its name with Ranges behind it as [from, to]; absent segments are null; of version 1 there are its fields alone.';

---------------------------------------------------------------- fields

CREATE FUNCTION ethdata.tc_version(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_version';
COMMENT ON FUNCTION ethdata.tc_version(ethdata.tcstring) IS
  'Version of the encoding: 2, or 1.';
CREATE FUNCTION ethdata.tc_created(tc ethdata.tcstring) RETURNS pg_catalog.timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_created';
COMMENT ON FUNCTION ethdata.tc_created(ethdata.tcstring) IS
  'When the string was first made.';
CREATE FUNCTION ethdata.tc_last_updated(tc ethdata.tcstring) RETURNS pg_catalog.timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_last_updated';
COMMENT ON FUNCTION ethdata.tc_last_updated(ethdata.tcstring) IS
  'When the string was last changed.';
CREATE FUNCTION ethdata.tc_cmp_id(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_cmp_id';
COMMENT ON FUNCTION ethdata.tc_cmp_id(ethdata.tcstring) IS
  'Id of the consent management platform.';
CREATE FUNCTION ethdata.tc_cmp_version(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_cmp_version';
COMMENT ON FUNCTION ethdata.tc_cmp_version(ethdata.tcstring) IS
  'Version of the consent management platform.';
CREATE FUNCTION ethdata.tc_consent_screen(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_consent_screen';
COMMENT ON FUNCTION ethdata.tc_consent_screen(ethdata.tcstring) IS
  'Screen of the platform on which the user answered.';
CREATE FUNCTION ethdata.tc_consent_language(tc ethdata.tcstring) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_consent_language';
COMMENT ON FUNCTION ethdata.tc_consent_language(ethdata.tcstring) IS
  'Language in which the user was asked: two letters, ISO 639-1.';
CREATE FUNCTION ethdata.tc_vendor_list_version(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_list_version';
COMMENT ON FUNCTION ethdata.tc_vendor_list_version(ethdata.tcstring) IS
  'Version of the vendor list.';
CREATE FUNCTION ethdata.tc_policy_version(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_policy_version';
COMMENT ON FUNCTION ethdata.tc_policy_version(ethdata.tcstring) IS
  'Version of the policies. NULL of version 1.';
CREATE FUNCTION ethdata.tc_is_service_specific(tc ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_is_service_specific';
COMMENT ON FUNCTION ethdata.tc_is_service_specific(ethdata.tcstring) IS
  'Is the string of one service? NULL of version 1.';
CREATE FUNCTION ethdata.tc_use_non_standard_texts(tc ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_use_non_standard_texts';
COMMENT ON FUNCTION ethdata.tc_use_non_standard_texts(ethdata.tcstring) IS
  'Did the platform show texts of its own? NULL of version 1.';
CREATE FUNCTION ethdata.tc_special_feature_optins(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_special_feature_optins';
COMMENT ON FUNCTION ethdata.tc_special_feature_optins(ethdata.tcstring) IS
  'Numbers of the special features the user opted in to. NULL of version 1.';
CREATE FUNCTION ethdata.tc_purpose_consents(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_purpose_consents';
COMMENT ON FUNCTION ethdata.tc_purpose_consents(ethdata.tcstring) IS
  'Numbers of the purposes the user consented to.';
CREATE FUNCTION ethdata.tc_purpose_li(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_purpose_li';
COMMENT ON FUNCTION ethdata.tc_purpose_li(ethdata.tcstring) IS
  'Numbers of the purposes for which legitimate interest was established. NULL of version 1.';
CREATE FUNCTION ethdata.tc_purpose_one_treatment(tc ethdata.tcstring) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_purpose_one_treatment';
COMMENT ON FUNCTION ethdata.tc_purpose_one_treatment(ethdata.tcstring) IS
  'Was purpose 1 not disclosed at all? NULL of version 1.';
CREATE FUNCTION ethdata.tc_publisher_cc(tc ethdata.tcstring) RETURNS pg_catalog.text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_publisher_cc';
COMMENT ON FUNCTION ethdata.tc_publisher_cc(ethdata.tcstring) IS
  'Country of the publisher: two letters, ISO 3166-1. NULL of version 1.';
CREATE FUNCTION ethdata.tc_vendor_consents(tc ethdata.tcstring) RETURNS pg_catalog.int4multirange
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_consents';
COMMENT ON FUNCTION ethdata.tc_vendor_consents(ethdata.tcstring) IS
  'Vendors the user consented to.';
CREATE FUNCTION ethdata.tc_vendor_li(tc ethdata.tcstring) RETURNS pg_catalog.int4multirange
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_li';
COMMENT ON FUNCTION ethdata.tc_vendor_li(ethdata.tcstring) IS
  'Vendors whose legitimate interest was established. NULL of version 1.';
CREATE FUNCTION ethdata.tc_vendors_disclosed(tc ethdata.tcstring) RETURNS pg_catalog.int4multirange
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendors_disclosed';
COMMENT ON FUNCTION ethdata.tc_vendors_disclosed(ethdata.tcstring) IS
  'Vendors that were disclosed to the user. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_vendors_allowed(tc ethdata.tcstring) RETURNS pg_catalog.int4multirange
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendors_allowed';
COMMENT ON FUNCTION ethdata.tc_vendors_allowed(ethdata.tcstring) IS
  'Vendors the publisher allows, a segment that the specification has removed. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_publisher_consents(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_publisher_consents';
COMMENT ON FUNCTION ethdata.tc_publisher_consents(ethdata.tcstring) IS
  'Numbers of the purposes the user consented to for the publisher. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_publisher_li(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_publisher_li';
COMMENT ON FUNCTION ethdata.tc_publisher_li(ethdata.tcstring) IS
  'Numbers of the purposes for which the publishers legitimate interest was established. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_num_custom_purposes(tc ethdata.tcstring) RETURNS pg_catalog.int4
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_num_custom_purposes';
COMMENT ON FUNCTION ethdata.tc_num_custom_purposes(ethdata.tcstring) IS
  'How many purposes of his own the publisher has. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_custom_consents(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_custom_consents';
COMMENT ON FUNCTION ethdata.tc_custom_consents(ethdata.tcstring) IS
  'Numbers of the publishers own purposes the user consented to. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_custom_li(tc ethdata.tcstring) RETURNS pg_catalog.int4[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_custom_li';
COMMENT ON FUNCTION ethdata.tc_custom_li(ethdata.tcstring) IS
  'Numbers of the publishers own purposes for which legitimate interest was established. NULL where the string has no such segment.';
CREATE FUNCTION ethdata.tc_publisher_restrictions(tc ethdata.tcstring) RETURNS TABLE (purpose pg_catalog.int4, restriction pg_catalog.int4, vendors pg_catalog.int4multirange)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_publisher_restrictions';
COMMENT ON FUNCTION ethdata.tc_publisher_restrictions(ethdata.tcstring) IS
  'What the publisher restricted. restriction: 0 not allowed, 1 consent required, 2 legitimate interest required. Entries of the same kind are one row.';
CREATE FUNCTION ethdata.tc_purpose_consent(tc ethdata.tcstring, purpose pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_purpose_consent';
COMMENT ON FUNCTION ethdata.tc_purpose_consent(ethdata.tcstring, pg_catalog.int4) IS
  'Did the user consent to this purpose? Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_purpose_interest(tc ethdata.tcstring, purpose pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_purpose_interest';
COMMENT ON FUNCTION ethdata.tc_purpose_interest(ethdata.tcstring, pg_catalog.int4) IS
  'Was legitimate interest established for this purpose? Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_special_feature(tc ethdata.tcstring, feature pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_special_feature';
COMMENT ON FUNCTION ethdata.tc_special_feature(ethdata.tcstring, pg_catalog.int4) IS
  'Did the user opt in to this special feature? Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_vendor_consent(tc ethdata.tcstring, vendor pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_consent';
COMMENT ON FUNCTION ethdata.tc_vendor_consent(ethdata.tcstring, pg_catalog.int4) IS
  'Did the user consent to this vendor? Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_vendor_interest(tc ethdata.tcstring, vendor pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_interest';
COMMENT ON FUNCTION ethdata.tc_vendor_interest(ethdata.tcstring, pg_catalog.int4) IS
  'Was this vendors legitimate interest established? Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_vendor_disclosed(tc ethdata.tcstring, vendor pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_disclosed';
COMMENT ON FUNCTION ethdata.tc_vendor_disclosed(ethdata.tcstring, pg_catalog.int4) IS
  'Was this vendor disclosed? False where the string does not say who was. Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_vendor_allowed(tc ethdata.tcstring, vendor pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_vendor_allowed';
COMMENT ON FUNCTION ethdata.tc_vendor_allowed(ethdata.tcstring, pg_catalog.int4) IS
  'Is this vendor in the segment of allowed vendors? Numbers that cannot be are false.';

---------------------------------------------------------------- what is permitted

CREATE FUNCTION ethdata.tc_permits_support(pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_permits_support';
COMMENT ON FUNCTION ethdata.tc_permits_support(pg_catalog.internal) IS
  'Planner support of ethdata.tc_permits(): makes it a condition of an index of class ethdata.tc_use_ops.';
CREATE FUNCTION ethdata.tc_permits(tc ethdata.tcstring, vendor pg_catalog.int4, purpose pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT ethdata.tc_permits_support AS 'MODULE_PATHNAME', 'ethdata_tc_permits';
COMMENT ON FUNCTION ethdata.tc_permits(ethdata.tcstring, pg_catalog.int4, pg_catalog.int4) IS
  'May the vendor use the data for the purpose (1 to 24)? What the publisher restricted comes first: not allowed is no; consent or legitimate interest required rules the other basis out. Then consent, of purpose and vendor, or legitimate interest, of both and never for purposes 1 and 3 to 6. Which basis the vendor declared is not in the string: ethdata.tc_permits_declared() takes it. Numbers that cannot be are false.';
CREATE FUNCTION ethdata.tc_permits_declared(tc ethdata.tcstring, vendor pg_catalog.int4, purpose pg_catalog.int4, basis pg_catalog.text, flexible pg_catalog.bool DEFAULT false) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_permits_declared';
COMMENT ON FUNCTION ethdata.tc_permits_declared(ethdata.tcstring, pg_catalog.int4, pg_catalog.int4, pg_catalog.text, pg_catalog.bool) IS
  'Like ethdata.tc_permits(), for a vendor that declared this basis for the purpose: consent or legitimate_interest. flexible: the vendor takes the other basis where the publisher requires it; otherwise such a restriction is a no. Errors: 22023 another basis.';
CREATE FUNCTION ethdata.tc_permits_special_purpose(tc ethdata.tcstring, vendor pg_catalog.int4, special_purpose pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_permits_special_purpose';
COMMENT ON FUNCTION ethdata.tc_permits_special_purpose(ethdata.tcstring, pg_catalog.int4, pg_catalog.int4) IS
  'May the vendor process for a special purpose, which the user has no choice about? Exactly those that were disclosed may (TCF 2.3).';
CREATE FUNCTION ethdata.tc_permits_special_feature(tc ethdata.tcstring, vendor pg_catalog.int4, special_feature pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_permits_special_feature';
COMMENT ON FUNCTION ethdata.tc_permits_special_feature(ethdata.tcstring, pg_catalog.int4, pg_catalog.int4) IS
  'May the vendor use a special feature? The user opted in to it, and the vendor was disclosed; where the string does not say who was, the opt-in alone counts.';
CREATE FUNCTION ethdata.tc_findings(tc ethdata.tcstring) RETURNS TABLE (kind pg_catalog.text, finding pg_catalog.text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_findings';
COMMENT ON FUNCTION ethdata.tc_findings(ethdata.tcstring) IS
  'What is against policy, or odd, in a string. kind: policy, a rule of IAB Europe; encoding, what an encoder should not have written; content, where the string contradicts itself or uses what is reserved.';
CREATE FUNCTION ethdata.tc_build(fields pg_catalog.jsonb) RETURNS ethdata.tcstring
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_build';
COMMENT ON FUNCTION ethdata.tc_build(pg_catalog.jsonb) IS
  'A TC string of version 2 from a document as the cast to jsonb makes it. created or lastUpdated must be there; other keys are zero or empty when absent, but for isServiceSpecific (true), tcfPolicyVersion (5), consentLanguage (EN), publisherCC (AA). Vendors stand as ids or, under the name with Ranges behind it, as [from, to]. vendorsDisclosed, vendorsAllowed and publisherTC, when there, make segments. Errors: 22023 what a string cannot hold; 22007 a time; 54000.';

---------------------------------------------------------------- indexes

CREATE FUNCTION ethdata.tc_permits_all(tc ethdata.tcstring, use pg_catalog.int4[]) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_permits_all';
COMMENT ON FUNCTION ethdata.tc_permits_all(ethdata.tcstring, pg_catalog.int4[]) IS
  'Implementation of operator @@: ethdata.tc_permits() for the vendor use[1] and each of the purposes after it; NULL where the array has a null. Errors: 22023 an array that is not that.';
CREATE OPERATOR ethdata.@@ (LEFTARG = ethdata.tcstring, RIGHTARG = pg_catalog.int4[], FUNCTION = ethdata.tc_permits_all,
  RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel);
COMMENT ON OPERATOR ethdata.@@ (ethdata.tcstring, pg_catalog.int4[]) IS
  'The string permits the vendor all of the purposes: tc @@ ''{755, 2, 7}''.';
CREATE FUNCTION ethdata.tc_gin_extract_value(ethdata.tcstring, pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_gin_extract_value';
COMMENT ON FUNCTION ethdata.tc_gin_extract_value(ethdata.tcstring, pg_catalog.internal) IS
  'GIN: keys of a value, blocks of vendors and purposes.';
CREATE FUNCTION ethdata.tc_gin_extract_query(pg_catalog.int4[], pg_catalog.internal, pg_catalog.int2, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_gin_extract_query';
COMMENT ON FUNCTION ethdata.tc_gin_extract_query(pg_catalog.int4[], pg_catalog.internal, pg_catalog.int2, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
  'GIN: keys of a query. Errors: 22023.';
CREATE FUNCTION ethdata.tc_gin_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.int4[], pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_gin_consistent';
COMMENT ON FUNCTION ethdata.tc_gin_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.int4[], pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
  'GIN: may a row with these keys match?';
CREATE FUNCTION ethdata.tc_gin_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.int4[], pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog."char"
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_tc_gin_triconsistent';
COMMENT ON FUNCTION ethdata.tc_gin_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.int4[], pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
  'GIN: may a row with these keys match, some of them unknown?';
CREATE OPERATOR CLASS ethdata.tc_use_ops DEFAULT FOR TYPE ethdata.tcstring USING gin AS
  OPERATOR 1 ethdata.@@ (ethdata.tcstring, pg_catalog.int4[]),
  FUNCTION 1 pg_catalog.btint4cmp(pg_catalog.int4, pg_catalog.int4),
  FUNCTION 2 ethdata.tc_gin_extract_value(ethdata.tcstring, pg_catalog.internal),
  FUNCTION 3 ethdata.tc_gin_extract_query(pg_catalog.int4[], pg_catalog.internal, pg_catalog.int2, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
  FUNCTION 4 ethdata.tc_gin_consistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.int4[], pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
  FUNCTION 6 ethdata.tc_gin_triconsistent(pg_catalog.internal, pg_catalog.int2, pg_catalog.int4[], pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
  STORAGE pg_catalog.int4;
COMMENT ON OPERATOR CLASS ethdata.tc_use_ops USING gin IS
  'Which strings permit a vendor a purpose: for the operator @@ and for ethdata.tc_permits(). An entry for each run of vendors, not for each vendor.';
COMMENT ON OPERATOR FAMILY ethdata.tc_use_ops USING gin IS
  'Which strings permit a vendor a purpose: for the operator @@ and for ethdata.tc_permits().';
