-- TC strings, with ethdata_iab alone: text, equality by meaning, fields, what is permitted and findings.
\set VERBOSITY default
CREATE EXTENSION ethdata_iab;
SELECT extname FROM pg_extension WHERE extname LIKE 'ethdata%';
SET search_path = public, ethdata;
SET timezone = 'UTC';

-- text comes back to the letter
SELECT 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.IAFMFAAA'::tcstring;
-- what is none says why, and shows nothing of the string
SELECT ''::tcstring;
SELECT 'C'::tcstring;
SELECT 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.IAFMFAAA '::tcstring;
SELECT 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA..IAFMFAAA'::tcstring;
SELECT 'CQKjTcAQKjTcAEsABBEN/kFoAOAAAEIAAAYgAFEBAAgAgAAA'::tcstring;
SELECT 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAyQAYAtAAoABABAA.IAFMFAAA'::tcstring;
SELECT 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.IAFMFAAA.IACggAAA'::tcstring;
SELECT 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.AAAA.BAAA.CAAA.DAAA.EAAA.FAAA.GAAA.HAAA'::tcstring;
SELECT repeat('C', 65536)::tcstring;
SELECT 'DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA'::tcstring;
-- restrictions of a type that is not defined, and of purpose 0
SELECT tc_build('{"created": "2025-01-01Z", "publisherRestrictions": [{"purposeId": 1, "restrictionType": 3, "vendors": [1]}]}');

