# What was observed outlives the server and the database: counts in memory across a
# clean restart (through a file), saved counts across a crash, both together counted
# once; a file that is damaged is ignored; the table of counts full: nothing is lost,
# only not kept apart.  A table in observe when it is dumped is in observe, with
# its privileges, when it is restored, and one in off is off.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('observed', settings => "ethdata.observed_entries = 100\nautovacuum = off\nrestart_after_crash = on\n");
my $file = $node->data_dir . '/pg_stat/ethdata_observed.stat';
my $dir = $node->basedir;

$node->safe_psql(
	'postgres', q{
	CREATE ROLE owner; CREATE ROLE reader LOGIN; CREATE ROLE partly LOGIN;
	CREATE SCHEMA crm AUTHORIZATION owner;
	GRANT USAGE ON SCHEMA crm TO PUBLIC;
	SET ROLE owner;
	CREATE TABLE crm.customer (id bigint PRIMARY KEY, email text, phone text);
	INSERT INTO crm.customer SELECT g, 'p' || g || '@example.net', g FROM generate_series(1, 10) g;
	CREATE TABLE crm.off (id bigint, note text);
	CREATE TABLE crm.hard (id bigint, note text);
	INSERT INTO crm.off VALUES (1, 'raw'); INSERT INTO crm.hard VALUES (1, 'raw');
	CREATE TABLE crm.parted (id bigint, note text) PARTITION BY RANGE (id);
	CREATE TABLE crm.parted_1 PARTITION OF crm.parted FOR VALUES FROM (0) TO (100);
	INSERT INTO crm.parted VALUES (1, 'raw');
	GRANT SELECT ON ALL TABLES IN SCHEMA crm TO reader;
	GRANT SELECT (id, email) ON crm.customer TO partly WITH GRANT OPTION;
	RESET ROLE;
	SELECT ethdata.define_subject_class('crm.customer');
	SELECT ethdata.protect('crm.customer', subject => 'id', enforcement => 'observe'), ethdata.mask('crm.customer', 'email'), ethdata.mask('crm.customer', 'phone');
	SELECT ethdata.protect('crm.off'), ethdata.mask('crm.off', 'note'), ethdata.set_enforcement('crm.off', 'off', reason => 'test');
	SELECT ethdata.protect('crm.hard'), ethdata.mask('crm.hard', 'note');
	SELECT ethdata.protect('crm.parted', enforcement => 'observe'), ethdata.mask('crm.parted', 'note');
});

sub observed
{
	my ($database) = @_;

	return $node->safe_psql($database // 'postgres', 'SELECT as_role, relation, column_name, statements, cells FROM ethdata.observed()');
}

sub reader { return $node->safe_psql('postgres', $_[0], extra_params => [ '-U', 'reader' ]); }

# the server loses its shared memory, as when a backend dies
sub crash
{
	my ($out, $err) = ('', '');
	my $victim = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'victim'", '-c', 'SELECT pg_sleep(100)' ],
		'<', \undef, '>', \$out, '2>', \$err);
	my $sleeping = q{FROM pg_stat_activity WHERE application_name = 'victim' AND wait_event = 'PgSleep'};
	$node->poll_query_until('postgres', "SELECT count(*) = 1 $sleeping");
	kill(9, $node->safe_psql('postgres', "SELECT pid $sleeping"));
	$victim->finish;
	$node->poll_query_until('postgres', 'SELECT true');
}

# ---- across restarts

reader('SELECT count(email) FROM crm.customer');
my $one = 'reader|crm.customer|email|1|10';
is(observed(), $one, 'counted');
$node->restart;
ok(-e $file, 'a clean shutdown leaves the file');
is(observed(), $one, 'still there after a clean restart');
reader('SELECT email FROM crm.customer WHERE id < 3');
is(observed(), 'reader|crm.customer|email|2|12', 'and added to');
$node->restart;
is(observed(), 'reader|crm.customer|email|2|12', 'after another one');
is($node->safe_psql('postgres', 'SELECT ethdata.save_observed() > 0'), 't', 'saved');
is(observed(), 'reader|crm.customer|email|2|12', 'saved and in memory is counted once');
reader('SELECT phone FROM crm.customer WHERE id = 1');
my $two = "reader|crm.customer|email|2|12\nreader|crm.customer|phone|1|1";
is(observed(), $two, 'more');
$node->safe_psql('postgres', 'SELECT ethdata.save_observed()');
crash();
is(observed(), $two, 'a crash keeps what was saved');
reader('SELECT phone FROM crm.customer WHERE id = 1');
crash();
is(observed(), $two, 'and loses what was not');
$node->restart;
$node->stop;
open(my $out, '>>', $file) or die;
truncate($out, 50);
close($out);
$node->start;
is(observed(), $two, 'a damaged file is ignored');
like(slurp_file($node->logfile), qr/ignoring file "pg_stat\/ethdata_observed.stat"/, 'and told');

