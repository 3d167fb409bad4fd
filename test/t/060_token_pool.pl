# Purposes and tokens behind poolers and gateways: PgBouncer in transaction mode with
# one server connection for all clients, the way of PostgREST (SET LOCAL ROLE for each
# request, a pre-request function), tokens for one use, what the log holds of tokens,
# and dump and restore of keys and trusted callers.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use EthdataToken;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node(
	'pool',
	init => [ allows_streaming => 1 ],
	settings => "log_statement = none\nethdata.remembered_tokens = 100\n");
my $started = time();
my %good = (aud => 'postgres', exp => '2999-01-01T00:00:00Z', purpose => 'news', sub => 'anna@office');

sub one_use
{
	my (%claims) = @_;

	return EthdataToken::token('once', %good, exp => EthdataToken::at(3600), iat => EthdataToken::at(0), %claims);
}

$node->safe_psql(
	'postgres', qq{
	CREATE ROLE pool LOGIN; CREATE ROLE authenticator LOGIN NOINHERIT; CREATE ROLE web_anon; CREATE ROLE web_user;
	GRANT web_anon, web_user TO authenticator;
	CREATE SCHEMA crm; CREATE SCHEMA api;
	GRANT USAGE ON SCHEMA crm, api TO pool, web_anon, web_user;
	CREATE TABLE crm.customer (id bigint PRIMARY KEY, email text, phone text);
	INSERT INTO crm.customer VALUES (42, 'anna\@example.com', '42'), (43, 'bert\@example.com', '43');
	SELECT ethdata.define_subject_class('crm.customer', code => 'customer');
	SELECT ethdata.define_purpose('billing', 'contract'), ethdata.define_purpose('news', 'contract'), ethdata.define_purpose('support', 'contract');
	SELECT ethdata.protect('crm.customer', subject => 'id'), ethdata.mask('crm.customer', 'email', masked_as => '''***''', reveal_for => '{news}'),
		ethdata.mask('crm.customer', 'phone', masked_as => '''***''', reveal_for => '{billing,support}');
	GRANT SELECT ON crm.customer TO pool, web_user;
	SELECT ethdata.trust_key('one', '\\x${\ EthdataToken::public_key('one')}');
	SELECT ethdata.trust_key('once', '\\x${\ EthdataToken::public_key('once')}', single_use => true);
	SELECT ethdata.grant_purpose('billing', 'pool', pooled => true), ethdata.grant_purpose('news', 'pool', token_required => true),
		ethdata.grant_purpose('self', 'web_user', token_required => true);
	CREATE FUNCTION api.pre_request() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS \$\$
		DECLARE headers json := current_setting('request.headers', true);
		BEGIN
			IF headers ->> 'x-purpose-token' <> '' THEN
				PERFORM ethdata.set_purpose(ethdata.set_token(headers ->> 'x-purpose-token'));
			ELSIF headers ->> 'x-support' = 'yes' THEN
				PERFORM ethdata.set_purpose('support');
			END IF;
		END \$\$;
	SELECT ethdata.grant_purpose('support', 'web_user', asserted_by => 'api.pre_request()');
});

# ---- PgBouncer