-- equal are strings that mean the same: padding, order of segments, encoding of sets
CREATE TABLE same (n int PRIMARY KEY, tc tcstring);
INSERT INTO same VALUES
  (1, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.IAFMFAAA'),
  (2, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA____.IAFMFAAA'),
  -- a restriction without vendors
  (3, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAhAAAAA.IAFMFAAA'),
  -- without the disclosed vendors, and with others
  (4, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA'),
  (5, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA.IAAA'),
  -- ascending, descending and nested ranges of the same vendors
  (6, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAyQAwAyAAyAAUABABAAA.IAFMFAAA'),
  (7, tc_build('CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAyQAwAyAAyAAUABABAAA.IAFMFAAA'::tcstring::jsonb));
SELECT a.n, array_agg(b.n ORDER BY b.n) FROM same a JOIN same b ON a.tc = b.tc GROUP BY a.n ORDER BY 1;
SELECT count(*) FROM (SELECT DISTINCT tc FROM same) s;
SELECT array_agg(n ORDER BY n) FROM same GROUP BY tc ORDER BY 1;
SELECT count(DISTINCT tcstring_hash(tc)), count(DISTINCT tcstring_hash_extended(tc, 42)) FROM same;
CREATE UNIQUE INDEX same_tc ON same (tc);
-- order is total
SELECT count(*) FROM same a, same b WHERE (a.tc < b.tc)::int + (a.tc = b.tc)::int + (a.tc > b.tc)::int <> 1
  OR (a.tc <= b.tc) <> (a.tc < b.tc OR a.tc = b.tc) OR (a.tc >= b.tc) <> (b.tc <= a.tc) OR (a.tc <> b.tc) <> NOT (a.tc = b.tc);

-- fields
CREATE VIEW example AS SELECT tc_build('{"created": "2026-03-01T00:00:00Z", "cmpId": 300, "cmpVersion": 7, "consentScreen": 2,
  "consentLanguage": "DE", "vendorListVersion": 120, "tcfPolicyVersion": 5, "publisherCC": "AT", "useNonStandardTexts": true,
  "specialFeatureOptins": [2], "purposeConsents": [1, 2, 3, 7], "purposeLI": [7, 9, 10], "vendorConsents": [8, 755],
  "vendorConsentsRanges": [[20, 60]], "vendorLI": [8, 25, 755], "vendorsDisclosedRanges": [[1, 800]],
  "publisherRestrictions": [{"purposeId": 2, "restrictionType": 0, "vendors": [755]}, {"purposeId": 7, "restrictionType": 1, "vendors": [25]},
    {"purposeId": 9, "restrictionType": 2, "vendorsRanges": [[1, 65535]]}],
  "publisherTC": {"purposeConsents": [1, 4], "purposeLI": [9], "numCustomPurposes": 3, "customConsents": [2], "customLI": [3]}}') AS tc;
SELECT tc FROM example;
\x on
SELECT tc_version(tc), tc_created(tc), tc_last_updated(tc), tc_cmp_id(tc), tc_cmp_version(tc), tc_consent_screen(tc), tc_consent_language(tc),
  tc_vendor_list_version(tc), tc_policy_version(tc), tc_is_service_specific(tc), tc_use_non_standard_texts(tc),
  tc_special_feature_optins(tc), tc_purpose_consents(tc), tc_purpose_li(tc), tc_purpose_one_treatment(tc), tc_publisher_cc(tc),
  tc_vendor_consents(tc), tc_vendor_li(tc), tc_vendors_disclosed(tc), tc_vendors_allowed(tc), tc_publisher_consents(tc),
  tc_publisher_li(tc), tc_num_custom_purposes(tc), tc_custom_consents(tc), tc_custom_li(tc)
  FROM example;
-- version 1 with a default: its entries are who did not consent
SELECT tc_version(tc), tc_purpose_consents(tc), tc_vendor_consents(tc), tc_policy_version(tc), tc_vendor_li(tc), tc_is_service_specific(tc),
  tc_publisher_cc(tc), tc_vendors_disclosed(tc), tc_vendor_consent(tc, 3), tc_vendor_consent(tc, 4), tc_vendor_consent(tc, 11),
  tc_permits(tc, 4, 1), tc_permits(tc, 3, 1), tc_permits(tc, 4, 4), tc::jsonb
  FROM (SELECT 'BQKjTcAQKjTcAEsABBENBk4AAAAArABAAGAA'::tcstring) v (tc);
\x off
SELECT r.* FROM example, tc_publisher_restrictions(tc) r;
SELECT tc_purpose_consent(tc, 3), tc_purpose_consent(tc, 4), tc_purpose_consent(tc, 25), tc_purpose_interest(tc, 9), tc_special_feature(tc, 2),
  tc_special_feature(tc, 0), tc_vendor_consent(tc, 40), tc_vendor_consent(tc, 61), tc_vendor_consent(tc, -1), tc_vendor_interest(tc, 25),
  tc_vendor_disclosed(tc, 800), tc_vendor_disclosed(tc, 801), tc_vendor_allowed(tc, 1)
  FROM example;

-- what is permitted
SELECT vendor, purpose, tc_permits(tc, vendor, purpose) AS any_basis,
       tc_permits_declared(tc, vendor, purpose, 'consent') AS consent,
       tc_permits_declared(tc, vendor, purpose, 'legitimate_interest') AS interest,
       tc_permits_declared(tc, vendor, purpose, 'consent', flexible => true) AS consent_flexible,
       tc_permits_declared(tc, vendor, purpose, 'legitimate_interest', flexible => true) AS interest_flexible
  FROM example, (VALUES
    (8, 1), (8, 2), (755, 2),    -- not allowed for 755
    (25, 7), (8, 7),             -- consent required of 25
    (8, 9), (30, 9),             -- legitimate interest required of all
    (8, 10), (755, 4), (8, 0), (8, 25), (0, 1), (70000, 1)) v (vendor, purpose);
SELECT tc_permits_declared(tc, 8, 1, 'contract') FROM example;
-- both restrictions at once leave nothing
SELECT tc_permits(tc_build(tc::jsonb || '{"publisherRestrictions": [{"purposeId": 7, "restrictionType": 1, "vendors": [8]}, {"purposeId": 7, "restrictionType": 2, "vendors": [8]}]}'), 8, 7),
       tc_permits(tc, 8, 7) FROM example;
-- legitimate interest is no basis for purpose 3, whatever the string says
SELECT tc_permits('CQKjTcAQKjTcAEsABBENBkFoAAAAAP8AAAYgAFEBAAgAgAAA', 8, p) FROM generate_series(1, 8) p;
SELECT tc_permits_special_purpose(tc, 800, 1), tc_permits_special_purpose(tc, 801, 1), tc_permits_special_feature(tc, 8, 2),
       tc_permits_special_feature(tc, 801, 2), tc_permits_special_feature(tc, 8, 1) FROM example;
-- by what vendors declared
SELECT load_vendor_list('{"vendors": {"8": {"id": 8, "purposes": [1, 3], "legIntPurposes": [2, 7], "flexiblePurposes": [2]},
  "25": {"id": 25, "purposes": [1], "legIntPurposes": [7], "flexiblePurposes": [7]}}}');
SELECT vendor, purpose, basis, flexible, tc_vendor_permits(tc, vendor, purpose) FROM example, tcf_vendor_purpose ORDER BY 1, 2;
SELECT tc_vendor_permits(tc, 755, 1) FROM example;
SELECT load_vendor_list('{"vendors": {}}');

-- findings
SELECT f.* FROM example, tc_findings(tc) f;
SELECT * FROM tc_findings('CQKjTcAQKjTcBAAABBENBkDCAAAEAJAAAAYgAyQAgAZQAHAAcACACAEEgAgAFCgAYACAAN______4AAA.oAAA.QAEQAQAEAAAA.IAEIA');
SELECT * FROM tc_findings('BQKjTcAQKjTcAEsABBENBk4AAAAArABAAGAA');

-- building
SELECT tc_build('{}');
SELECT tc_build('[]');
SELECT tc_build('{"created": "yesterday maybe"}');
SELECT tc_build('{"created": "1969-12-31Z"}');
SELECT tc_build('{"created": "2025-01-01T00:00:00.05Z"}');
SELECT tc_build('{"created": "2025-01-01Z", "version": 1}');
SELECT tc_build('{"created": "2025-01-01Z", "cmpId": 4096}');
SELECT tc_build('{"created": "2025-01-01Z", "cmpId": 1.5}');
SELECT tc_build('{"created": "2025-01-01Z", "consentLanguage": "E1"}');
SELECT tc_build('{"created": "2025-01-01Z", "purposeConsents": [25]}');
SELECT tc_build('{"created": "2025-01-01Z", "vendorConsents": [0]}');
SELECT tc_build('{"created": "2025-01-01Z", "vendorConsents": {"1": true}}');
SELECT tc_build('{"created": "2025-01-01Z", "vendorConsentsRanges": [[3, 2]]}');
SELECT tc_build('{"created": "2025-01-01Z", "publisherRestrictions": [{"purposeId": 1}]}');
SELECT tc_build('{"created": "2025-01-01Z", "publisherTC": {"numCustomPurposes": 2, "customConsents": [3]}}');
-- ranges are not expanded, whatever they claim
SELECT length(tc::text), tc_vendor_consents(tc), tc::jsonb -> 'vendorConsentsRanges'
  FROM tc_build('{"created": "2025-01-01Z", "vendorConsentsRanges": [[1, 65535], [1, 65535]]}') tc;
-- restrictions that claim all vendors for 63 purposes cost a document what they cost the string
SELECT length(tc::text), pg_column_size(tc::jsonb) < 2000000
  FROM (SELECT tc_build(jsonb_build_object('created', '2025-01-01Z', 'publisherRestrictions',
    (SELECT jsonb_agg(jsonb_build_object('purposeId', p, 'restrictionType', r, 'vendorsRanges', '[[1, 3999]]'::jsonb))
       FROM generate_series(1, 63) p, generate_series(0, 2) r)))) v (tc);

DROP VIEW example;
DROP TABLE same;
DROP EXTENSION ethdata_iab;
DROP SCHEMA ethdata;
