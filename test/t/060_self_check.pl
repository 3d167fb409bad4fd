# self_check() of a server: without the library being preloaded it works, says so
# first and still names the rest; the order of libraries; a key that is missing, and
# one that base backups carry; slots, and extensions that show raw data; a table that is locked by another session is not
# waited for; a check that fails is a finding, and the others go on.

use strict;
use warnings;

use File::Copy;
use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('check', settings => "fsync = on\nwal_level = logical\n");

# findings(where) -- "severity|object" of each, in their order
sub findings
{
	my ($where, $columns) = @_;

	$columns //= "severity || '|' || object";
	return $node->safe_psql('postgres', "SELECT $columns FROM ethdata.self_check() WHERE $where");
}

my $server = "object ~ '^(shared_preload_libraries|planner_hook|ExecutorStart_hook|ethdata.key_file)\$'";
my $failed = "risk ~ 'could not be checked'";

is(findings($failed), '', 'every check works before anything is declared');
is(findings($server), '', 'preloaded, in order, with a key: nothing to say');

$node->safe_psql('postgres', q{
	CREATE ROLE shop LOGIN;
	CREATE ROLE reader LOGIN;
	CREATE SCHEMA crm AUTHORIZATION shop;
	SET ROLE shop;
	CREATE TABLE crm.customer (id bigint PRIMARY KEY, email text, nick text, country text);
	INSERT INTO crm.customer SELECT g, 'p' || g || '@example.com', 'q' || g || '@example.com' FROM generate_series(1, 20000) g;
	CREATE VIEW crm.v AS SELECT * FROM crm.customer;
	GRANT SELECT ON crm.customer TO reader;
	RESET ROLE;
	SELECT ethdata.define_subject_class('crm.customer', jurisdiction => 'country');
	SELECT ethdata.define_purpose('marketing', basis => 'consent');
	SELECT ethdata.protect('crm.customer', subject => 'id');
	SELECT ethdata.mask('crm.customer', 'email');
	SELECT ethdata.audit_changes('crm.customer');
});
is(findings("severity = 'critical'"), 'critical|crm.customer', 'the owner who logs in');
is(findings("object ~ '^crm'"), "critical|crm.customer\nwarning|crm.customer.nick", 'and what was not masked, by its values');

# ---- a lock

my $locker = $node->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE crm.customer IN ACCESS EXCLUSIVE MODE;');
is(findings("object ~ '^crm' AND severity <> 'critical'", "risk"),
	'it is locked by another session, so its values were not looked at: only names of columns were',
	'a locked table is not waited for');
$locker->query_safe('COMMIT; BEGIN; LOCK TABLE ethdata.consent_event, ethdata.exception IN ACCESS EXCLUSIVE MODE;');
is(findings($failed, "object || '|' || risk"), 'rules|this could not be checked, by an error (SQLSTATE 55P03)',
	'nor is a table of ethdata, for long');
is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM ethdata.self_check(); SHOW lock_timeout"), "t\n0", 'the setting is as before');
$locker->query_safe('COMMIT;');
$locker->quit;

# ---- an error in one check

$node->safe_psql('postgres', 'ALTER TABLE ethdata.exception RENAME COLUMN until TO untill');
is(findings($failed, "severity || '|' || object || '|' || risk"),
	'warning|rules|this could not be checked, by an error (SQLSTATE 42703)', 'a check that fails is a finding');
is(findings("object = 'crm.customer.nick'"), 'warning|crm.customer.nick', 'the others go on');
like(slurp_file($node->logfile), qr/self_check\(\) could not check rules: column e\.until does not exist/, 'and the log says why');
$node->safe_psql('postgres', 'ALTER TABLE ethdata.exception RENAME COLUMN untill TO until');

# ---- logical replication slots

