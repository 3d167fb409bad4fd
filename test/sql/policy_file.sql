-- The policy as one document: plan_policy(), apply_policy(), export_policy(),
-- copy_policy().  What a plan shows is what is done; export, apply and export is
-- the identity, also in a database that had nothing; prune takes away what is not
-- named, and only then; many schemas; bad documents, with the place; rights;
-- events.
SET client_min_messages = warning;
CREATE EXTENSION ethdata;
CREATE ROLE regress_pf_admin IN ROLE ethdata_admin;
CREATE ROLE regress_pf_owner;
CREATE ROLE regress_pf_officer IN ROLE ethdata_officer;
CREATE ROLE regress_pf_auditor IN ROLE ethdata_auditor;
CREATE ROLE regress_pf_campaigns;
CREATE ROLE "regress_pf Finance";
CREATE SCHEMA crm AUTHORIZATION regress_pf_owner;
CREATE SCHEMA "Odd ""one" AUTHORIZATION regress_pf_owner;
GRANT USAGE ON SCHEMA crm, "Odd ""one" TO regress_pf_admin;
SET ROLE regress_pf_owner;
CREATE TABLE crm.customer (id bigint PRIMARY KEY, name text, email varchar(80), born date, country text, score numeric(6,2), sick text);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id bigint REFERENCES crm.customer, friend_id bigint REFERENCES crm.customer, note text, message text);
CREATE TABLE crm.profile (id int PRIMARY KEY, customer_id bigint REFERENCES crm.customer, likes jsonb);
CREATE TABLE "Odd ""one"."A.table" (id int PRIMARY KEY, "Who, me" bigint REFERENCES crm.customer, "It's" text);
RESET ROLE;
CREATE FUNCTION public.first_letter(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.left($1, 1)$$;

-- runs a statement and prints its one value, or its error
CREATE FUNCTION public.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  detail text;
  hint text;
  context text;
BEGIN
  EXECUTE statement INTO result;
  RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws(E'\n  ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''),
                   substring(context FROM 'policy, [^\n]*'));
END $$;
CREATE FUNCTION public.bad(document text) RETURNS text LANGUAGE sql AS $$
  SELECT public.try(format('SELECT count(*) FROM ethdata.plan_policy(%L)', document)) $$;
CREATE TABLE public.kept (name text PRIMARY KEY, policy jsonb);
GRANT SELECT ON public.kept TO PUBLIC;
INSERT INTO public.kept VALUES ('full', $${
  "version": 1,
  "purposes": [
    {"purpose": "marketing.email", "basis": "consent", "channel": "email", "consent_lifetime": "24 months", "title": "Mail"},
    {"purpose": "billing", "basis": "contract", "bases": {"ccpa": "opt_out"}, "recipients": ["tax office", "bank"]},
    {"purpose": "care", "basis": "explicit_consent", "parents": ["top"], "special_ground": "art. 9(2)(a)", "review": false},
    {"purpose": "marketing", "basis": "consent", "direct_marketing": true},
    {"purpose": "top", "basis": "contract", "parents": []},
    {"purpose": "old", "basis": "contract", "retired": true}
  ],
  "grants": [
    {"purpose": "marketing.email", "grantee": "regress_pf_campaigns", "as_default": true, "valid_until": "2100-01-01 00:00+02"},
    {"purpose": "billing", "grantee": "regress_pf Finance", "pooled": true, "reason": "CHG-7"}
  ],
  "collection": [{"purpose": "marketing", "grantee": "regress_pf_owner"}],
  "classes": [
    {"relation": "crm.customer", "birth_date": "born", "jurisdiction": "country", "contact_points": ["email"]}
  ],
  "tables": [
    {"relation": "crm.orders", "subject": "customer_id", "links": [{"subject": "friend_id", "as_role": "friend"}],
     "columns": {"note": {"masked_as": "public.first_letter(value)", "subject": "customer_id", "reveal_for": ["billing"], "on_write": "keep_if_mask"},
                 "message": {"masked_as": null, "subject": "friend_id", "category": "content", "origin": "detected"}}},
    {"relation": "crm.customer", "subject": "id", "force": true, "enforcement": "observe",
     "columns": {"email": {"masked_as": "ethdata.mask_email(value)", "reveal_for": ["marketing.email", "billing", "billing"], "category": "contact"},
                 "name": {"category": "identity"},
                 "sick": {"masked_as": null, "reveal_for": ["care"], "category": "health"},
                 "score": {"masked_as": "round(value, -1) + 0.5"},
                 "born": {"masked_as": "'2000-01-02'"}}},
    {"relation": "crm.profile", "subject": "customer_id", "class": "crm.customer", "rows": true, "new_columns": "show_and_report"},
    {"relation": "\"Odd \"\"one\".\"A.table\"", "subject": "\"Who, me\"", "columns": {"It's": {"masked_as": "upper(value)"}}}
  ]
}$$);
\pset format unaligned
\pset tuples_only on
\pset null '-'
SET SESSION AUTHORIZATION regress_pf_admin;

\echo == the plan, which changes nothing
SELECT p.* FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'full';
SELECT count(*) FROM ethdata.purpose;
\echo == it locks as reading does
BEGIN;
SELECT count(*) FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'full';
SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL;
COMMIT;
\echo == what is done
SET client_min_messages = notice;
SELECT ethdata.apply_policy(policy) FROM public.kept WHERE name = 'full';
\echo == and again
SELECT ethdata.apply_policy(policy) FROM public.kept WHERE name = 'full';
SELECT count(*) FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'full' AND p.action <> 'drop';
\echo == each call is an event
SET SESSION AUTHORIZATION regress_pf_auditor;
SELECT session_role, kind, details ->> 'action', count(*) FROM ethdata.audit_event GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SET SESSION AUTHORIZATION regress_pf_admin;
\echo == the document that reads it
SELECT jsonb_pretty(ethdata.export_policy());
\echo == the settings of the session make no difference
SET IntervalStyle = iso_8601;
SET DateStyle = german;
SET TimeZone = 'Asia/Tokyo';
SET search_path = crm, public, ethdata;
SET quote_all_identifiers = on;
SET extra_float_digits = 0;
SELECT md5(ethdata.export_policy()::text) AS changed \gset
RESET ALL;
SELECT md5(ethdata.export_policy()::text) = :'changed';

\echo == a function that stands before one of pg_catalog does not take its place
RESET SESSION AUTHORIZATION;
CREATE FUNCTION crm.upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.upper($1)$$;
GRANT EXECUTE ON FUNCTION crm.upper TO PUBLIC;
SET SESSION AUTHORIZATION regress_pf_admin;
SET search_path = crm, pg_catalog;
SELECT count(*) FROM ethdata.plan_policy(ethdata.export_policy());
RESET search_path;
RESET SESSION AUTHORIZATION;
DROP FUNCTION crm.upper;
SET SESSION AUTHORIZATION regress_pf_admin;

\echo == export, apply, export: the same
SELECT ethdata.apply_policy(ethdata.export_policy());
SELECT ethdata.apply_policy(ethdata.export_policy(), prune => true);
RESET SESSION AUTHORIZATION;
INSERT INTO public.kept SELECT 'exported', ethdata.export_policy();
SET SESSION AUTHORIZATION regress_pf_admin;
SELECT ethdata.export_policy() = policy FROM public.kept WHERE name = 'exported';
\echo == without prune a document takes nothing away
SELECT ethdata.apply_policy('{"version": 1, "purposes": [], "grants": [], "collection": [], "classes": [], "tables": []}');
SELECT ethdata.apply_policy('{"version": 1}', prune => true);
SELECT ethdata.export_policy() = policy FROM public.kept WHERE name = 'exported';
\echo == with it everything of the kinds that it speaks of
SELECT step, action, object, after, lock_mode
  FROM ethdata.plan_policy('{"version": 1, "purposes": [], "grants": [], "collection": [], "classes": [], "tables": []}');
SET client_min_messages = warning;
SELECT ethdata.apply_policy('{"version": 1, "purposes": [], "grants": [], "collection": [], "classes": [], "tables": []}', prune => true);
SELECT ethdata.export_policy() - 'purposes';
SELECT ethdata.apply_policy(policy) FROM public.kept WHERE name = 'exported';
SELECT ethdata.export_policy() = policy FROM public.kept WHERE name = 'exported';
\echo == attributes that change, and those alone
SET client_min_messages = notice;
RESET SESSION AUTHORIZATION;
INSERT INTO public.kept VALUES ('changed', $${
  "version": 1,
  "purposes": [
    {"purpose": "billing", "basis": "contract", "recipients": ["tax office"]},
    {"purpose": "old", "basis": "consent", "retired": true},
    {"purpose": "top", "basis": "contract", "parents": ["care"]},
    {"purpose": "care", "basis": "explicit_consent", "parents": [], "special_ground": "art. 9(2)(a)", "retired": true}
  ],
  "grants": [
    {"purpose": "billing", "grantee": "regress_pf_campaigns", "as_default": true},
    {"purpose": "marketing.email", "grantee": "regress_pf_campaigns"}
  ],
  "classes": [{"relation": "crm.customer", "birth_date": "born", "contact_points": []}],
  "tables": [
    {"relation": "crm.customer", "subject": "id", "enforcement": "off", "reason": "CHG-9",
     "columns": {"email": {"masked_as": "ethdata.mask_email(value)", "reveal_for": ["billing"], "on_write": "allow"},
                 "name": {"category": "identity", "origin": "detected"},
                 "sick": {"category": "unclassified"}}},
    {"relation": "crm.orders", "subject": "customer_id", "links": [{"subject": "friend_id"}],
     "columns": {"note": {"masked_as": "public.first_letter(value)", "subject": "customer_id", "reveal_for": ["billing"]}}}
  ]
}$$);
SET SESSION AUTHORIZATION regress_pf_admin;
SELECT p.* FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'changed';
SELECT count(*) FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'changed' AND p.action <> 'drop';
SELECT ethdata.apply_policy(policy) FROM public.kept WHERE name = 'changed';
SELECT ethdata.apply_policy(policy) FROM public.kept WHERE name = 'changed';
SELECT jsonb_pretty(ethdata.export_policy());
\echo == as many as the plan has, with prune
SELECT count(*) FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'changed';
SET client_min_messages = warning;
SELECT ethdata.apply_policy(policy, prune => true) FROM public.kept WHERE name = 'changed';
SELECT count(*) FROM public.kept k, ethdata.plan_policy(k.policy) p WHERE k.name = 'changed';
SELECT jsonb_pretty(ethdata.export_policy() - 'purposes');
\echo == a link, a purpose that is retired and taken back
SELECT p.* FROM ethdata.plan_policy('{"version": 1, "tables": [{"relation": "crm.orders", "subject": "customer_id"}]}') p;
SELECT p.* FROM ethdata.plan_policy('{"version": 1, "purposes": [{"purpose": "billing", "basis": "contract", "recipients": ["tax office"], "retired": true}]}') p WHERE p.action <> 'drop';
SET client_min_messages = notice;
SELECT ethdata.apply_policy('{"version": 1, "purposes": [{"purpose": "billing", "basis": "contract", "recipients": ["tax office"], "retired": true}]}');
SELECT ethdata.apply_policy('{"version": 1, "purposes": [{"purpose": "billing", "basis": "contract", "recipients": ["tax office"]}]}');
\echo == what is left out and keeps what it was; a column that nobody knew is known when it is named
SELECT ethdata.apply_policy('{"version": 1, "tables": [{"relation": "crm.customer", "subject": "id", "columns":
  {"email": {"masked_as": "ethdata.mask_email(value)", "reveal_for": ["billing"], "on_write": "allow"}, "name": {}}}]}');
