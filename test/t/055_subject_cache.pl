# Persons that sessions remember, where many write and read at once: each answer is
# the one of the statement's snapshot.  And what outlives the server's memory:
# prepared transactions, a standby that is promoted, what a subscription applies.
#
# Every writer changes a person's row of the table truth and what the person
# answered in one transaction; every reader compares the two in one statement.  Where a
# transaction ended meanwhile a statement also looks at the newest state, and deny wins:
# so a denial is wrong only of a person whom nobody has changed when it is looked at
# again.
# ETHDATA_STRESS_SECONDS says how long (default 6).

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{ETHDATA_STRESS_SECONDS} // 6;
my $persons = 300;

my $node = EthdataTest::start_node(
	'primary',
	init => [ allows_streaming => 'logical' ],
	settings => "max_prepared_transactions = 20\nsynchronous_commit = off\nhot_standby = on\n");

$node->safe_psql(
	'postgres', qq{
	SELECT ethdata.define_purpose('p', basis => 'consent');
	CREATE TABLE truth (id bigint PRIMARY KEY, given bool NOT NULL, changes int NOT NULL) WITH (fillfactor = 50);
	INSERT INTO truth SELECT i, false, 0 FROM generate_series(1, $persons) i;
	SELECT ethdata.define_subject_class('truth');
	CREATE FUNCTION flip(person bigint, by_hand bool) RETURNS void LANGUAGE plpgsql AS \$\$
	DECLARE now_given bool;
	BEGIN
		UPDATE truth SET given = NOT given, changes = changes + 1 WHERE id = person RETURNING given INTO now_given;
		IF by_hand THEN
			UPDATE ethdata.consent_state SET value = CASE WHEN now_given THEN '{"v":1,"purposes":{"p":["given"]}}'
				ELSE '{"v":1,"purposes":{"p":["withdrawn"]}}' END::ethdata.consent
				WHERE key = int8send(-9223372036854775808 + person);
		ELSIF now_given THEN
			PERFORM ethdata.give_consent(person::text, 'p');
		ELSE
			PERFORM ethdata.withdraw_consent(person::text, 'p');
		END IF;
	END \$\$;
	CREATE FUNCTION check_all(first bigint DEFAULT 1, last bigint DEFAULT $persons, OUT wrong bigint) LANGUAGE plpgsql AS \$\$
	DECLARE ids bigint[]; versions int[];
	BEGIN
		SELECT count(*) FILTER (WHERE NOT given), array_agg(id) FILTER (WHERE given), array_agg(changes) FILTER (WHERE given)
			INTO wrong, ids, versions FROM truth
			WHERE id BETWEEN first AND last AND given IS DISTINCT FROM ethdata.permitted(id, 'p');
		SELECT wrong + count(*) INTO wrong FROM truth JOIN unnest(ids, versions) AS d (id, changes) USING (id, changes);
	END \$\$;
	CREATE FUNCTION check_one(person bigint) RETURNS bigint LANGUAGE sql AS 'SELECT check_all(person, person)';
	CREATE FUNCTION check_old(OUT wrong bigint) LANGUAGE sql AS \$\$
		SELECT count(*) FROM truth WHERE ethdata.permitted(id, 'p') AND NOT given \$\$;
	CREATE FUNCTION must(wrong bigint) RETURNS void LANGUAGE plpgsql AS \$\$
		BEGIN IF wrong > 0 THEN RAISE EXCEPTION 'wrong answers: %', wrong; END IF; END \$\$;
	SELECT flip(id, false) FROM truth;
	VACUUM ANALYZE;
});

# pgbench scripts, with their weights
my %scripts = (
	write => [
		[ 6, "SELECT flip(:id, false);" ],
		[ 4, "BEGIN;\nSELECT flip(:id, true);\n\\sleep 1 ms\nCOMMIT;" ],
		[ 2, "BEGIN;\nSELECT flip(:id, false);\n\\sleep 2 ms\nROLLBACK;" ],
		[ 2, "BEGIN;\nSAVEPOINT s;\nSELECT flip(:id, false);\nROLLBACK TO s;\nSELECT flip(:id, true);\nCOMMIT;" ],
		[ 1, "BEGIN;\nSELECT flip(:id, true);\nPREPARE TRANSACTION 'w:client_id';\nCOMMIT PREPARED 'w:client_id';" ],
		[ 1, "BEGIN;\nSELECT flip(:id, false);\nPREPARE TRANSACTION 'w:client_id';\n\\sleep 2 ms\nROLLBACK PREPARED 'w:client_id';" ],
	],
	read => [
		[ 4, "SELECT must(check_all());" ],
		[ 8, "SELECT must(check_one(:id));" ],
		[ 2, "BEGIN;\nSELECT must(check_all());\n\\sleep 1 ms\nSELECT must(check_all());\nCOMMIT;" ],
		[ 2, "BEGIN;\nSELECT flip(:id, false);\nSELECT must(check_one(:id));\nROLLBACK;\nSELECT must(check_all());" ],
		[ 2, "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT must(check_old());\n\\sleep 3 ms\nSELECT must(check_old());\nCOMMIT;\nSELECT must(check_all());" ],
		[ 2, "BEGIN;\nDECLARE k CURSOR FOR SELECT must(count(*)) FROM truth WHERE ethdata.permitted(id, 'p') AND NOT given;\n\\sleep 2 ms\nSELECT must(check_all());\nFETCH k;\nCOMMIT;" ],
	]);