is(findings("risk ~ 'slot'"), '', 'no slot');
$node->safe_psql('postgres', q{
	SELECT pg_create_physical_replication_slot('standby');
	SELECT pg_create_logical_replication_slot('published', 'pgoutput');
	CREATE DATABASE elsewhere;
});
$node->safe_psql('elsewhere', "SELECT pg_create_logical_replication_slot('elsewhere', 'pgoutput')");
is(findings("risk ~ 'slot'", "severity || '|' || object || '|' || risk || '|' || remedy"),
	'notice|published|changes of this database leave through this logical replication slot (pgoutput), decoded and raw, of every table that a publication names'
	  . "|SELECT pg_catalog.pg_drop_replication_slot('published'), where what reads it is not to have raw data",
	'a slot of this database that keeps to publications');
SKIP:
{
	skip 'test_decoding is not installed', 1
	  if $node->psql('postgres', "SELECT pg_create_logical_replication_slot('decoded', 'test_decoding')") != 0;
	is(findings("risk ~ 'slot'", "severity || '|' || object || '|' || risk"),
		"warning|decoded|changes of this database leave through this logical replication slot (test_decoding), decoded and raw, of every table\n"
		  . 'notice|published|changes of this database leave through this logical replication slot (pgoutput), decoded and raw, of every table that a publication names',
		'and one that decodes all tables');
}
$node->safe_psql('postgres', 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
is(findings("risk ~ 'slot'"), '', 'dropped, as the remedy says');

# ---- settings that are kept for all roles, and those of a library that is not loaded

is(findings("risk ~ 'is kept'"), '', 'no setting is kept');
$node->safe_psql('postgres', q{
	ALTER ROLE ALL SET debug_print_plan = on;
	ALTER ROLE reader SET auto_explain.log_min_duration = '5s';
	ALTER ROLE reader SET auto_explain.log_parameter_max_length = 0;
});
is(findings("risk ~ 'is kept'", "object || '|' || risk || '|' || remedy"),
	"auto_explain.log_min_duration|it is kept for role reader: slow statements are written to the server's log, with the values that they contain|ALTER ROLE reader RESET auto_explain.log_min_duration\n"
	  . "debug_print_plan|it is kept for all roles: the trees of statements are written to the server's log, with the values that they contain|ALTER ROLE ALL RESET debug_print_plan",
	'those that are');
is(findings("object = 'debug_print_plan' AND risk !~ 'is kept'", 'remedy'), 'debug_print_plan = off', 'and the one that this session has got by it');
$node->safe_psql('postgres', 'ALTER ROLE ALL RESET debug_print_plan; ALTER ROLE reader RESET auto_explain.log_min_duration');
is(findings("risk ~ 'is kept'"), '', 'reset, as the remedies say');

# ---- extensions that show pages or write past triggers

my %contrib = (
	dblink => ['dblink_connect_u(text)', 'it connects as the server\'s user to wherever no password is asked for, and may be a superuser there'],
	pg_surgery => ['heap_force_kill(regclass,tid[])', 'it takes rows of its caller\'s tables away, and no audit records it'],
	pg_walinspect => ['pg_get_wal_block_info(pg_lsn,pg_lsn,boolean)', 'it shows the write-ahead log, with raw data of every table'],
	adminpack => ['pg_file_write(text,text,boolean)', 'it writes files of the data directory, settings among them']);
foreach my $extension (sort keys %contrib)
{
  SKIP:
	{
		my ($function, $risk) = @{ $contrib{$extension} };
		my $schema = $extension eq 'adminpack' ? 'pg_catalog' : 'public';

		skip "$extension is not installed", 3
		  if $node->psql('postgres', "CREATE EXTENSION $extension") != 0;
		skip "$extension has no $function", 3
		  if $node->safe_psql('postgres', "SELECT to_regprocedure('$schema.$function') IS NULL") eq 't';
		my $name = $schema eq 'public' ? "public.$function" : $function;
		is(findings("risk ~ 'may call it'"), '', "$extension as it comes");
		$node->safe_psql('postgres', "GRANT EXECUTE ON FUNCTION $schema.$function TO reader");
		is(findings("risk ~ 'may call it'", "severity || '|' || object || '|' || risk || '|' || remedy"),
			"warning|$name|reader may call it: $risk|REVOKE EXECUTE ON FUNCTION $name FROM reader", "$extension, with a grant");
		$node->safe_psql('postgres', findings("risk ~ 'may call it'", 'remedy'));
		is(findings("risk ~ 'may call it'"), '', "$extension, the remedy");
		$node->safe_psql('postgres', "DROP EXTENSION $extension");
	}
}
SKIP:
{
	skip 'pageinspect is not installed', 2
	  if $node->psql('postgres', 'CREATE EXTENSION pageinspect') != 0;
	is(findings("object = 'pageinspect'", "severity || '|' || remedy"), 'notice|DROP EXTENSION pageinspect, where nobody needs it now', 'pageinspect');
	$node->safe_psql('postgres', 'DROP EXTENSION pageinspect');
	is(findings("object = 'pageinspect'"), '', 'which is dropped');
}

# ---- the key

my $key = EthdataTest::write_key($node->data_dir . '/key');
$node->append_conf('postgresql.conf', "ethdata.key_file = '$key'\n");
$node->reload;
like(findings("object = 'ethdata.key_file'", 'risk'), qr/^the file with the master key is in the data directory/, 'a key in the data directory');
$node->append_conf('postgresql.conf', "ethdata.key_file = '/nowhere/key'\n");
$node->reload;
like(findings("object = 'ethdata.key_file'", 'risk'), qr/^there is no usable master key .*changes of audited tables are refused/, 'no key');
unlike(findings("object = 'ethdata.key_file'", 'risk || remedy'), qr/nowhere/, 'and no path is named');

# ---- the order of libraries

SKIP:
{
	skip 'auto_explain is not installed', 5
	  if $node->psql('postgres', "LOAD 'auto_explain'") != 0;
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'ethdata, \$libdir/auto_explain'\nauto_explain.log_min_duration = '1h'\n");
	$node->restart;
	is(findings("object = 'shared_preload_libraries'", "severity || '|' || remedy"),
		"notice|shared_preload_libraries = 'auto_explain,ethdata' in postgresql.conf, and a restart of the server", 'a library after ethdata');
	is(findings("object ~ '^auto_explain'"), 'notice|auto_explain.log_min_duration', 'which writes statements to the log');
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain,ethdata'\n");
	$node->restart;
	is(findings($server . " AND object <> 'ethdata.key_file'"), '', 'before it all is well');

	# a library of the name stands in for Citus, which wants to be the first
	my $libdir = $node->config_data('--pkglibdir');
	my $citus = $node->basedir . '/citus.so';

	copy("$libdir/auto_explain.so", $citus) or die "$citus: $!";
	chmod(0755, $citus);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'ethdata, pg_stat_statements, $citus'\n");
	$node->restart;
	like(findings("object = 'shared_preload_libraries'", "severity || '|' || risk || '|' || remedy"),
		qr/^warning\|pg_stat_statements, citus: loaded after ethdata.*\|shared_preload_libraries = 'citus,pg_stat_statements,ethdata' in/, 'Citus after ethdata');
	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$citus, ethdata'\n");
	$node->restart;
	is(findings($server . " AND object <> 'ethdata.key_file'"), '', 'and before it');
}

# ---- not preloaded

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;
is($node->safe_psql('postgres', "SELECT severity, object, remedy FROM ethdata.self_check() LIMIT 1"),
	"critical|shared_preload_libraries|shared_preload_libraries = 'ethdata' in postgresql.conf, and a restart of the server",
	'not preloaded: said first');
is(findings($failed), '', 'every check works without the library being preloaded');
is(findings("object ~ '^crm'"), "critical|crm.customer\nwarning|crm.customer.nick", 'and finds the same');
$node->safe_psql('postgres', 'CREATE DATABASE other');
is($node->safe_psql('other', "CREATE EXTENSION ethdata; SELECT severity, object FROM ethdata.self_check() WHERE object ~ '^(shared|ethdata\$)'"),
	"critical|shared_preload_libraries\nnotice|ethdata", 'also in a database where nothing is declared');

$node->stop;
done_testing();