RESET SESSION AUTHORIZATION;
ALTER TABLE crm.customer ADD COLUMN later text;
SET SESSION AUTHORIZATION regress_pf_admin;
SELECT p.* FROM ethdata.plan_policy('{"version": 1, "tables": [{"relation": "crm.customer", "subject": "id", "columns": {"later": {"category": "unclassified"}}}]}') p WHERE p.action <> 'drop';
SELECT ethdata.apply_policy('{"version": 1, "tables": [{"relation": "crm.customer", "subject": "id", "columns": {"later": {"category": "unclassified"}}}]}');
SELECT ethdata.apply_policy('{"version": 1, "tables": [{"relation": "crm.customer", "subject": "id", "columns": {"later": {"category": "unclassified"}}}]}');
\echo == a step that fails takes the others with it
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "purposes": [{"purpose": "new", "basis": "consent"}],
  "tables": [{"relation": "crm.profile", "subject": "customer_id", "columns": {"likes": {"masked_as": null, "on_write": "sometimes"}}}]}')$$);
SELECT count(*) FROM ethdata.purpose WHERE code = 'new';
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "purposes": [{"purpose": "a", "basis": "consent", "parents": ["b"]}, {"purpose": "b", "basis": "consent", "parents": ["a"]}]}')$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "tables": [{"relation": "crm.orders", "subject": "customer_id", "enforcement": "observe"}]}')$$);

