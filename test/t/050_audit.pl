# The audit over a server's life: writers beside the sealer, prepared transactions,
# crashes, another master key and none, dump and restore into another database and
# another cluster, after which the history still verifies and goes on.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('one', settings => "max_prepared_transactions = 5\nwal_level = logical\nmax_wal_senders = 4\nmax_replication_slots = 4\n");
my $other = EthdataTest::new_node('two');
my $dir = $node->basedir;

$node->safe_psql(
	'postgres', q{
	CREATE ROLE auditor LOGIN IN ROLE ethdata_auditor;
	CREATE ROLE officer LOGIN IN ROLE ethdata_officer;
	CREATE TABLE customer (id bigint PRIMARY KEY, email text);
	SELECT ethdata.define_subject_class('customer');
	SELECT ethdata.define_purpose('m', 'consent');
	SELECT ethdata.audit_changes('customer');
});

my $verified = q{SELECT ok || ' ' || coalesce(finding, '') FROM ethdata.verify_audit()};
my $changes = q{SELECT kind, subjects, old_values, new_values FROM ethdata.audit_event WHERE kind IN ('insert', 'update', 'delete') ORDER BY id};

# ---- writers and sealers at once

my $insert = "$dir/insert.sql";
PostgreSQL::Test::Utils::append_to_file($insert, q{\set id random(1, 200)
BEGIN;
INSERT INTO customer VALUES (:id, 'a') ON CONFLICT (id) DO UPDATE SET email = customer.email || 'b';
SAVEPOINT s;
UPDATE customer SET email = 'rolled back' WHERE id = :id;
ROLLBACK TO s;
COMMIT;
});
my $seal = "$dir/seal.sql";
PostgreSQL::Test::Utils::append_to_file($seal, "SELECT ethdata.seal_audit();\n");
$node->pgbench('-n -c 4 -j 2 -t 150', 0, [qr{processed: 600/600}], [qr{^$}],
	'writers and sealers at once', { '050_insert@9' => slurp_file($insert), '050_seal@1' => slurp_file($seal) });
is($node->safe_psql('postgres', $verified) =~ /^true/ ? 'verified' : $node->safe_psql('postgres', $verified), 'verified', 'after it the history verifies');
$node->safe_psql('postgres', 'SELECT ethdata.seal_audit()');
is($node->safe_psql('postgres', $verified), 'true ', 'and nothing is left unsealed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ethdata.audit_event WHERE kind IN ('insert', 'update')}),
	$node->safe_psql('postgres', q{SELECT sum(length(email)) FROM customer}), 'one event for each change that lasted');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ethdata.audit_event WHERE new_values->>'email' = 'rolled back'}), '0', 'none for those that were rolled back');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT id FROM ethdata.audit_record GROUP BY id HAVING count(*) > 1) x}), '0', 'ids are unique');

# ---- prepared transactions

$node->safe_psql('postgres', q{BEGIN; UPDATE customer SET email = 'prepared' WHERE id = (SELECT min(id) FROM customer); PREPARE TRANSACTION 'one'});
$node->safe_psql('postgres', q{BEGIN; DELETE FROM customer WHERE id = (SELECT max(id) FROM customer); PREPARE TRANSACTION 'two'});
$node->safe_psql('postgres', 'SELECT ethdata.seal_audit()');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', $verified), 'true ', 'after a crash the history verifies');
$node->safe_psql('postgres', q{COMMIT PREPARED 'one'});
$node->safe_psql('postgres', q{ROLLBACK PREPARED 'two'});
is($node->safe_psql('postgres', $verified), 'true 1 event(s) are not sealed yet', 'what was prepared comes with its commit');
$node->safe_psql('postgres', 'SELECT ethdata.seal_audit()');
is($node->safe_psql('postgres', $verified), 'true ', 'and is sealed then');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ethdata.audit_event WHERE new_values->>'email' = 'prepared'}), '1', 'a prepared change is recorded');

# ---- no key, another key

my $key = "$dir/key";
rename($key, "$key.away") or die;
$node->restart;
my ($rc, $out, $err) = $node->psql('postgres', q{UPDATE customer SET email = 'without key'});
like($err, qr/there is no master key|key/, 'without a key an audited change is refused');
isnt($rc, 0, 'with an error');
is($node->safe_psql('postgres', q{SELECT count(*) FROM customer WHERE email = 'without key'}), '0', 'and nothing is changed');
is($node->safe_psql('postgres', q{SELECT ethdata.give_consent('1', 'm') > 0}), 't', 'consent is recorded without a key');
($rc, $out, $err) = $node->psql('postgres', 'SELECT ethdata.seal_audit()');
like($err, qr/key/, 'sealing needs a key');
like($node->safe_psql('postgres', $verified), qr/^false signatures could not be checked/, 'verifying says that signatures could not be checked');
{
	my $old = unpack('H64', slurp_file("$key.away"));
	my $new = join('', map { sprintf('%02x', int(rand(256))) } 1 .. 32);

	PostgreSQL::Test::Utils::append_to_file($key, "$new\n$old\n");
	chmod(0600, $key);
}
$node->restart;
$node->safe_psql('postgres', q{UPDATE customer SET email = 'new key' WHERE id = (SELECT min(id) FROM customer)});
$node->safe_psql('postgres', 'SELECT ethdata.seal_audit()');
is($node->safe_psql('postgres', $verified), 'true ', 'with another master key and the old one behind it all verifies');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ethdata.audit_event WHERE kind = 'update' AND new_values IS NULL}), '0', 'and every value can be opened');