# a session that is terminated in the middle of a statement
my ($stdout, $stderr) = ('', '');
my $running = IPC::Run::start(
	[ 'psql', '-X', '-d', $node->connstr('postgres'), '-U', 'reader', '-c',
	  'SELECT email, pg_sleep(CASE WHEN id = 5 THEN 100 ELSE 0 END) FROM crm.customer' ],
	'<', \undef, '>', \$stdout, '2>', \$stderr);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'});
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'});
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'});
like(observed(), qr/email\|3\|17/, 'what a terminated session had read is counted');
$running->finish;

# ---- no room: nothing is lost
$node->safe_psql('postgres', 'CREATE DATABASE crowded TEMPLATE postgres');
$node->safe_psql('crowded', q{
	DELETE FROM ethdata.observation;
	CREATE TABLE crm.wide AS SELECT 1::bigint AS id;
	DO $$ BEGIN
	  FOR i IN 1..150 LOOP
	    EXECUTE format('ALTER TABLE crm.wide ADD COLUMN c%s int DEFAULT %s', i, i);
	  END LOOP;
	  PERFORM ethdata.protect('crm.wide', enforcement => 'observe');
	  FOR i IN 1..150 LOOP
	    PERFORM ethdata.mask('crm.wide', ('c' || i)::name);
	  END LOOP;
	END $$;
	GRANT SELECT ON crm.wide TO reader;
	SET ROLE reader;
	SELECT * FROM crm.wide;
	SELECT * FROM crm.wide;
});
is($node->safe_psql('crowded', 'SELECT sum(statements), sum(cells) FROM ethdata.observed()'), '300|300', 'no cell is lost');
like($node->safe_psql('crowded', 'SELECT statements, cells FROM ethdata.observed() WHERE as_role IS NULL'), qr/^(\d+)\|\1$/, 'some are not kept apart');
cmp_ok($node->safe_psql('crowded', 'SELECT count(*) FROM ethdata.observed() WHERE as_role IS NOT NULL'), '<', 100, 'as many as there is room for');
$node->safe_psql('crowded', 'SELECT ethdata.save_observed()');
is($node->safe_psql('crowded', 'SELECT sum(statements), sum(cells) FROM ethdata.observed()'), '300|300', 'saved, the same');
$node->safe_psql('postgres', 'DROP DATABASE crowded');
$node->safe_psql('postgres', 'SELECT ethdata.save_observed()');
reader('SELECT note FROM crm.parted');
like(observed(), qr/crm\.parted\|note\|1\|1/, 'a database that is gone makes room');

# ---- dump and restore
my $acl = q{SELECT c.oid::regclass::text, 0, relacl::text FROM pg_class c WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'p')
	UNION ALL SELECT attrelid::regclass::text, attnum, attacl::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
	WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 ORDER BY 1, 2};
my $state = q{SELECT relation, enforcement, enforcement_reason FROM ethdata.protected_relation ORDER BY relation::text};
my $answers = q{SET ROLE reader; SELECT * FROM crm.customer WHERE id = 1; SELECT * FROM crm.off; SELECT * FROM crm.hard; SELECT * FROM crm.parted_1};
my ($acl_before, $state_before, $answers_before) = map { $node->safe_psql('postgres', $_) } $acl, $state, $answers;
is($answers_before, "1|p1\@example.net|1\n1|raw\n1|\n1|raw", 'the answers before');
foreach my $how ('plain', 'custom')
{
	$node->safe_psql('postgres', "CREATE DATABASE $how TEMPLATE template0");
	command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-F', substr($how, 0, 1), '-f', "$dir/$how", 'postgres' ], "pg_dump, $how");
	command_ok($how eq 'plain' ?
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-d', $how, '-f', "$dir/$how", '-o', "$dir/out" ] :
		[ 'pg_restore', '-j', '2', '-e', '-h', $node->host, '-p', $node->port, '-d', $how, "$dir/$how" ], "restored, $how");
	is($node->safe_psql($how, $acl), $acl_before, "same privileges, $how");
	is($node->safe_psql($how, $state), $state_before, "same enforcement, $how");
	is($node->safe_psql($how, $answers), $answers_before, "same answers, $how");
	is($node->safe_psql($how, 'SELECT count(*) FROM ethdata.remembered_grant WHERE relation <> \'crm.hard\'::regclass'), '0', "nothing withdrawn, $how");
	$node->safe_psql($how, q{SELECT ethdata.set_enforcement('crm.customer', 'enforce')});
	is($node->safe_psql($how, 'SET ROLE reader; SELECT * FROM crm.customer WHERE id = 1'), '1||', "enforced there, $how");
	$node->safe_psql($how, q{SELECT ethdata.set_enforcement('crm.customer', 'observe', reason => 'back')});
	is($node->safe_psql($how, $acl), $acl_before, "and back, $how");
}

$node->stop;
done_testing();
