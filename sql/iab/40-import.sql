-- Where ethdata comes in: what purposes of TCF and GPP mean here, and import.

---------------------------------------------------------------- what vendors declared

CREATE TABLE ethdata.tcf_vendor_purpose (
  vendor   pg_catalog.int4 NOT NULL,
  purpose  pg_catalog.int4 NOT NULL,
  basis    pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  flexible pg_catalog.bool NOT NULL DEFAULT false,
  PRIMARY KEY (vendor, purpose),
  CONSTRAINT tcf_vendor_purpose_basis CHECK (basis OPERATOR(pg_catalog.=) ANY (ARRAY['consent', 'legitimate_interest']))
);
COMMENT ON TABLE ethdata.tcf_vendor_purpose IS
  'Which legal basis vendors declare for their purposes, and whether it is flexible: what the global vendor list has. Filled by ethdata.load_vendor_list().';
REVOKE ALL ON TABLE ethdata.tcf_vendor_purpose FROM PUBLIC;
GRANT SELECT ON TABLE ethdata.tcf_vendor_purpose TO PUBLIC;

CREATE FUNCTION ethdata.load_vendor_list(list pg_catalog.jsonb) RETURNS pg_catalog.int8
  LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
  DELETE FROM ethdata.tcf_vendor_purpose;
  WITH declared AS (
    INSERT INTO ethdata.tcf_vendor_purpose (vendor, purpose, basis, flexible)
    SELECT (v.value OPERATOR(pg_catalog.->>) 'id')::pg_catalog.int4, p::pg_catalog.int4, b.basis,
           COALESCE((v.value OPERATOR(pg_catalog.->) 'flexiblePurposes') OPERATOR(pg_catalog.@>) p, false)
      FROM pg_catalog.jsonb_each(list OPERATOR(pg_catalog.->) 'vendors') v
     CROSS JOIN (VALUES ('purposes', 'consent'), ('legIntPurposes', 'legitimate_interest')) b (key, basis)
     CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(COALESCE(v.value OPERATOR(pg_catalog.->) b.key, '[]')) p
    RETURNING 1)
  SELECT pg_catalog.count(*) FROM declared;
END;
REVOKE ALL ON FUNCTION ethdata.load_vendor_list(pg_catalog.jsonb) FROM PUBLIC;
COMMENT ON FUNCTION ethdata.load_vendor_list(pg_catalog.jsonb) IS
  'Replaces the content of ethdata.tcf_vendor_purpose by that of a global vendor list (vendor-list.json of IAB Europe). For who may write the table. Result: how many purposes of vendors there are. Errors: 23505 a purpose that a vendor declares twice; 22P02.';

CREATE FUNCTION ethdata.tc_vendor_permits(tc ethdata.tcstring, vendor pg_catalog.int4, purpose pg_catalog.int4) RETURNS pg_catalog.bool
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT COALESCE((SELECT ethdata.tc_permits_declared(tc_vendor_permits.tc, d.vendor, d.purpose, d.basis, d.flexible)
    FROM ethdata.tcf_vendor_purpose d
   WHERE d.vendor OPERATOR(pg_catalog.=) tc_vendor_permits.vendor AND d.purpose OPERATOR(pg_catalog.=) tc_vendor_permits.purpose), false);
END;
COMMENT ON FUNCTION ethdata.tc_vendor_permits(ethdata.tcstring, pg_catalog.int4, pg_catalog.int4) IS
  'Like ethdata.tc_permits(), by the basis that ethdata.tcf_vendor_purpose has for the vendor; what a vendor did not declare, it may not.';

---------------------------------------------------------------- import

CREATE TABLE ethdata.tcf_purpose (
  kind    pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  number  pg_catalog.int4 NOT NULL,
  purpose pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  PRIMARY KEY (kind, number, purpose),
  CONSTRAINT tcf_purpose_kind CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['purpose', 'special_feature', 'publisher', 'custom'])),
  CONSTRAINT tcf_purpose_number CHECK (number OPERATOR(pg_catalog.>=) 1 AND number OPERATOR(pg_catalog.<=) 63)
);
COMMENT ON TABLE ethdata.tcf_purpose IS
  'What consent in a TC string means here. kind: purpose (1 to 24), special_feature (1 to 12), publisher (purposes in the publisher''s segment) or custom (the publisher''s own); purpose: a code of ethdata. Where several rows name the same purpose, all of them must be consented to.';
