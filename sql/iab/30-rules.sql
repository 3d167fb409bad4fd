-- What a site may add to: sections, rules of who speaks for what where.

---------------------------------------------------------------- sections of the site

CREATE FUNCTION ethdata._gpp_layout_check(pg_catalog.int4, pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata__gpp_layout_check';
COMMENT ON FUNCTION ethdata._gpp_layout_check(pg_catalog.int4, pg_catalog.text) IS
  'Of the constraint of ethdata.gpp_section: true, or an error that says what is wrong. Errors: 22023.';
CREATE TABLE ethdata.gpp_section (
  id     pg_catalog.int4 PRIMARY KEY,
  name   pg_catalog.text COLLATE pg_catalog."C" NOT NULL UNIQUE,
  layout pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  CONSTRAINT gpp_section_id CHECK (id OPERATOR(pg_catalog.>=) 1 AND id OPERATOR(pg_catalog.<=) 65535),
  CONSTRAINT gpp_section_name CHECK (name OPERATOR(pg_catalog.~) '^[a-z][a-z0-9]{0,30}$'),
  CONSTRAINT gpp_section_layout CHECK (ethdata._gpp_layout_check(id, layout))
);
COMMENT ON TABLE ethdata.gpp_section IS
  'Sections of GPP strings that are not shipped. layout: fields in order as name:bits, name:bits*count of a list, name:bool, name:letters, name:time, name:setN of N bits; =N behind a number shows it where its sub-section is absent; | begins a sub-section. Strings with such a section were accepted before; from the row on, ethdata.gpp_decode() and ethdata.gpp_permits() read it.';
REVOKE ALL ON TABLE ethdata.gpp_section FROM PUBLIC;
GRANT SELECT ON TABLE ethdata.gpp_section TO PUBLIC;

CREATE FUNCTION ethdata.gpp_sections() RETURNS TABLE (id pg_catalog.int4, name pg_catalog.text, layout pg_catalog.text)
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT s.id, s.name, s.layout FROM ethdata.gpp_shipped_sections() s
  UNION ALL
  SELECT s.id, s.name, s.layout FROM ethdata.gpp_section s
  ORDER BY 1;
END;
COMMENT ON FUNCTION ethdata.gpp_sections() IS
  'All sections whose layout is known, shipped and of the site.';
CREATE FUNCTION ethdata.gpp_decode(gpp ethdata.gppstring) RETURNS pg_catalog.jsonb
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_decode';
COMMENT ON FUNCTION ethdata.gpp_decode(ethdata.gppstring) IS
  'The cast to jsonb, with the sections of ethdata.gpp_section decoded too. Errors: 22023 a section that does not have the layout of its row.';

---------------------------------------------------------------- what is permitted

CREATE TABLE ethdata.gpp_rule (
  jurisdiction pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  purpose      pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  section      pg_catalog.int4 NOT NULL,
  field        pg_catalog.text COLLATE pg_catalog."C" NOT NULL,
  element      pg_catalog.int4 NOT NULL DEFAULT 0,
  permits      pg_catalog.int4 NOT NULL DEFAULT 2,
  gpc          pg_catalog.bool NOT NULL DEFAULT false,
  shipped      pg_catalog.bool NOT NULL DEFAULT false,
  PRIMARY KEY (jurisdiction, purpose, section, field, element, shipped),
  CONSTRAINT gpp_rule_jurisdiction CHECK (jurisdiction OPERATOR(pg_catalog.~) '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
  CONSTRAINT gpp_rule_element CHECK (element OPERATOR(pg_catalog.>=) 0)
);
COMMENT ON TABLE ethdata.gpp_rule IS
  'Which field of which section speaks for a purpose in a jurisdiction (ISO 3166; a country''s rules hold in its subdivisions). element: of a list, from 1. permits: the one value that does; of opt-outs and of consents it is 2. gpc: a GPC signal of the section is a no. Purposes that are shipped: sale, sharing, targeted_advertising, those of minors with their age behind (sale.13_15), child.* and sensitive.*. Shipped rows never change; a site adds its own (shipped false), and every row that applies must permit.';
INSERT INTO ethdata.gpp_rule (jurisdiction, purpose, section, field, element, gpc, shipped)
  -- opt-outs: the national section and US Privacy for all states, then each state's
  SELECT j, p, s, f, 0, true, true
    FROM (VALUES
      ('US', 6, '{OptOutSale}'), ('US', 7, '{SaleOptOut,SharingOptOut,TargetedAdvertisingOptOut}'), ('US-CA', 8, '{SaleOptOut,SharingOptOut}')) v (j, s, fields)
   CROSS JOIN LATERAL pg_catalog.unnest(v.fields::pg_catalog.text[]) f
    JOIN (VALUES ('OptOutSale', 'sale'), ('SaleOptOut', 'sale'), ('SharingOptOut', 'sharing'), ('TargetedAdvertisingOptOut', 'targeted_advertising')) n (field, p)
      ON n.field OPERATOR(pg_catalog.=) f
  UNION ALL
  SELECT 'US-' OPERATOR(pg_catalog.||) pg_catalog.upper(pg_catalog.substr(t.name, 3)), n.p, t.id, n.field, 0, true, true
    FROM ethdata.gpp_shipped_sections() t
   CROSS JOIN (VALUES ('SaleOptOut', 'sale'), ('TargetedAdvertisingOptOut', 'targeted_advertising')) n (field, p)
   WHERE t.id OPERATOR(pg_catalog.>=) 9;
INSERT INTO ethdata.gpp_rule (jurisdiction, purpose, section, field, element, shipped)
  -- sensitive data: the categories in the order in which each section lists them
  SELECT v.j, 'sensitive.' OPERATOR(pg_catalog.||) c, v.s, 'SensitiveDataProcessing', e, true
    FROM (VALUES
      ('US', 7, '{racial_ethnic_origin,religious_beliefs,health,sexual_orientation,citizenship_status,genetic,biometric,precise_geolocation,id_numbers,account_credentials,union_membership,communication_contents,consumer_health,crime_victim,national_origin,transgender_status}'),
      ('US-CA', 8, '{id_numbers,account_credentials,precise_geolocation,racial_ethnic_origin,communication_contents,genetic,biometric,health,sexual_orientation}'),
      ('US-CO', 10, '{racial_ethnic_origin,religious_beliefs,health,sexual_orientation,citizenship_status,genetic,biometric}'),
      ('US-UT', 11, '{racial_ethnic_origin,religious_beliefs,sexual_orientation,citizenship_status,health,genetic,biometric,precise_geolocation}'),
      ('US-OR', 15, '{racial_ethnic_origin,religious_beliefs,health,sexual_orientation,transgender_status,citizenship_status,national_origin,crime_victim,genetic,biometric,precise_geolocation}'),
      ('US-DE', 17, '{racial_ethnic_origin,religious_beliefs,health,sexual_orientation,transgender_status,citizenship_status,genetic,biometric,precise_geolocation}'),
      ('US-NJ', 21, '{racial_ethnic_origin,religious_beliefs,health,sexual_orientation,citizenship_status,genetic,biometric,precise_geolocation,transgender_status,account_credentials}')) v (j, s, categories)
   CROSS JOIN LATERAL pg_catalog.unnest(v.categories::pg_catalog.text[]) WITH ORDINALITY u (c, e)
  UNION ALL
  -- California asks once for three of them
  VALUES ('US-CA', 'sensitive.religious_beliefs', 8, 'SensitiveDataProcessing', 4, true),
         ('US-CA', 'sensitive.union_membership', 8, 'SensitiveDataProcessing', 4, true)
  UNION ALL
  SELECT 'US-' OPERATOR(pg_catalog.||) pg_catalog.upper(pg_catalog.substr(t.name, 3)), 'sensitive.' OPERATOR(pg_catalog.||) c, t.id,
         'SensitiveDataProcessing', e, true
    FROM ethdata.gpp_shipped_sections() t
   CROSS JOIN LATERAL pg_catalog.unnest('{racial_ethnic_origin,religious_beliefs,health,sexual_orientation,citizenship_status,genetic,biometric,precise_geolocation}'::pg_catalog.text[])
         WITH ORDINALITY u (c, e)
   WHERE t.name OPERATOR(pg_catalog.=) ANY ('{usva,usct,usfl,usmt,ustx,usia,usne,usnh,ustn,usmn,usin,usky,usri}'::pg_catalog.text[])
  UNION ALL
  -- minors: known children, and those who may answer for themselves
  SELECT v.j, p, v.s, 'KnownChildSensitiveDataConsents', e, true
    FROM (VALUES
      ('US', 7, '{child.13_15,child.under_13,child.16_17}'),
      ('US-CA', 8, '{sale.under_16,sharing.under_16}'),
      ('US-CT', 12, '{child.under_13,sale.13_15,targeted_advertising.13_15}'),
      ('US-FL', 13, '{child.under_13,child.13_15,child.16_17}'),
      ('US-MT', 14, '{child.under_13,sale.13_15,targeted_advertising.13_15}'),
      ('US-OR', 15, '{child.under_13,sale.13_15,targeted_advertising.13_15}'),
      ('US-DE', 17, '{child.under_13,sale.13_15,targeted_advertising.13_15,sale.16_17,targeted_advertising.16_17}'),
      ('US-NH', 20, '{child.under_13,sale.13_15,targeted_advertising.13_15}'),
      ('US-NJ', 21, '{child.under_13,sale.13_15,targeted_advertising.13_15,sale.16,targeted_advertising.16}')) v (j, s, purposes)
   CROSS JOIN LATERAL pg_catalog.unnest(v.purposes::pg_catalog.text[]) WITH ORDINALITY u (p, e)
  UNION ALL
  SELECT 'US-' OPERATOR(pg_catalog.||) pg_catalog.upper(pg_catalog.substr(t.name, 3)), 'child.under_13', t.id, 'KnownChildSensitiveDataConsents', 0, true
    FROM ethdata.gpp_shipped_sections() t
   WHERE t.name OPERATOR(pg_catalog.=) ANY ('{usva,usco,usut,ustx,usia,usne,ustn,usmn,usin,usky,usri}'::pg_catalog.text[]);
REVOKE ALL ON TABLE ethdata.gpp_rule FROM PUBLIC;
GRANT SELECT ON TABLE ethdata.gpp_rule TO PUBLIC;

-- After the rows: what is shipped is the same in every database, so that a dump need
-- not carry it and a restore means the same.
CREATE FUNCTION ethdata._iab_shipped_rows() RETURNS pg_catalog.trigger
  LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ethdata__iab_shipped_rows';
REVOKE ALL ON FUNCTION ethdata._iab_shipped_rows() FROM PUBLIC;
COMMENT ON FUNCTION ethdata._iab_shipped_rows() IS
  'Trigger (BEFORE INSERT, UPDATE, DELETE by row and TRUNCATE; ENABLE ALWAYS) of ethdata.gpp_rule: only scripts of the extension write shipped rows. Errors: 42501; 39P01 when called otherwise.';
CREATE TRIGGER shipped_rows BEFORE INSERT OR UPDATE OR DELETE ON ethdata.gpp_rule
  FOR EACH ROW EXECUTE FUNCTION ethdata._iab_shipped_rows();
COMMENT ON TRIGGER shipped_rows ON ethdata.gpp_rule IS 'Shipped rows never change.';
CREATE TRIGGER shipped_table BEFORE TRUNCATE ON ethdata.gpp_rule
  FOR EACH STATEMENT EXECUTE FUNCTION ethdata._iab_shipped_rows();
COMMENT ON TRIGGER shipped_table ON ethdata.gpp_rule IS 'Shipped rows never go.';
ALTER TABLE ethdata.gpp_rule ENABLE ALWAYS TRIGGER shipped_rows;
ALTER TABLE ethdata.gpp_rule ENABLE ALWAYS TRIGGER shipped_table;

CREATE FUNCTION ethdata.gpp_permits(gpp ethdata.gppstring, jurisdiction pg_catalog.text, purpose pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ethdata_gpp_permits';
COMMENT ON FUNCTION ethdata.gpp_permits(ethdata.gppstring, pg_catalog.text, pg_catalog.text) IS
  'What the string says for a purpose of ethdata.gpp_rule in a jurisdiction, as US-CA: true when every section that speaks permits, false when one does not (opted out, no consent, not applicable, undefined, or GPC where the rule heeds it), NULL when none speaks. Errors: 42704 a purpose that no rule knows.';
