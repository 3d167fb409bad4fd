# Attacks on masks and hidden rows, one after another: test/noninterference/attacks.sql,
# and what later versions add.  The masked role must get the same answer to each in two
# databases that differ in what it may not see; a role that reads raw must not, or the
# statement attacks nothing; and what is marked as refused must be an error.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = "$FindBin::RealBin/../noninterference";
# statistics, and the pages that are pruned, must not depend on a clock
my $node = EthdataTest::start_node('attacks', settings => "autovacuum = off\n");
my $major = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);
my @files = map { "$dir/$_" } 'attacks.sql', $major >= 17 ? 'attacks17.sql' : (), $major >= 18 ? 'attacks18.sql' : ();
my @heads = map { slurp_file($_) =~ /^-- ==== (.*)$/mg } @files;
my %seen;

$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

is_deeply([ grep { $seen{$_}++ } @heads ], [], 'each unit has a name of its own');

# judge(role) -- what the judge says, and its exit status
sub judge
{
	my ($role) = @_;
	my $said = `perl '$dir/judge.pl' --role $role --show 1000 @{[ map { "'$_'" } @files ]} 2>&1`;

	return ($? >> 8, $said);
}

my ($rc, $said) = judge('ni_reader');

is($rc, 0, 'the masked role: all answers are alike') or diag($said);
like($said, qr/^${\ scalar(@heads)} statements, .* 0 unfinished; 0 differences, 0 crashes, 0 internal errors$/m, 'of all statements');
foreach my $head (@heads)
{
	my ($good) = $said =~ /^\Q$head\E +1 +(\d)$/m;

	if ($head =~ /\(refused\)$/)
	{
		is($good, 0, $head);
	}
	else
	{
		ok(defined $good, $head);
	}
}

($rc, $said) = judge('ni_exempt');
my %differs = map { $_ => 1 } $said =~ /^---- difference \(.*\), class (.*)$/mg;

is(join("\n", grep { !$differs{$_} && !/\((?:refused|closed)\)$/ } @heads), '', 'a role that reads raw gets other answers to each');
like($said, qr/ 0 unfinished; \d+ differences, 0 crashes, 0 internal errors$/m, '... and nothing else is wrong');

$node->stop;
done_testing();