\echo == many schemas
RESET SESSION AUTHORIZATION;
SELECT ethdata.apply_policy('{"version": 1, "grants": [], "collection": [], "classes": [], "tables": []}', prune => true);
CREATE SCHEMA tenant_1;
CREATE SCHEMA tenant_2;
CREATE SCHEMA "tenant_3 x";
CREATE SCHEMA tenant;
GRANT USAGE ON SCHEMA tenant_1, tenant_2, "tenant_3 x", tenant TO regress_pf_admin;
CREATE TABLE tenant_1.customer (id bigint PRIMARY KEY, email text);
CREATE TABLE tenant_2.customer (id bigint PRIMARY KEY, email text);
CREATE TABLE "tenant_3 x".customer (id bigint PRIMARY KEY, email text);
CREATE TABLE tenant_1.orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES tenant_1.customer);
CREATE TABLE tenant_2.orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES tenant_2.customer);
CREATE TABLE "tenant_3 x".orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES "tenant_3 x".customer);
INSERT INTO public.kept VALUES ('tenants', $${
  "version": 1,
  "classes": [{"relation": "{schema}.customer"}],
  "tables": [
    {"relation": "{schema}.customer", "subject": "id", "columns": {"email": {"masked_as": "ethdata.mask_email(value)"}}},
    {"relation": "{schema}.orders", "subject": "customer_id", "class": "{schema}.customer"},
    {"relation": "crm.profile", "columns": {"likes": {"masked_as": null}}}
  ]
}$$);
SET SESSION AUTHORIZATION regress_pf_admin;
SELECT try($$SELECT ethdata.apply_policy(policy) FROM public.kept WHERE name = 'tenants'$$);
SELECT p.* FROM public.kept k, ethdata.plan_policy(k.policy, '{tenant_1,tenant_2}') p WHERE k.name = 'tenants';
SELECT ethdata.apply_policy(policy, '{tenant_%}') FROM public.kept WHERE name = 'tenants';
SELECT ethdata.apply_policy(policy, '{tenant_1,"tenant_3 x",tenant_2}') FROM public.kept WHERE name = 'tenants';
SELECT jsonb_pretty(ethdata.export_policy('{tenant_%}') - '{purposes,grants,collection}'::text[]);
SELECT ethdata.apply_policy(ethdata.export_policy('{tenant_%}'), '{tenant_%}', prune => true);
\echo == one that differs is written out; one schema is a pattern for others
SELECT ethdata.mask('tenant_2.customer', 'email', masked_as => 'upper(value)');
SELECT jsonb_pretty(ethdata.export_policy('{tenant_1,tenant_2}') -> 'tables');
SELECT ethdata.apply_policy(ethdata.export_policy('{tenant_1,tenant_2}'), '{tenant_1,tenant_2}', prune => true);
SELECT action, object, before, after FROM ethdata.plan_policy(ethdata.export_policy('{tenant_1}'), '{tenant_2}');
\echo == prune stays within them
SELECT action, object FROM ethdata.plan_policy('{"version": 1, "classes": [], "tables": []}', '{tenant_2}');
SELECT ethdata.apply_policy('{"version": 1, "classes": [], "tables": []}', '{tenant_2}', prune => true);
SELECT action, object FROM ethdata.plan_policy('{"version": 1, "classes": [], "tables": []}');