SKIP:
{
	my ($bouncer) = grep { -x $_ } map { "$_/pgbouncer" } split(/:/, "$ENV{PATH}:/usr/sbin");

	skip 'pgbouncer is not installed', 1 unless defined $bouncer;

	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $from = $node->host;
	my $to = $node->port;

	append_to_file("$dir/ini", <<"INI");
[databases]
postgres = host=$from port=$to
[pgbouncer]
listen_addr =
unix_socket_dir = $dir
listen_port = $port
auth_type = any
auth_file =
pool_mode = transaction
default_pool_size = 1
server_reset_query =
ignore_startup_parameters = extra_float_digits
logfile = $dir/log
pidfile = $dir/pid
INI
	# auth_type any logs in as the user of the database line: one for each pool
	my $ini = slurp_file("$dir/ini");

	$ini =~ s/^postgres = .*$/pool = host=$from port=$to dbname=postgres user=pool\ngate = host=$from port=$to dbname=postgres user=authenticator/m;
	unlink("$dir/ini");
	append_to_file("$dir/ini", $ini);
	system_or_bail($bouncer, '-d', '-q', "$dir/ini");
	END { kill 'TERM', slurp_file("$dir/pid") =~ /(\d+)/ if defined $dir && -e "$dir/pid"; }

	my $through = sub {
		my ($pool, $sql) = @_;
		my ($out, $err);

		IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-v', 'VERBOSITY=terse', '-h', $dir, '-p', $port, '-U', 'x', '-d', $pool, '-f', '-' ],
			'<', \$sql, '>', \$out, '2>', \$err);
		$out =~ s/^\s+|\s+\z//g;
		$err =~ s/\s+\z//;
		$err =~ s/^psql:<stdin>:\d+: //mg;
		return join("\n", grep { $_ ne '' } $out, $err);
	};
	my $token = EthdataToken::token('one', %good);
	my $read = 'SELECT string_agg(email || phone, \',\' ORDER BY id) FROM crm.customer;';
	my $masked = '******,******';

	my $pid = $through->('pool', 'SELECT pg_backend_pid()');
	like($pid, qr/^\d+$/, 'a client is served through PgBouncer');
	is($through->('pool', 'SELECT pg_backend_pid()'), $pid, 'the next one by the same session');
	is($through->('pool', $read), $masked, 'without a purpose all is masked');

	# of a plain SET nothing is left for the next client, nor for the next transaction
	is($through->('pool', "SET ethdata.purpose = 'billing'; $read"), $masked, 'a SET of its own transaction has gone with it');
	is($through->('pool', "BEGIN; SET ethdata.purpose = 'billing'; $read COMMIT; $read"),
		"***42,***43\n$masked", 'SET holds for the transaction');
	is($through->('pool', $read), $masked, 'and not for the next client');
	is( $through->('pool', "BEGIN; SET ethdata.purpose = 'billing'; COMMIT;") . '|' . $through->('pool', "SELECT ethdata.current_purpose(); SHOW ethdata.purpose;"),
		'|', 'as set by the client before it');

	# a token holds for the transaction, whatever it is ended by
	is( $through->('pool', "BEGIN; SELECT ethdata.set_purpose(ethdata.set_token('$token')); $read COMMIT; $read"),
		"anna\@example.com***,bert\@example.com***\n$masked", 'a token holds for its transaction');
	is($through->('pool', $read), $masked, 'and not for the next client');
	is($through->('pool', "BEGIN; SELECT ethdata.set_purpose('news'); ROLLBACK;"),
		'ERROR:  purpose "news" cannot be used by role "pool" in this way', 'who has none cannot use what the other one had');
	$through->('pool', "BEGIN; SELECT ethdata.set_token('$token'); SET ethdata.purpose = 'news'; SELECT 1/0;");
	is($through->('pool', "BEGIN; $read COMMIT;"), $masked, 'nor after a transaction that failed and was abandoned');
	$through->('pool', "BEGIN; SELECT ethdata.set_token('$token'); SET ethdata.purpose = 'news'; COMMIT;");
	is($through->('pool', "BEGIN; $read COMMIT; SELECT count(*) FROM crm.customer WHERE email <> '***';"),
		"$masked\n0", 'nor what was set for the session beside the token');

	# PostgREST: one transaction a request, through the same pool
	my $request = sub {
		my ($role, $headers, $sql) = @_;

		return $through->('gate',
			"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL ROLE $role; SELECT set_config('request.headers', '$headers', true) \\g /dev/null\n"
			  . "SELECT api.pre_request() \\g /dev/null\n$sql COMMIT;");
	};
	my %self = (%good, purpose => 'self');
	my $anna = EthdataToken::token('one', %self, sub => '42');
	my $bert = EthdataToken::token('one', %self, sub => '43');
	my $forged = EthdataToken::sign_text('two', '{"aud":"postgres","exp":"2999-01-01T00:00:00Z","purpose":"self","sub":"43"}', '{"kid":"one"}');

	$read = 'SELECT string_agg(email || phone, \',\' ORDER BY id), count(*) FROM crm.customer;';
	is($request->('web_user', qq({"x-purpose-token":"$anna"}), $read), 'anna@example.com42|1', 'a request of one person');
	is($request->('web_user', qq({"x-purpose-token":"$bert"}), $read), 'bert@example.com43|1', 'a request of another, by the same session');
	is($request->('web_user', '{}', $read), '|0', 'a request without a token');
	is($request->('web_user', '{"x-support":"yes"}', $read), '***42,***43|2', 'a request for a purpose that the gateway asserts');
	is($request->('web_user', '{}', "SET LOCAL ethdata.purpose = 'support'; $read") =~ /^ERROR:  purpose "support" cannot be used by role "web_user" in this way/m,
		1, 'which the request itself cannot assert');
	is($request->('web_user', '{}', $read), '|0', 'nor is anything left of it');
	like($request->('web_anon', qq({"x-purpose-token":"$anna"}), 'SELECT 1;'),
		qr/^ERROR:  purpose "self" is not granted to role "web_anon"/m, 'another role of the gateway is no portal');
	like($request->('web_user', qq({"x-purpose-token":"$forged"}), $read), qr/^ERROR:  the token is not accepted/m, 'a forged token');
	is($request->('web_user', qq({"x-purpose-token":"$anna"}), $read), 'anna@example.com42|1', 'and the session goes on');
}

# ---- tokens for one use

