# Ways to the data that need more than a statement: other extensions (dblink, postgres_fdw,
# pageinspect, pg_stat_statements, auto_explain), the server's log, replication, maintenance
# rights, foreign partitions, roles that change while a cursor is open.  A masked role gets
# masks or an error by each; where the way itself is raw, self_check() says so.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node(
	'paths',
	preload => 'pg_stat_statements,auto_explain,ethdata',
	init => [ allows_streaming => 'logical' ],
	settings => "auto_explain.log_min_duration = 0\nauto_explain.log_analyze = on\nauto_explain.log_verbose = on\nauto_explain.log_nested_statements = on\n"
	  . "log_parameter_max_length_on_error = -1\nlog_parameter_max_length = -1\nlog_error_verbosity = verbose\npg_stat_statements.track = all\n");
my $version = $node->safe_psql('postgres', 'SHOW server_version_num');
my $super = $node->safe_psql('postgres', 'SELECT current_user');
my $where = 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres';

# every value that eve may not see holds "Raw"
$node->safe_psql(
	'postgres', q{
	CREATE ROLE owner; CREATE ROLE eve LOGIN; CREATE ROLE keeper LOGIN; CREATE ROLE copier LOGIN REPLICATION; CREATE ROLE mallory LOGIN;
	GRANT eve TO mallory;
	CREATE SCHEMA crm AUTHORIZATION owner;
	GRANT USAGE ON SCHEMA crm TO PUBLIC;
	GRANT CREATE ON SCHEMA crm TO eve, mallory;
	SET ROLE owner;
	CREATE TABLE crm.c (id bigint PRIMARY KEY, name text, email text, n int CHECK (n > 0));
	CREATE INDEX ON crm.c (email);
	INSERT INTO crm.c SELECT g, 'n' || g, 'Raw' || lpad(g::text, 4, '0') || '@x', g FROM generate_series(1, 200) g;
	CREATE TABLE crm.h (cid bigint PRIMARY KEY REFERENCES crm.c, v text);
	INSERT INTO crm.h SELECT g, CASE g WHEN 1 THEN 'Seen' ELSE 'Raw' || g END FROM generate_series(1, 50) g;
	CREATE TABLE crm.p (id bigint, email text, k int) PARTITION BY LIST (k);
	CREATE TABLE crm.p1 PARTITION OF crm.p FOR VALUES IN (1);
	CREATE TABLE crm.far (id bigint, email text, k int);
	INSERT INTO crm.far VALUES (1, 'Seen-far', 2), (2, 'Raw-far', 2);
	INSERT INTO crm.p VALUES (1, 'Seen-p', 1), (2, 'Raw-p', 1);
	GRANT SELECT ON crm.c, crm.h, crm.p, crm.p1 TO eve, copier, keeper;
	GRANT UPDATE (name, n) ON crm.c TO eve;
	RESET ROLE;
	CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw; CREATE EXTENSION pageinspect; CREATE EXTENSION pgstattuple; CREATE EXTENSION pg_stat_statements;
	SELECT ethdata.define_subject_class('crm.c');
	SELECT ethdata.define_purpose('mk', basis => 'consent');
	SELECT ethdata.grant_purpose('mk', r, as_default => true) FROM unnest('{eve,copier,keeper}'::regrole[]) r;
	SELECT ethdata.protect('crm.c', subject => 'id'), ethdata.protect('crm.h', subject => 'cid', rows => true), ethdata.protect('crm.p', subject => 'id', class => 'crm.c');
	SELECT ethdata.mask('crm.c', 'email', masked_as => '''***''', reveal_for => '{mk}'), ethdata.mask('crm.p', 'email', masked_as => '''***''', reveal_for => '{mk}');
	SELECT ethdata.give_consent('1', 'mk');
	ANALYZE crm.c, crm.h, crm.p;
});

# as(role, sql) -- what comes out, errors too
sub as
{
	my ($role, $sql, @more) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $role, @more ], on_error_stop => 0);

	return $err eq '' ? $out : "$out\n$err";
}

# ---- E12: a session within the session

