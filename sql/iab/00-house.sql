-- The house of ethdata_iab: the schema is ethdata's, also where ethdata is not.
-- It belongs to no extension, so that either may come first and stay when the
-- other goes; before this, sql/install/00-house.sql looks that nobody else has been there.

GRANT USAGE ON SCHEMA ethdata TO PUBLIC;