my @options = ([ read => 'prepared' ], [ write => 'simple' ]);
my @running;

foreach (@options)
{
	my ($name, $protocol) = @$_;
	my @arguments;
	my $n = 0;

	foreach my $script (@{ $scripts{$name} })
	{
		my $file = $node->basedir . "/$name" . $n++ . '.sql';

		append_to_file($file, "\\set id random(1, $persons)\n$script->[1]\n");
		push @arguments, '-f', "$file\@$script->[0]";
	}
	my %run = (name => $name, out => '', err => '');
	$run{handle} = IPC::Run::start(
		[
			$node->installed_command('pgbench'), '-n', '-M', $protocol, '-c', 4, '-T', $seconds, '--max-tries=100',
			'-h', $node->host, '-p', $node->port, @arguments, 'postgres'
		],
		'<', \undef, '>', \$run{out}, '2>', \$run{err});
	push @running, \%run;
}
foreach (@running)
{
	$_->{handle}->finish;
	is($_->{handle}->result(0), 0, "$_->{name}: all went on to the end");
	unlike($_->{err}, qr/wrong answers|aborted/, "$_->{name}: no wrong answer");
	like($_->{out}, qr/actually processed: \d{2,}/, "$_->{name}: something was done");
	note($_->{err}) if $_->{err} ne '';
}
is($node->safe_psql('postgres', 'SELECT check_all()'), '0', 'and at rest');

# a transaction that was prepared before the server's memory was lost
my $given = $node->safe_psql('postgres',
	"BEGIN; SELECT flip(7, false); PREPARE TRANSACTION 'over'; SELECT given FROM truth WHERE id = 7");
$given =~ s/\s//g;
$node->stop('immediate');
$node->start;
my $again = $given eq 't' ? 'f' : 't';
is($node->safe_psql(
		'postgres', q{
	SELECT ethdata.permitted(7, 'p'), check_all();
	SELECT ethdata.permitted(7, 'p'), check_all();
	COMMIT PREPARED 'over';
	SELECT ethdata.permitted(7, 'p'), check_all();
	SELECT ethdata.permitted(7, 'p'), check_all()}),
	"$given|0\n$given|0\n$again|0\n$again|0", 'a prepared transaction outlives a crash');

# a standby: what is replayed counts; and the same session after promotion
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
my $session = $standby->background_psql('postgres', on_error_stop => 1);
my $ask = q{SELECT ethdata.permitted(7, 'p'), check_all();};
$session->query_safe($ask);
is($session->query_safe($ask), "$again|0", 'on a standby');
$node->safe_psql('postgres', 'SELECT flip(7, false)');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($session->query_safe($ask), "$given|0", 'on a standby, replayed');
$standby->promote;
is($session->query_safe($ask), "$given|0", 'after promotion');
is($session->query_safe($ask), "$given|0", 'after promotion, remembered');
$standby->safe_psql('postgres', 'SELECT flip(7, false)');
is($session->query_safe($ask), "$again|0", 'after promotion, changed');
$session->quit;
$standby->stop;

# a subscriber, whose apply worker writes
my $subscriber = EthdataTest::start_node('subscriber');
$subscriber->safe_psql(
	'postgres', q{
	SELECT ethdata.define_purpose('p', basis => 'consent');
	CREATE TABLE truth (id bigint PRIMARY KEY, given bool NOT NULL, changes int NOT NULL);
	SELECT ethdata.define_subject_class('truth')});
$node->safe_psql('postgres', 'CREATE PUBLICATION answers FOR TABLE ethdata.consent_state, truth');
$subscriber->safe_psql('postgres',
	"CREATE SUBSCRIPTION answers CONNECTION 'host=" . $node->host . ' port=' . $node->port . " dbname=postgres' PUBLICATION answers");
$subscriber->wait_for_subscription_sync($node, 'answers');
$session = $subscriber->background_psql('postgres', on_error_stop => 1);
$ask = q{SELECT count(*) FROM truth WHERE given IS DISTINCT FROM ethdata.permitted(id, 'p');};
$session->query_safe($ask);
is($session->query_safe($ask), '0', 'on a subscriber');
$node->safe_psql('postgres', 'SELECT flip(id, true) FROM truth');
# without the place, what is written by now: a commit need not be
$node->wait_for_catchup('answers', 'replay', $node->lsn('insert'));
is($session->query_safe($ask), '0', 'on a subscriber, applied');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM truth WHERE given'),
	$node->safe_psql('postgres', 'SELECT count(*) FROM truth WHERE given'), 'all was applied');
$session->quit;
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION answers');
$subscriber->stop;
$node->stop;
done_testing();