\echo == bad arguments
SELECT try($$SELECT ethdata.apply_policy(NULL)$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1}', prune => NULL)$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1}', '{}')$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1}', '{nothing%}')$$);
SELECT try($$SELECT ethdata.export_policy('{nothing}')$$);
SELECT try($$SELECT ethdata.export_policy('{crm,NULL}')$$);
\echo == bad documents
SELECT bad('[]');
SELECT bad('1');
SELECT bad('{}');
SELECT bad('{"version": "1"}');
SELECT bad('{"version": 2}');
SELECT bad('{"version": 1, "notices": []}');
SELECT bad('{"version": 1, "purposes": {}}');
SELECT bad('{"version": 1, "purposes": ["billing"]}');
SELECT bad('{"version": 1, "purposes": [{"basis": "consent"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": 7, "basis": "consent"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": null}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent", "parent": []}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent", "parents": "q"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent", "parents": ["q", 1]}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent", "review": "yes"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent", "bases": []}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent", "consent_lifetime": "long"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent"}, {"purpose": "p", "basis": "contract"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "No code", "basis": "consent"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "whim"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p.q", "basis": "consent"}]}');
SELECT bad('{"version": 1, "grants": [{"purpose": "p", "grantee": "regress_pf_owner"}]}');
SELECT bad('{"version": 1, "purposes": [{"purpose": "p", "basis": "consent"}], "grants": [{"purpose": "p", "grantee": "regress_pf_owner"}]}');
SELECT bad('{"version": 1, "grants": [{"purpose": "p"}]}');
SELECT bad('{"version": 1, "grants": [{"purpose": "p", "grantee": "regress_pf_nobody"}]}');
SELECT bad('{"version": 1, "grants": [{"purpose": "p", "grantee": "regress_pf_owner", "valid_until": "soon"}]}');
SELECT bad('{"version": 1, "grants": [{"purpose": "p", "grantee": "regress_pf_owner", "token_required": "yes"}]}');
SELECT bad('{"version": 1, "grants": [{"purpose": "p", "grantee": "regress_pf_owner", "asserted_by": "no_such()"}]}');
SELECT bad('{"version": 1, "collection": [{"purpose": "p", "grantee": "regress_pf_owner", "pooled": true}]}');
SELECT bad('{"version": 1, "classes": [{"relation": "customer"}]}');
SELECT bad('{"version": 1, "classes": [{"relation": "crm.nothing"}]}');
SELECT bad('{"version": 1, "classes": [{"relation": "crm.customer", "subject_key": "nothing"}]}');
SELECT bad('{"version": 1, "classes": [{"relation": "crm.customer", "code": "{schema}.customer"}]}');
SELECT bad('{"version": 1, "tables": [{"subject": "id"}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.customer", "subject": "nothing"}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "ethdata.purpose"}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.customer"}, {"relation": "CRM.customer"}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "subject": "customer_id", "class": "customer"}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "links": [{"as_role": "friend"}]}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "links": [{"subject": "friend_id"}, {"subject": "\"friend_id\""}]}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": ["note"]}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": null}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"nothing": {}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"reveal_for": []}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"origin": "detected"}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "enforcement": "sometimes"}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"category": "secret"}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"category": "content", "origin": "?"}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"masked_as": null, "reveal_for": ["billing", "p"]}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"masked_as": 1}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"masked_as": "message"}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"masked_as": "left(value"}}}]}');
SELECT bad('{"version": 1, "tables": [{"relation": "crm.orders", "columns": {"note": {"masked_as": "value", "mask": 1}}}]}');
RESET SESSION AUTHORIZATION;
SELECT ethdata.apply_policy(policy, prune => true) FROM public.kept WHERE name = 'exported';