REVOKE ALL ON TABLE ethdata.tcf_purpose FROM PUBLIC;
GRANT SELECT ON TABLE ethdata.tcf_purpose TO PUBLIC;

CREATE TABLE ethdata.gpp_purpose (
  gpp_purpose pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  purpose     pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  answer      pg_catalog.text COLLATE pg_catalog."C" NOT NULL DEFAULT 'refuse',
  grants      pg_catalog.bool NOT NULL DEFAULT false,
  PRIMARY KEY (gpp_purpose, purpose),
  CONSTRAINT gpp_purpose_answer CHECK (answer OPERATOR(pg_catalog.=) ANY (ARRAY['refuse', 'object'])),
  CONSTRAINT gpp_purpose_grants CHECK (NOT (grants AND answer OPERATOR(pg_catalog.=) 'object'))
);
COMMENT ON TABLE ethdata.gpp_purpose IS
  'What GPP strings and GPC mean here. gpp_purpose: as in ethdata.gpp_rule; purpose: a code of ethdata. answer: a no is recorded as a refusal (purposes that rest on an answer or on opt-out) or as an objection (direct marketing, where it is absolute, and legitimate interests). grants: a yes is recorded as consent; otherwise it is not recorded, for who did not opt out has agreed to nothing.';
REVOKE ALL ON TABLE ethdata.gpp_purpose FROM PUBLIC;
GRANT SELECT ON TABLE ethdata.gpp_purpose TO PUBLIC;

CREATE FUNCTION ethdata.import_tc(subject pg_catalog.text, tc ethdata.tcstring, vendor pg_catalog.int4 DEFAULT NULL, notice pg_catalog.text DEFAULT NULL, source pg_catalog.text DEFAULT 'tcf', source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8[]
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_import_tc';
COMMENT ON FUNCTION ethdata.import_tc(pg_catalog.text, ethdata.tcstring, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass) IS
  'Records what a TC string says of the purposes of ethdata.tcf_purpose as one set of choices of a person (ethdata.record_signal()), with the string as evidence. vendor: consent must be for this vendor too, with what the publisher restricted; null means the purposes alone. effective_at: default when the string was last updated. source_event: default a hash of person and string, so that the same string again records nothing. A string that policy makes invalid grants nothing: its yes is recorded as refused, with a NOTICE. Rights, notice, class, errors as of ethdata.record_signal(); 55000 where ethdata is not installed. Result: the events'' ids.';
CREATE FUNCTION ethdata.import_gpp(subject pg_catalog.text, gpp ethdata.gppstring, jurisdiction pg_catalog.text, notice pg_catalog.text DEFAULT NULL, source pg_catalog.text DEFAULT 'gpp', source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8[]
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_import_gpp';
COMMENT ON FUNCTION ethdata.import_gpp(pg_catalog.text, ethdata.gppstring, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass) IS
  'Records what a GPP string says of the purposes of ethdata.gpp_purpose, by ethdata.gpp_permits() in the person''s jurisdiction, with the string as evidence. A no, also by GPC, is a refusal or an objection as the row says; an objection that stands is not repeated. A yes is recorded where the row says so; silence is nothing. effective_at: default now. Else as ethdata.import_tc(). Result: the events'' ids.';
CREATE FUNCTION ethdata.import_gpc(subject pg_catalog.text, notice pg_catalog.text DEFAULT NULL, source pg_catalog.text DEFAULT 'gpc', source_event pg_catalog.text DEFAULT NULL, effective_at pg_catalog.timestamptz DEFAULT NULL, class pg_catalog.regclass DEFAULT NULL) RETURNS pg_catalog.int8[]
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata_import_gpc';
COMMENT ON FUNCTION ethdata.import_gpc(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.regclass) IS
  'Records a Global Privacy Control signal, as a browser''s header Sec-GPC: a no to all purposes that ethdata.gpp_purpose has for sale, sharing and targeted_advertising, by actor signal. It stands until consent that is given later, and an objection until consent that names it. Else as ethdata.import_gpp(). Result: the events'' ids.';

---------------------------------------------------------------- dump

SELECT pg_catalog.pg_extension_config_dump('ethdata.gpp_section', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.gpp_rule', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('ethdata.tcf_vendor_purpose', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.tcf_purpose', '');
SELECT pg_catalog.pg_extension_config_dump('ethdata.gpp_purpose', '');