# ---- the apply worker of a subscription

my $sub = EthdataTest::start_node('three');
$node->safe_psql('postgres', 'CREATE PUBLICATION p FOR TABLE customer');
$sub->safe_psql('postgres', q{CREATE TABLE customer (id bigint PRIMARY KEY, email text); SELECT ethdata.audit_changes('customer')});
$sub->safe_psql('postgres', "CREATE SUBSCRIPTION s CONNECTION '" . $node->connstr . " dbname=postgres' PUBLICATION p WITH (copy_data = false)");
$node->safe_psql('postgres', q{INSERT INTO customer VALUES (9001, 'replicated')});
ok($sub->poll_query_until('postgres', q{SELECT count(*) = 1 FROM ethdata.audit_event WHERE kind = 'insert' AND new_values->>'email' = 'replicated'}), 'what a subscription applies is recorded');
$sub->safe_psql('postgres', 'DROP SUBSCRIPTION s');
$sub->stop;

# ---- dump and restore

$node->safe_psql('postgres', 'SELECT ethdata.seal_audit()');
$node->safe_psql('postgres', q{UPDATE customer SET email = 'not sealed' WHERE id = 9001});
my $before = $node->safe_psql('postgres', $changes);
$node->safe_psql('postgres', 'CREATE DATABASE again');
command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-f', "$dir/plain.sql", 'postgres' ], 'pg_dump, plain');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-d', 'again', '-f', "$dir/plain.sql" ], 'restored by psql');
is($node->safe_psql('again', $verified), 'true 1 event(s) are not sealed yet', 'the history verifies in another database');
is($node->safe_psql('again', $changes), $before, 'and its values can be opened there');
$node->safe_psql('again', q{UPDATE customer SET email = 'after the restore' WHERE id = 9001});
is($node->safe_psql('again', 'SELECT max(incarnation) FROM ethdata.audit_event'), '2', 'another incarnation goes on with it');
$node->safe_psql('again', 'SELECT ethdata.seal_audit()');
is($node->safe_psql('again', $verified), 'true ', 'what the old one had left is sealed with what the new one has');
is($node->safe_psql('again', 'SELECT count(DISTINCT origin) FROM ethdata.audit_checkpoint'), '2', 'under two origins');
is($node->safe_psql('again', q{SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'ethdata_audit%' AND tgenabled = 'A'}), '2', 'the triggers are there, always on');

unlink($other->basedir . '/key');
system_or_bail('cp', '-p', $key, $other->basedir . '/key');
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE auditor; CREATE ROLE officer');
command_ok([ 'pg_dump', '-Fc', '-h', $node->host, '-p', $node->port, '-f', "$dir/dump", 'postgres' ], 'pg_dump, custom');
command_ok([ 'pg_restore', '-j', '2', '-e', '-h', $other->host, '-p', $other->port, '-d', 'postgres', "$dir/dump" ], 'restored by pg_restore');
is($other->safe_psql('postgres', $verified), 'true 1 event(s) are not sealed yet', 'the history verifies in another cluster');
is($other->safe_psql('postgres', $changes), $before, 'and its values can be opened there');
$other->safe_psql('postgres', q{INSERT INTO customer VALUES (9002, 'elsewhere'); SELECT ethdata.seal_audit(); UPDATE customer SET email = 'x' WHERE id = 9002});
is($other->safe_psql('postgres', $verified), 'true 1 event(s) are not sealed yet', 'and goes on');
is($other->safe_psql('postgres', q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'ethdata.audit_record'::regclass}),
	$node->safe_psql('postgres', q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'ethdata.audit_record'::regclass}), 'with its partitions');
($rc, $out, $err) = $other->psql('postgres', q{DO $$ BEGIN EXECUTE format('DELETE FROM %s', (SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'ethdata.audit_record'::regclass)); END $$});
like($err, qr/append-only/, 'which are append-only there too');
($rc, $out, $err) = $other->psql('postgres', q{SET session_replication_role = replica; DO $$ BEGIN EXECUTE format('DELETE FROM %s', (SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'ethdata.audit_record'::regclass)); END $$});
like($err, qr/append-only/, 'whatever the replication role');

$node->stop;
$other->stop;
done_testing();
