# Look-ups by masked values and the key of their blind index: values are found before
# and after the key is replaced, also with a plan that was made before; without a
# key they are found by reading the table; an index with entries under a key that
# is gone is a finding, and REINDEX is the remedy.  Dump and restore, also into a
# cluster without a key.  Parallel workers, and a standby that takes over.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::new_node('key', key => 0, init => [ allows_streaming => 1 ]);
my $dir = $node->basedir;
my $file = "$dir/key";
my ($first, $second) = map { my $n = $_; join('', map { sprintf('%02x', $_ + $n) } 0 .. 31) } 0, 100;

sub keys_are
{
	open(my $out, '>', "$file.new") or die "$file.new: $!";
	chmod(0600, "$file.new");
	print $out "$_\n" foreach @_;
	close($out);
	rename("$file.new", $file) or die "$file: $!";
	$node->reload if $node->{_pid};
	sleep(1) if $node->{_pid};
}

sub no_keys
{
	rename($file, "$file.away") or die "$file: $!";
	$node->reload;
	sleep(1);
}

# found(server, value) -- the row, by index
sub found
{
	my ($server, $value, $how) = @_;

	return $server->safe_psql('postgres', 'SET enable_seqscan = ' . ($how // 'off') . '; SET enable_bitmapscan = ' . (defined $how ? 'off' : 'on')
		  . "; SET ROLE app; SELECT id, email FROM crm.c WHERE email = '$value'");
}

sub findings
{
	return $node->safe_psql('postgres', q{SELECT severity, object, risk, remedy FROM ethdata.self_check() WHERE risk LIKE 'it has lookup%'});
}

keys_are($first);
$node->append_conf('postgresql.conf', "ethdata.key_file = '$file'\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION ethdata;
	CREATE ROLE app;
	CREATE SCHEMA crm;
	GRANT USAGE ON SCHEMA crm TO app;
	CREATE TABLE crm.c (id int PRIMARY KEY, email varchar(60));
	INSERT INTO crm.c SELECT g, 'person' || g || '@example.com' FROM generate_series(1, 20000) g;
	GRANT SELECT, INSERT ON crm.c TO app;
	SELECT ethdata.protect('crm.c');
	SELECT ethdata.mask('crm.c', 'email', masked_as => 'ethdata.mask_email(value)', lookup => true);
	VACUUM ANALYZE crm.c;
});
is(found($node, 'person77@example.com'), '77|p***@***.com', 'found');
is(findings(), '', 'nothing is found wrong');

# ---- the key is replaced

my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_safe('SET enable_seqscan = off');
$session->query_safe('SET plan_cache_mode = force_generic_plan');
$session->query_safe('SET ROLE app');
$session->query_safe('PREPARE q(text) AS SELECT id FROM crm.c WHERE email = $1');
is($session->query_safe(q{EXECUTE q('person78@example.com')}), '78', 'found by a prepared statement');

keys_are($second, $first);
is(found($node, 'person77@example.com'), '77|p***@***.com', 'an entry under the older key is found');
$node->safe_psql('postgres', q{SET ROLE app; INSERT INTO crm.c VALUES (30000, 'new@example.com')});
is(found($node, 'new@example.com'), '30000|n***@***.com', 'an entry under the new key is found');
is($session->query_safe(q{EXECUTE q('new@example.com')}), '30000', 'also by the plan that was made before');
is($session->query_safe(q{EXECUTE q('person78@example.com')}), '78', 'which finds the others, too');
is(findings(), '', 'nothing is found wrong while both keys are there');

# ---- the older key goes too early

keys_are($second);
is(found($node, 'person77@example.com'), '', 'without the older key its entries are not found');
is(found($node, 'person77@example.com', 'on'), '77|p***@***.com', 'but by reading the table');
like(findings(), qr/^warning\|crm\.c\.email\|it has lookup, and its blind index has entries under a key that is no longer there: .*\|REINDEX INDEX CONCURRENTLY crm\.c_blind_idx$/,
	'which is a finding');
$node->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY crm.c_blind_idx');
is(found($node, 'person77@example.com'), '77|p***@***.com', 'found after REINDEX');
is(findings(), '', 'nothing is found wrong any more');

# ---- no key

is($session->query_safe(q{EXECUTE q('person78@example.com')}), '78', 'planned while there is a key');
no_keys();
is(found($node, 'person77@example.com'), '77|p***@***.com', 'without a key: found, by reading the table');
$node->safe_psql('postgres', q{SET ROLE app; INSERT INTO crm.c VALUES (30001, 'keyless@example.com')});
is(found($node, 'keyless@example.com'), '30001|k***@***.com', 'rows can be written meanwhile');
like(findings(), qr/^warning\|crm\.c\.email\|it has lookup, and there is no master key/, 'which is a finding');
$session->query(q{\set VERBOSITY sqlstate
EXECUTE q('person78@example.com')});
like($session->{stderr}, qr/ERROR:  F0000/, 'a plan that was made with the key: an error, not a row too few');
$session->quit;
keys_are($second);
is(found($node, 'keyless@example.com'), '30001|k***@***.com', 'what was written without a key is found with it');
is(found($node, 'person77@example.com'), '77|p***@***.com', 'and the rest');

# ---- parallel workers look for the codes themselves

is($node->safe_psql('postgres', q{
	SET enable_indexscan = off; SET enable_bitmapscan = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 2; SET ROLE app;
	SELECT count(*) FROM crm.c WHERE email IN ('person77@example.com', 'keyless@example.com', 'nobody@example.com')}), '2', 'parallel scan');

# ---- a standby, with the same key

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->safe_psql('postgres', q{INSERT INTO crm.c VALUES (30002, 'later@example.com')});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(found($standby, 'later@example.com'), '30002|l***@***.com', 'found on a standby');
$standby->promote;
is(found($standby, 'person77@example.com'), '77|p***@***.com', 'and when it took over');
$standby->stop;

# ---- dump and restore, with another key and without

command_ok([ 'pg_dump', '-Fc', '-h', $node->host, '-p', $node->port, '-f', "$dir/dump", 'postgres' ], 'pg_dump');
foreach my $with (1, 0)
{
	my $other = EthdataTest::new_node("other$with", key => $with);
	my $title = $with ? 'with another key' : 'without a key';

	$other->start;
	$other->safe_psql('postgres', 'CREATE ROLE app');
	command_ok([ 'pg_restore', '-j', '2', '-e', '-h', $other->host, '-p', $other->port, '-d', 'postgres', "$dir/dump" ], "restored $title");
	is(found($other, 'person77@example.com'), '77|p***@***.com', "found $title");
	is( $other->safe_psql('postgres', q{SELECT ethdata.mask('crm.c', 'email', masked_as => 'ethdata.mask_email(value)', lookup => true)}),
		'f', 'the rule is the same');
	like($other->safe_psql('postgres', q{SELECT pg_get_indexdef('crm.c_blind_idx'::regclass)}), qr/ethdata\.blind\(email\)/, 'the index is there');
	$other->stop;
}
$node->stop;
done_testing();