\echo == an owner has his tables, and no more; he only protects more
SET SESSION AUTHORIZATION regress_pf_owner;
SELECT try($$SELECT ethdata.export_policy()$$);
SELECT try($$SELECT count(*) FROM ethdata.plan_policy('{"version": 1, "purposes": []}')$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "grants": []}')$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "collection": []}')$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "classes": []}')$$);
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "tables": []}', prune => true)$$);
SELECT try($$SELECT count(*) FROM ethdata.plan_policy('{"version": 1, "tables": [{"relation": "tenant_1.customer", "subject": "id"}]}')$$);
SELECT p.* FROM ethdata.plan_policy('{"version": 1, "tables": [{"relation": "crm.orders", "subject": "customer_id", "links": [{"subject": "friend_id", "as_role": "friend"}], "columns":
  {"note": {"masked_as": "public.first_letter(value)", "subject": "customer_id", "on_write": "keep_if_mask"}}}]}') p;
SELECT ethdata.apply_policy('{"version": 1, "tables": [{"relation": "crm.orders", "subject": "customer_id", "links": [{"subject": "friend_id", "as_role": "friend"}], "columns":
  {"note": {"masked_as": "public.first_letter(value)", "subject": "customer_id", "on_write": "keep_if_mask"}}}]}');
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "tables": [{"relation": "crm.orders", "subject": "customer_id", "columns":
  {"note": {"masked_as": "public.first_letter(value)", "subject": "customer_id", "reveal_for": ["billing"], "on_write": "keep_if_mask"}}}]}')$$);