like(as('eve', "SELECT * FROM dblink('$where user=$super', 'SELECT email FROM crm.c') x(e text)"), qr/password (?:or GSSAPI.*)?(?:is )?required/i, 'dblink to another role needs its password');
like(as('eve', "SELECT dblink_connect_u('$where user=$super')"), qr/permission denied for function dblink_connect_u/, 'nor is there dblink_connect_u');
$node->safe_psql(
	'postgres', qq{
	CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${\ $node->host}', port '${\ $node->port}', dbname 'postgres');
	CREATE USER MAPPING FOR eve SERVER loop OPTIONS (user 'eve', password_required 'false');
	CREATE FOREIGN TABLE crm.f (id bigint, name text, email text, n int) SERVER loop OPTIONS (schema_name 'crm', table_name 'c');
	CREATE FOREIGN TABLE crm.fh (cid bigint, v text) SERVER loop OPTIONS (schema_name 'crm', table_name 'h');
	GRANT SELECT ON crm.f, crm.fh TO eve;
	GRANT USAGE ON FOREIGN SERVER loop TO eve;
});
is(as('eve', 'SELECT id, email FROM crm.f WHERE id < 3 ORDER BY id'), "1|Raw0001\@x\n2|***", 'a foreign table that leads back is read as the role of the mapping, masked');
is(as('eve', "SELECT id FROM crm.f WHERE email = 'Raw0002\@x'; SELECT count(*) FROM crm.f WHERE email > 'Raw0100'; SELECT * FROM crm.fh"), "0\n1|Seen", '... and its conditions meet the mask there');
is(as('eve', 'SELECT f.id FROM crm.f JOIN crm.fh ON fh.cid = f.id AND f.email < fh.v'), '1', '... joins too');

# ---- E13, E14: a foreign table as part of a protected one

$node->safe_psql(
	'postgres', qq{
	CREATE USER MAPPING FOR $super SERVER loop OPTIONS (user '$super', password_required 'false');
	CREATE FOREIGN TABLE crm.p2 PARTITION OF crm.p FOR VALUES IN (2) SERVER loop OPTIONS (schema_name 'crm', table_name 'far');
	ALTER USER MAPPING FOR eve SERVER loop OPTIONS (SET user '$super');
	GRANT SELECT ON crm.p2 TO eve;
});
is(as('eve', 'SELECT id, email, k FROM crm.p ORDER BY k, id'), "1|Seen-p|1\n2|***|1\n1|Seen-far|2\n2|***|2", 'a foreign partition is masked, though its mapping reads raw');
is(as('eve', 'SELECT id, email FROM crm.p2 ORDER BY id'), "1|Seen-far\n2|***", '... also by its own name');
is(as('eve', "SELECT id FROM crm.p2 WHERE email = 'Raw-far' OR email LIKE 'Raw%'; SELECT id FROM crm.p2 ORDER BY email, id"), "2\n1", '... and no condition or order is sent away raw');
unlike(as('eve', "EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM crm.p2 WHERE email = 'Raw-far' ORDER BY email"), qr/Remote SQL: .*(?:WHERE|ORDER BY) .*email/, '... as EXPLAIN says');
like(as('eve', "CREATE FOREIGN TABLE crm.mine () INHERITS (crm.p1) SERVER loop"), qr/ERROR/, 'nor can it be had as a parent of one\'s own');

# ---- E17: pages

like(as('eve', "SELECT * FROM heap_page_items(get_raw_page('crm.c', 0))"), qr/(?:must be superuser|permission denied)/, 'pages are for superusers');
like(as('eve', "SELECT * FROM bt_page_items('crm.c_email_idx', 1)"), qr/(?:must be superuser|permission denied)/, 'pages of indexes too');
like(as('eve', "SELECT * FROM pgstattuple('crm.c')"), qr/permission denied/, 'and their statistics are not for everybody');

# ---- C7: who may maintain a table

SKIP:
{
	skip 'MAINTAIN is of PostgreSQL 17', 3 if $version < 170000;

	$node->safe_psql('postgres', 'GRANT MAINTAIN ON crm.c, crm.h TO keeper');
	is(as('keeper', 'ANALYZE crm.c; REINDEX TABLE crm.c; VACUUM crm.h; CLUSTER crm.c USING c_pkey'), '', 'a role with MAINTAIN maintains');
	unlike(as('keeper', "SELECT * FROM pg_stats WHERE tablename IN ('c', 'h'); SELECT * FROM pg_stats_ext; SELECT email FROM crm.c WHERE id = 2; SELECT * FROM crm.h"), qr/Raw(?!0001)/, '... and reads masks and no statistics');
	like(as('keeper', 'CREATE STATISTICS crm.s ON email, n FROM crm.c'), qr/must be owner/, '... and makes none');
}

# ---- E15: replication

like(as('copier', 'COPY crm.c TO STDOUT', '-d', "$where user=copier replication=database"), qr/ERROR/, 'a masked role copies no table over a replication connection');
unlike(as('copier', 'COPY crm.c TO STDOUT', '-d', "$where user=copier replication=database"), qr/Raw/, '... raw');
unlike(as('copier', 'SELECT email FROM crm.c WHERE id = 2', '-d', "$where user=copier replication=database"), qr/Raw/, '... nor by a query');
is(as('copier', "SELECT slot_name FROM pg_create_logical_replication_slot('away', 'test_decoding')"), 'away', 'who may replicate makes a slot');
$node->safe_psql('postgres', "UPDATE crm.c SET n = n + 1 WHERE id = 2");
like(as('copier', "SELECT data FROM pg_logical_slot_get_changes('away', NULL, NULL)"), qr/Raw0002/, '... which is raw, as README says');
like($node->safe_psql('postgres', "SELECT object || ': ' || risk FROM ethdata.self_check()"), qr/^away: .*decoded and raw/m, '... and self_check too');
like($node->safe_psql('postgres', "SELECT object || ': ' || risk FROM ethdata.self_check()"), qr/^copier: /m, '... of the role');
$node->safe_psql('postgres', "SELECT pg_drop_replication_slot('away')");