sub tried
{
	my ($on, $sql) = @_;
	my ($rc, $out, $err) = $on->psql('postgres', "SET ethdata.token_tolerance = 0; SET SESSION AUTHORIZATION pool;\n$sql");

	$err =~ s/^psql:<stdin>:\d+: //mg;
	return $out . ($err =~ /^DETAIL:  (.*)$/m ? $1 : $err);
}

my $before = 'It is for one use, and was issued before the server began to remember which were used.';
my $again = 'It is for one use, and was used before.';

is(tried($node, "BEGIN; SELECT ethdata.set_token('" . one_use(jti => 'old', iat => EthdataToken::at(-3600)) . "')"),
	$before, 'a token from before the start may have been used');
is($node->psql('postgres', "BEGIN; SELECT ethdata.set_token('" . one_use(jti => 'soon') . "')"),
	3, 'so may one as young as clocks may differ')
  if time() - $started < 28;
sleep(1) while time() - $started < 2;

my $token = one_use(jti => '1');
is(tried($node, "BEGIN READ ONLY; SELECT ethdata.set_token('$token'); ROLLBACK"), 'news', 'a token is accepted once, also to read');
is(tried($node, "BEGIN; SELECT ethdata.set_token('$token')"), $again, 'not again, although its transaction was rolled back');
is(tried($node, "BEGIN; SELECT ethdata.set_token('" . one_use(jti => '1', sub => 'x') . "')"), $again, 'it is the jti that was used');
$token = one_use(jti => '2');
is( tried($node, "BEGIN; SAVEPOINT s; SELECT ethdata.set_token('$token'); ROLLBACK TO s;\nSELECT ethdata.set_token('$token')"),
	"news$again", 'nor within the transaction');
# what is refused for another reason is not spent
$token = one_use(jti => '3', aud => 'elsewhere');
is(tried($node, "BEGIN; SELECT ethdata.set_token('$token')"), 'It is meant for another audience.', 'a token for another audience');
is(tried($node, "BEGIN; SELECT ethdata.set_token('" . one_use(jti => '3') . "')"), 'news', 'spends no jti');

# a standby remembers by itself
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
sleep(2);
$token = one_use(jti => '4');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(tried($standby, "BEGIN; SELECT ethdata.set_token('$token')"), 'news', 'a standby takes tokens');
is(tried($standby, "BEGIN; SELECT ethdata.set_token('$token')"), $again, 'once');
$standby->stop;

# nothing is forgotten early, and what has expired makes room
# the last ones are signed last, and expire soon
my @tokens = map { one_use(jti => "many $_", exp => EthdataToken::at($_ > 90 && $_ < 101 ? 5 : 3600)) } 1 .. 101;
my $signed = time();
my $out = tried($node, join("\n", map { "BEGIN; SELECT ethdata.set_token('$_'); COMMIT;" } @tokens));
like($out, qr/too many tokens for one use are in use/, 'when too many are remembered new ones are refused');
is(tried($node, "BEGIN; SELECT ethdata.set_token('$tokens[0]')"), $again, 'rather than old ones forgotten');
sleep(1) while time() < $signed + 6;
is(tried($node, "BEGIN; SELECT ethdata.set_token('" . one_use(jti => 'later') . "')"), 'news', 'what has expired makes room');

$token = one_use(jti => '5');
is(tried($node, "BEGIN; SELECT ethdata.set_token('$token')"), 'news', 'a token is used');
$node->restart;
sleep(1);
is(tried($node, "BEGIN; SELECT ethdata.set_token('$token')"), $before, 'and is none any more after a restart');

# ---- the log

unlike(slurp_file($node->logfile), qr/v4\.public\.|anna\@office/, 'no error put a token, or what it says, into the log');
like(slurp_file($node->logfile), qr/the token is not accepted/, 'where the errors are');

# ---- dump and restore

my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'restored', '-f', $dump ], 'restore');
my $elsewhere = EthdataToken::token('one', %good, purpose => 'self', sub => '42', aud => 'restored');
$token = EthdataToken::token('one', %good, purpose => 'self', sub => '42');
my $portal = sub {
	my ($sql) = @_;
	my ($rc, $got, $err) = $node->psql('restored', "SET SESSION AUTHORIZATION authenticator; BEGIN; SET LOCAL ROLE web_user;\n$sql");

	return $got . ($err =~ /^DETAIL:  (.*)$/m ? $1 : $err);
};
is($portal->("SELECT ethdata.set_token('$token')"), 'It is meant for another audience.', 'a token for one database is none for its copy');
is($portal->("SELECT ethdata.set_purpose(ethdata.set_token('$elsewhere')); SELECT id, phone FROM crm.customer"),
	"\n42|42", 'keys and grants came along');
is($portal->(q{SELECT set_config('request.headers', '{"x-support":"yes"}', true); SELECT api.pre_request(); SELECT ethdata.current_purpose()}),
	qq({"x-support":"yes"}\n\nsupport), 'and trusted callers');

$node->stop;
done_testing();
