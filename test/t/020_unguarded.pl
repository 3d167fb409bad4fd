# The second line of defence, reached on purpose: a library that calls the
# standard planner past ethdata's rewriting must get an error for a protected
# relation, whichever way it is reached, and nothing else.  And CREATE INDEX and
# CLUSTER, which ask the planner without a query, must go on working.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('unguarded');
my $pg_config = $ENV{PG_CONFIG} // $node->config_data('--bindir') . '/pg_config';
chomp(my $include = `$pg_config --includedir-server`);
my $module = $node->basedir . '/unguarded.so';

is( system(
		'cc', '-shared', '-fPIC', '-D_GNU_SOURCE', "-I$include", '-o', $module,
		"$FindBin::Bin/unguarded/unguarded.c"),
	0,
	'the library builds');

$node->safe_psql(
	'postgres', qq{
	CREATE FUNCTION unguarded_plan(text) RETURNS boolean LANGUAGE c STRICT AS '$module', 'unguarded_plan';
	CREATE ROLE reader;
	CREATE TABLE person (id bigint PRIMARY KEY, email text);
	CREATE TABLE plain (id bigint, email text);
	CREATE TABLE parted (id bigint, email text) PARTITION BY RANGE (id);
	CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
	INSERT INTO person SELECT g, 'p' || g || '\@example.net' FROM generate_series(1, 1000) g;
	GRANT SELECT ON person, plain, parted, parted_1 TO reader;
	SELECT ethdata.define_subject_class('person');
	SELECT ethdata.protect('person', subject => 'id');
	SELECT ethdata.protect('parted', subject => 'id', class => 'person');
	SELECT ethdata.mask('person', 'email');
	SELECT ethdata.mask('parted', 'email');
});

sub plan
{
	my ($query, $role) = @_;
	my ($rc, $out, $err) = $node->psql('postgres',
		($role ? "SET ROLE $role;" : '') . "SELECT unguarded_plan(\$q\$$query\$q\$)");
	chomp($err);
	return $rc == 0 ? $out : $err;
}

foreach my $query (
	'SELECT id FROM person',
	'SELECT count(*) FROM plain p WHERE EXISTS (SELECT FROM person x WHERE x.id = p.id)',
	'WITH p AS MATERIALIZED (SELECT * FROM person) SELECT count(*) FROM p',
	'UPDATE plain SET email = person.email FROM person WHERE person.id = plain.id')
{
	like(
		plan($query, $query =~ /^UPDATE/ ? undef : 'reader'),
		qr/protected table "person" was reached by an unguarded way/,
		"refused: $query");
}
like(
	plan('SELECT email FROM parted', 'reader'),
	qr/protected table "parted" was reached by an unguarded way/,
	'refused: a partitioned table');
like(
	plan('SELECT email FROM parted_1', 'reader'),
	qr/protected table "parted_1" was reached by an unguarded way/,
	'refused: a partition of a protected table');
is(plan('SELECT id FROM plain', 'reader'), 't', 'other tables are planned as ever');

is( $node->safe_psql(
		'postgres', q{
	SET max_parallel_maintenance_workers = 2;
	SET min_parallel_table_scan_size = 0;
	CREATE INDEX person_email ON person (email);
	CLUSTER person USING person_email;
	VACUUM FULL person;
	REINDEX TABLE person;
	ANALYZE person;
	SELECT count(*), max(id) FROM person}),
	'1000|1000',
	'maintenance by the owner works');

$node->stop;
done_testing();
