# Guarantee G2 against random statements: two databases that differ only in cells
# that a role may not see answer it alike.  The statements are those of one seed, so
# that a failure comes again; test/tools/noninterference takes others.  That the judge
# can tell databases apart is shown by a role that reads raw: its answers differ.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my ($seed, $count, $least) = (20260301, 2000, 1500);
my $top = "$FindBin::RealBin/..";
# statistics, and the pages that are pruned, must not depend on a clock
my $node = EthdataTest::start_node('noninterference', settings => "autovacuum = off\n");
my $major = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);

$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

# judge(role, count) -- what the judge says in its last line, and its exit status
sub judge
{
	my ($role, $count) = @_;
	my $file = $node->basedir . "/$role.sql";

	system("perl '$top/tools/statements' --seed $seed --count $count --major $major >'$file'") == 0
	  or die "no statements\n";
	my $said = `perl '$top/noninterference/judge.pl' --role $role --label 'seed $seed' --show 5 '$file' 2>&1`;
	my $rc = $? >> 8;

	note($said);
	return ($rc, (split /\n/, $said)[-1]);
}

my ($rc, $line) = judge('ni_reader', $count);

is($rc, 0, 'the masked role: nothing found');
like($line, qr/^seed $seed: $count statements, .*, \d unfinished; 0 differences, 0 crashes, 0 internal errors$/, 'all statements were judged, but for a few that a busy machine may stop');
cmp_ok(($line =~ /(\d+) succeeded/)[0] // 0, '>=', $least, 'most statements are good ones');

($rc, $line) = judge('ni_exempt', 200);
is($rc, 1, 'a role that reads raw: the judge sees that the databases differ');
cmp_ok(($line =~ /(\d+) differences/)[0] // 0, '>=', 40, '... in many statements');
like($line, qr/ 0 crashes, 0 internal errors$/, '... and nothing else is wrong');

$node->stop;
done_testing();
