# PASETO v4.public against its public test vectors (test/vectors/paseto_v4.json) and
# against the npm package paseto, both ways.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use EthdataToken;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('paseto');
my $pg_config = $ENV{PG_CONFIG} // $node->config_data('--bindir') . '/pg_config';
chomp(my $include = `$pg_config --includedir-server`);
my $src = "$FindBin::Bin/../../src";
my $module = $node->basedir . '/paseto.so';

is( system(
		'cc', '-shared', '-fPIC', '-D_GNU_SOURCE', '-Wno-declaration-after-statement', "-I$include", "-I$src", '-o', $module,
		"$FindBin::Bin/paseto/paseto.c", "$src/crypto/paseto.c", "$src/crypto/hash.c", '-lsodium'),
	0, 'the crypto room\'s pure part builds by itself');
$node->safe_psql('postgres',
	"CREATE FUNCTION paseto_open(text, bytea, text) RETURNS text[] LANGUAGE c IMMUTABLE STRICT AS '$module', 'paseto_open'");

sub quote
{
	my ($text) = @_;

	$text =~ s/'/''/g;
	return "'$text'";
}

# opened(token, key in hexadecimal, implicit assertion) -> payload and footer, or undef
sub opened
{
	my ($token, $key, $implicit) = @_;
	my $out = $node->safe_psql('postgres',
		'SELECT to_json(paseto_open(' . quote($token) . ', ' . quote("\\x$key") . ', ' . quote($implicit) . '))');

	return $out eq '' ? undef : decode_json($out);
}

# ---- the public vectors

my $vectors = decode_json(slurp_file("$FindBin::Bin/../vectors/paseto_v4.json"));

is(scalar @{ $vectors->{tests} }, 7, 'all vectors are there');
foreach my $test (@{ $vectors->{tests} })
{
	my $got = opened($test->{token}, $test->{'public-key'}, $test->{'implicit-assertion'});

	is_deeply($got, $test->{'expect-fail'} ? undef : [ $test->{payload}, $test->{footer} ], $test->{name});
	next if $test->{'expect-fail'};
	is(opened($test->{token}, $test->{'public-key'}, $test->{'implicit-assertion'} . ' '),
		undef, "$test->{name}, with another implicit assertion");
	is(opened($test->{token}, EthdataToken::public_key('one'), $test->{'implicit-assertion'}),
		undef, "$test->{name}, under another key");

	# each character of it counts
	my $accepted = $node->safe_psql('postgres',
		'SELECT count(*) FROM generate_series(1, length(' . quote($test->{token}) . ')) i,'
		  . ' LATERAL (SELECT overlay(' . quote($test->{token}) . q{ placing c from i) AS t FROM unnest(ARRAY['A', 'B', '_', '.', '=', U&'\\046C', U&'\\00E9']) c) x}
		  . ' WHERE x.t <> ' . quote($test->{token})
		  . ' AND paseto_open(x.t, ' . quote("\\x$test->{'public-key'}") . ', ' . quote($test->{'implicit-assertion'}) . ') IS NOT NULL');
	is($accepted, 0, "$test->{name}, with any one character replaced");
	$accepted = $node->safe_psql('postgres',
		'SELECT count(*) FROM generate_series(0, length(' . quote($test->{token}) . ') - 1) i'
		  . ' WHERE paseto_open(left(' . quote($test->{token}) . ', i), ' . quote("\\x$test->{'public-key'}") . ', '
		  . quote($test->{'implicit-assertion'}) . ') IS NOT NULL');
	is($accepted, 0, "$test->{name}, cut off anywhere");
}

# ---- another implementation

SKIP:
{
	my $dir = $node->basedir . '/npm';
	my $install = "$dir/install.log";

	mkdir($dir);
	skip 'npm is not installed, so tokens are not compared with those of the package paseto', 1
	  if system('command -v node >/dev/null && command -v npm >/dev/null') != 0;
	local $ENV{HOME} = $dir;
	skip 'npm could not install the package paseto, so tokens are not compared with it: see ' . $install, 1
	  if system("cd '$dir' && npm install --no-audit --no-fund --ignore-scripts paseto\@3.1.4 >'$install' 2>&1") != 0;
	local $ENV{NODE_PATH} = "$dir/node_modules";
	my $program = "$FindBin::Bin/paseto/interop.js";
	my $rounds = 60;
	my @lines = split(/\n/, `node '$program' sign $rounds`);
	my $cases = quote('[' . join(',', @lines) . ']');

	is(scalar @lines, $rounds, 'it signs');
	is( $node->safe_psql(
			'postgres', qq{
			SELECT count(*) FILTER (WHERE o[1]::jsonb = payload AND o[2] = footer), count(paseto_open(token, k, assertion || 'x')),
				count(paseto_open(token, '\\x${\ EthdataToken::public_key('one')}', assertion))
			FROM json_to_recordset($cases) AS c(token text, key text, payload jsonb, footer text, assertion text),
				LATERAL (SELECT decode(key, 'hex')) k(k), LATERAL (SELECT paseto_open(token, k, assertion)) o(o)
		}),
		"$rounds|0|0",
		'what it signed is read as it meant it, and is nothing under another implicit assertion or key');

	my %claims = (sub => '42', purpose => 'marketing', aud => 'postgres', exp => '2999-01-01T00:00:00Z');
	my $token = EthdataToken::token('one', %claims);
	my $key = EthdataToken::public_key('one');
	my $read = decode_json(`node '$program' verify $key $token`);
	is_deeply($read->{payload}, \%claims, 'the tokens of these tests are tokens to it');
	is($read->{footer}, '{"kid":"one"}', 'with their footer');
	$key = EthdataToken::public_key('two');
	is(`node '$program' verify $key $token`, "refused\n", 'under the right key alone');
}

$node->stop;
done_testing();