SET SESSION AUTHORIZATION regress_pf_campaigns;
SELECT try($$SELECT ethdata.export_policy()$$);
SELECT try($$SELECT count(*) FROM ethdata.plan_policy('{"version": 1, "tables": [{"relation": "crm.orders"}]}')$$);
SELECT try($$SELECT count(*) FROM ethdata.plan_policy('{"version": 1}')$$);
\echo == officers and auditors read it
SET SESSION AUTHORIZATION regress_pf_officer;
SELECT jsonb_array_length(ethdata.export_policy() -> 'tables');
SET SESSION AUTHORIZATION regress_pf_auditor;
SELECT jsonb_array_length(ethdata.export_policy() -> 'tables');
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "purposes": []}')$$);
\echo == a function that was taken from PUBLIC is not called
RESET SESSION AUTHORIZATION;
REVOKE EXECUTE ON FUNCTION ethdata.retire_purpose FROM PUBLIC;
SET SESSION AUTHORIZATION regress_pf_admin;
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "purposes": [{"purpose": "top", "basis": "contract", "retired": true}]}')$$);
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION ethdata.retire_purpose TO PUBLIC;

\echo == grants that are over, or whose role is gone, are no part of it
CREATE ROLE regress_pf_gone;
SELECT ethdata.grant_purpose('top', 'regress_pf_gone');
SELECT ethdata.grant_purpose('top', 'regress_pf_owner');
DROP ROLE regress_pf_gone;
UPDATE ethdata.purpose_grant SET valid_until = now() - interval '1 hour' WHERE grantee = 'regress_pf_owner';
SELECT jsonb_path_query(ethdata.export_policy(), '$.grants[*] ? (@.purpose == "top")');
SELECT action, object FROM ethdata.plan_policy(ethdata.export_policy());

