# The policy tables as a logical subscriber gets them: the apply worker fires row
# triggers alone, and a session of the subscriber that has loaded the policy before
# must hear of a change none the less.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = EthdataTest::start_node('publisher', init => [ allows_streaming => 'logical' ]);
my $subscriber = EthdataTest::start_node('subscriber');
my $to_publisher = 'psql -X -q -At -h ' . $publisher->host . ' -p ' . $publisher->port . ' -d postgres';

$_->safe_psql('postgres', 'CREATE ROLE campaigns LOGIN; CREATE ROLE webshop') foreach $publisher, $subscriber;
$publisher->safe_psql(
	'postgres', q{
	SELECT ethdata.define_purpose('billing', basis => 'contract');
	SELECT ethdata.grant_purpose('billing', 'campaigns');
	CREATE PUBLICATION policy FOR TABLE ethdata.purpose, ethdata.purpose_grant, ethdata.collection_grant, ethdata.notice;
});
$subscriber->safe_psql('postgres',
	"CREATE SUBSCRIPTION policy CONNECTION 'host=" . $publisher->host . ' port=' . $publisher->port . " dbname=postgres' PUBLICATION policy");
$subscriber->wait_for_subscription_sync($publisher, 'policy');

# one session of the subscriber; until() waits for what the apply worker brings
my $until = q{CREATE OR REPLACE FUNCTION pg_temp.until(condition text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE met bool; BEGIN
	FOR i IN 1 .. 1800 LOOP EXECUTE 'SELECT ' || condition INTO met; EXIT WHEN met; PERFORM pg_sleep(0.1); END LOOP;
	RETURN CASE WHEN met THEN 'came' ELSE 'never came' END; END $$;};
my ($rc, $out, $err) = $subscriber->psql(
	'postgres', qq{
	$until
	SET ethdata.purpose = 'billing';
	SET ROLE campaigns; SELECT ethdata.current_purpose(); RESET ROLE;
	\\! $to_publisher -c "SELECT ethdata.revoke_purpose('billing', 'campaigns')"
	SELECT pg_temp.until('NOT EXISTS (SELECT FROM ethdata.purpose_grant)');
	SET ROLE campaigns; SELECT ethdata.current_purpose(); RESET ROLE;
	\\! $to_publisher -c "SELECT ethdata.grant_purpose('billing', 'campaigns')"
	SELECT pg_temp.until('EXISTS (SELECT FROM ethdata.purpose_grant)');
	SET ROLE campaigns; SELECT ethdata.current_purpose(); RESET ROLE;
	\\! $to_publisher -c "SELECT ethdata.retire_purpose('billing')"
	SELECT pg_temp.until('EXISTS (SELECT FROM ethdata.purpose WHERE retired_at IS NOT NULL)');
	SELECT ethdata.permits(NULL, 'billing');
}, on_error_stop => 0);
is($out, "billing\nt\ncame\nt\ncame\nbilling\nt\ncame\nf", 'each change is heard of in a session that had loaded the policy');
like($err, qr/purpose "billing" is not granted to role "campaigns"/, 'and what was revoked is an error');
unlike($err, qr/never came/, 'all came');

# whoever disables the triggers is heard of, too: when they are enabled again
is($subscriber->safe_psql(
		'postgres', q{
	SET ethdata.purpose = 'billing';
	SELECT ethdata.permits(NULL, 'billing');
	ALTER TABLE ethdata.purpose DISABLE TRIGGER ALL;
	UPDATE ethdata.purpose SET retired_at = NULL;
	ALTER TABLE ethdata.purpose ENABLE ALWAYS TRIGGER policy_changed;
	SELECT ethdata.permits(NULL, 'billing')}),
	"f\nt", 'a change while the triggers were disabled');

$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION policy');
$subscriber->stop;
$publisher->stop;
done_testing();