# ---- D5, D6: roles that change

is(as('mallory', q{BEGIN; DECLARE k CURSOR FOR SELECT id, email FROM crm.c ORDER BY id; FETCH 1 FROM k; SET ROLE eve; FETCH 1 FROM k; RESET ROLE; FETCH 1 FROM k}), "1|Raw0001\@x\n2|***\n3|***",
	'a member of a masked role sees what that one sees, through a cursor, too');
is(as($super, q{BEGIN; SET LOCAL ROLE eve; DECLARE k CURSOR FOR SELECT id, email FROM crm.c ORDER BY id; FETCH 2 FROM k; RESET ROLE; FETCH 1 FROM k}), "1|Raw0001\@x\n2|***\n3|***",
	'a cursor that a masked role opened stays masked for a superuser');
is(as($super, q{BEGIN; DECLARE k CURSOR FOR SELECT id, email FROM crm.c WHERE id < 3 ORDER BY id; SET LOCAL ROLE keeper; PREPARE q AS SELECT email FROM crm.c WHERE id = 2; EXECUTE q; RESET ROLE; EXECUTE q; SET LOCAL ROLE keeper; EXECUTE q}),
	"***\nRaw0002\@x\n***", 'a prepared statement follows the role');
is(as($super, q{PREPARE q AS SELECT id, email FROM crm.c WHERE id < 3 ORDER BY id; EXECUTE q; SET SESSION AUTHORIZATION eve; EXECUTE q; RESET SESSION AUTHORIZATION; EXECUTE q}),
	"1|Raw0001\@x\n2|Raw0002\@x\n1|Raw0001\@x\n2|***\n1|Raw0001\@x\n2|Raw0002\@x", '... and the user of the session');
is(as($super, q{CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT email FROM crm.c WHERE id < 3 ORDER BY id; END'; GRANT ALL ON FUNCTION pg_temp.f() TO PUBLIC; SELECT * FROM pg_temp.f(); SET SESSION AUTHORIZATION eve; SELECT * FROM pg_temp.f()}),
	"Raw0001\@x\nRaw0002\@x\nRaw0001\@x\n***", 'a function too (D2)');
as('eve', q{CREATE FUNCTION crm.of_eve() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM crm.c WHERE id < 3 ORDER BY id'; CREATE VIEW crm.view_of_eve AS SELECT id, email FROM crm.c; GRANT SELECT ON crm.view_of_eve TO PUBLIC});
is(as($super, 'SELECT * FROM crm.of_eve()'), "Raw0001\@x\n***", 'a function of a masked owner shows a superuser what the owner sees');
is(as($super, 'SELECT id, email FROM crm.view_of_eve WHERE id = 2'), "2|***", 'a view of a masked owner, too');

# ---- B9: the log, statistics of statements

my $offset = -s $node->logfile;

as('eve', q{SELECT id, email FROM crm.c WHERE id < 5 ORDER BY email});
as('eve', q{SELECT email::int FROM crm.c WHERE id = 2});
as('eve', q{UPDATE crm.c SET n = -1 WHERE id = 2});
as('eve', q{SELECT * FROM crm.h WHERE v::int = 0 AND cid > 1});
as('eve', q{PREPARE q(bigint) AS SELECT email::date FROM crm.c WHERE id = $1; EXECUTE q(2)});
as('eve', q{DO $$ DECLARE e text; BEGIN SELECT email INTO e FROM crm.c WHERE id = 2; PERFORM e::int; END $$});
as('eve', q{SELECT id FROM crm.p WHERE email::int > 0 AND id = 2});

my $log = slurp_file($node->logfile, $offset);

like($log, qr/Query Text: SELECT id, email FROM crm\.c/, 'auto_explain writes plans');
like($log, qr/invalid input syntax for type integer: "\*\*\*"/, 'the log has errors of masks');
unlike($log, qr/Raw(?!0001)/, 'and no hidden value, whatever is logged of a masked role');
as('keeper', q{SELECT id FROM crm.c WHERE email = 'Raw-guess-of-keeper'});
unlike(as('eve', 'SELECT * FROM pg_stat_statements; SELECT * FROM pg_stat_activity; SELECT * FROM pg_prepared_statements'), qr/Raw-guess/, 'nor are statements of others seen');

$node->stop;
done_testing();