\echo == tokens and trusted callers
SELECT ethdata.revoke_purpose('top', 'regress_pf_owner');
CREATE FUNCTION crm.pre_request() RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS '';
SELECT ethdata.grant_purpose('self', 'regress_pf_owner', token_required => true),
  ethdata.grant_purpose('top', 'regress_pf_owner', asserted_by => 'crm.pre_request()', token_required => true);
SELECT jsonb_path_query(ethdata.export_policy(), '$.grants[*] ? (@.grantee == "regress_pf_owner")');
SELECT action, object FROM ethdata.plan_policy(ethdata.export_policy());
SET search_path = crm, public;
SELECT action, object, before, after FROM ethdata.plan_policy('{"version": 1, "grants": [{"purpose": "self", "grantee": "regress_pf_owner", "token_required": true},
  {"purpose": "top", "grantee": "regress_pf_owner", "asserted_by": "pre_request()"}]}') WHERE action = 'alter';
RESET search_path;
SELECT ethdata.apply_policy('{"version": 1, "grants": [{"purpose": "top", "grantee": "regress_pf_owner", "asserted_by": "crm.pre_request()"}]}');
SELECT asserted_by, token_required FROM ethdata.purpose_grant g JOIN ethdata.purpose p ON p.id = g.purpose WHERE p.code = 'top' AND grantee = 'regress_pf_owner';
SELECT try($$SELECT ethdata.apply_policy('{"version": 1, "grants": [{"purpose": "self", "grantee": "regress_pf_owner"}]}')$$);
SELECT ethdata.revoke_purpose('self', 'regress_pf_owner'), ethdata.revoke_purpose('top', 'regress_pf_owner');
DROP FUNCTION crm.pre_request();

\echo == copy_policy(): for a table that takes the place of another one
CREATE TABLE crm.orders_new (message text, extra text, note varchar(30), customer_id bigint REFERENCES crm.customer, id int PRIMARY KEY, late text);
ALTER TABLE crm.orders_new OWNER TO regress_pf_owner;
ALTER TABLE crm.orders ADD COLUMN late text;
SET SESSION AUTHORIZATION regress_pf_owner;
SELECT try($$SELECT ethdata.copy_policy('crm.orders', 'crm.orders_new')$$);
ALTER TABLE crm.orders_new ADD COLUMN friend_id bigint REFERENCES crm.customer;
SELECT try($$SELECT ethdata.copy_policy(NULL, 'crm.orders_new')$$);
SELECT try($$SELECT ethdata.copy_policy('crm.orders', NULL)$$);
SELECT try($$SELECT ethdata.copy_policy('crm.orders', 'crm.orders')$$);
SELECT try($$SELECT ethdata.copy_policy('crm.orders_new', 'crm.orders')$$);
SELECT try($$SELECT ethdata.copy_policy('crm.orders', 'tenant_1.orders')$$);
SET client_min_messages = notice;
BEGIN;
SELECT ethdata.copy_policy('crm.orders', 'crm.orders_new');
SELECT ethdata.copy_policy('crm.orders', 'crm.orders_new');
ALTER TABLE crm.orders RENAME TO orders_old;
ALTER TABLE crm.orders_new RENAME TO orders;
COMMIT;
SELECT column_name, category, masked_as, reveal_for FROM ethdata.describe('crm.orders');
RESET SESSION AUTHORIZATION;
SELECT jsonb_pretty(jsonb_path_query_array(ethdata.export_policy(), '$.tables[*] ? (@.relation starts with "crm.orders")'));
SET client_min_messages = warning;
SELECT count(*) FROM ethdata.verify_audit() WHERE NOT ok;
DROP EXTENSION ethdata CASCADE;
DROP SCHEMA crm, "Odd ""one", tenant_1, tenant_2, "tenant_3 x", tenant CASCADE;
DROP ROLE regress_pf_admin, regress_pf_owner, regress_pf_officer, regress_pf_auditor, regress_pf_campaigns, "regress_pf Finance";
