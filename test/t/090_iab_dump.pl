# Both extensions through dump and restore: the schema belongs to neither, rows of the
# site come back, shipped rows once, values to the letter, indexes by meaning.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::new_node('both');
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir();
my @at = ('-h', $node->host, '-p', $node->port);

foreach my $order ([ 'ethdata_iab', 'ethdata' ], [ 'ethdata', 'ethdata_iab' ], ['ethdata_iab'])
{
	my $db = join('_then_', @$order);

	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION $_") foreach @$order;
	$node->safe_psql(
		$db, q{
		CREATE TABLE visit (id int PRIMARY KEY, tc ethdata.tcstring UNIQUE, gpp ethdata.gppstring);
		INSERT INTO visit VALUES (1, 'CQKjTcAQKjTcAEsABBENBkFoAOAAAEIAAAYgAFEBAAgAgAAA____.IAFMFAAA', 'DBABFD~Bg.Y'),
		  (2, 'BQKjTcAQKjTcAEsABBENBk4AAAAArABAAGAA', 'DBABBg~BmlZIKFg.YA');
		CREATE INDEX visit_use ON visit USING gin (tc);
		CREATE INDEX visit_hash ON visit USING hash (gpp);
		CREATE INDEX visit_value ON visit (ethdata.gpp_value(gpp, 'usca', 'SaleOptOut'));
		INSERT INTO ethdata.gpp_section VALUES (100, 'ushi', 'Version:6 SaleOptOut:2 | GpcSegmentType:2=1 Gpc:bool');
		INSERT INTO ethdata.gpp_rule (jurisdiction, purpose, section, field) VALUES ('US-HI', 'sale', 100, 'SaleOptOut');
		INSERT INTO ethdata.tcf_purpose VALUES ('purpose', 2, 'ads');
		INSERT INTO ethdata.gpp_purpose VALUES ('sale', 'sell', 'refuse', true);
		INSERT INTO ethdata.tcf_vendor_purpose VALUES (755, 2, 'consent', false)});
	my $question = q{
		SELECT json_agg(v ORDER BY id) FROM visit v;
		SELECT ethdata.gpp_permits(gpp, 'US-HI', 'sale') FROM visit WHERE id = 1;
		SELECT count(*), count(*) FILTER (WHERE NOT shipped) FROM ethdata.gpp_rule;
		SELECT * FROM ethdata.gpp_section; SELECT * FROM ethdata.tcf_purpose; SELECT * FROM ethdata.gpp_purpose; SELECT * FROM ethdata.tcf_vendor_purpose;
		SET enable_seqscan = off; SELECT id FROM visit WHERE ethdata.tc_permits(tc, 2, 1);
		SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension};
	my $before = $node->safe_psql($db, $question);

	like($before, qr/^1$/m, "$db: the example says something");
	command_ok([ 'pg_dump', @at, '-f', "$dir/$db.sql", $db ], "$db: pg_dump, plain");
	command_ok([ 'pg_dump', @at, '-Fc', '-f', "$dir/$db.dump", $db ], "$db: pg_dump, custom");
	$node->safe_psql('postgres', "CREATE DATABASE ${db}_plain TEMPLATE template0; CREATE DATABASE ${db}_custom TEMPLATE template0");
	command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', @at, '-d', "${db}_plain", '-o', "$dir/out", '-f', "$dir/$db.sql" ], "$db: restored by psql");
	command_ok([ 'pg_restore', '-e', @at, '-j', '2', '-d', "${db}_custom", "$dir/$db.dump" ], "$db: restored by pg_restore");
	is($node->safe_psql("${db}_plain", $question), $before, "$db: the same after psql");
	is($node->safe_psql("${db}_custom", $question), $before, "$db: the same after pg_restore");
	# the way out of one leaves the other
	if (@$order > 1)
	{
		$node->safe_psql("${db}_plain", "DROP EXTENSION ethdata CASCADE");
		is($node->safe_psql("${db}_plain", 'SELECT count(*) FROM visit WHERE tc::text LIKE \'BQ%\''), '1', "$db: ethdata went, strings stay");
		$node->safe_psql("${db}_custom", "DROP EXTENSION ethdata_iab CASCADE");
		is($node->safe_psql("${db}_custom", 'SELECT count(*) > 0 FROM ethdata.regime'), 't', "$db: ethdata_iab went, ethdata stays");
	}
}
# what self_check() says of the tables of ethdata_iab: nothing
is( $node->safe_psql('ethdata_then_ethdata_iab',
		q{SELECT * FROM ethdata.self_check() WHERE object ~ 'gpp_|tcf_|iab' OR risk ~ 'gpp_|tcf_|iab'}),
	'', 'self_check() finds nothing of ethdata_iab');

$node->stop;
done_testing();
