#!/usr/bin/perl
# judge.pl -- runs statements as a masked reader in two databases that differ only in
# what he may not see, and compares every answer (README, guarantee G2).
#
#	judge.pl [--role ROLE] [--label TEXT] [--show N] FILE...
#
# A FILE is of units, each headed by a line "-- ==== class" (test/tools/statements),
# or one for each paragraph where there is no such line.  The server is the one that
# PGHOST, PGPORT and PGUSER (a superuser) name; it has ethdata preloaded, and
# autovacuum off, so that both databases age alike.  The databases ni_1, ni_2 and
# their templates stay when the judge is done: the server is meant to be a private one.
#
# Nothing is normalised, but for the kilobytes of a sort or a hash table in EXPLAIN
# ANALYZE, which G2 leaves out: psql gets the units on its standard input, so that no line
# number is printed, at VERBOSITY verbose, and what it prints is compared byte by
# byte.  The databases come from one template, so OIDs are alike too.  One runs after
# the other: a snapshot of the one would hold up pruning in the other.
#
# Findings, printed with the unit and both answers:
#   difference   the two answers differ
#   crash        the server went down
#   internal     XX000, where the same unit gives none in a database without rules
# A unit that runs into the timeout is counted, and not compared: time is no promise.
# Exit status: 0 nothing found, 1 something found, 2 the judge could not work.

use strict;
use warnings;
use FindBin;
use File::Temp qw(tempdir);
use Getopt::Long;

my ($role, $label, $show, $per_session) = ('ni_reader', '', 20, 200);
GetOptions('role=s' => \$role, 'label=s' => \$label, 'show=i' => \$show) && @ARGV
  or die "usage: judge.pl [--role ROLE] [--label TEXT] [--show N] FILE...\n";

my $fixture = "$FindBin::Bin/fixture.sql";
my $dir = tempdir('ethdata-ni.XXXXXX', TMPDIR => 1, CLEANUP => 1);

$ENV{PGAPPNAME} = 'noninterference';
$ENV{PGTZ} = 'UTC';
delete $ENV{PGOPTIONS};

sub broken
{
	print STDERR 'judge.pl: ', @_, "\n";
	exit 2;
}

# ---- the databases

# psql(database, arguments) as the superuser
sub psql
{
	my ($db, @arguments) = @_;

	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	system('psql', '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-o', "$dir/out", @arguments) == 0
	  or broken("psql -d $db @arguments failed");
}

sub make
{
	return if `psql -X -At -d postgres -c "SELECT 1 FROM pg_database WHERE datname = 'ni_plain'"` =~ /1/;
	psql('postgres', '-c', 'CREATE DATABASE ni_base');
	psql('ni_base', '-v', 'structure=1', '-f', $fixture);
	psql('postgres', '-c', 'CREATE DATABASE ni_plain TEMPLATE ni_base');
	psql('ni_base', '-v', 'rules=1', '-f', $fixture);
	psql('ni_plain', '-v', 'which=1', '-v', 'plain=1', '-f', $fixture);
}

sub fill
{
	my ($which) = @_;

	psql('postgres', '-c', "DROP DATABASE IF EXISTS ni_$which WITH (FORCE)", '-c', "CREATE DATABASE ni_$which TEMPLATE ni_base");
	psql("ni_$which", '-v', "which=$which", '-f', $fixture);
}

# ---- running

# run(database, units) -- what psql printed for each unit, and whether it came to the end
sub run
{
	my ($db, @units) = @_;
	my $n = 0;

	open(my $in, '>', "$dir/in.sql") or broken("$dir/in.sql: $!");
	foreach my $unit (@units)
	{
		print $in "\\echo ==== " . $n++ . "\n$unit->{text}\n";
	}
	print $in "\\echo ==== $n\n";
	close($in);

	# under one name: XML schemas and error messages contain it
	psql('postgres', '-c', "ALTER DATABASE $db RENAME TO ni");
	local $ENV{PGOPTIONS} = '-c statement_timeout=20s -c max_parallel_workers_per_gather=0 -c jit=off';
	my $rc = system("psql -X -q -A -d ni -U $role -v VERBOSITY=verbose -v SHOW_CONTEXT=always -P pager=off -P null='(null)' <'$dir/in.sql' >'$dir/answer' 2>&1");
	if ($rc != 0)
	{
		# after a crash the server is back in a moment
		for (1 .. 60)
		{
			last if system("psql -X -q -d postgres -c 'SELECT' >'$dir/out' 2>&1") == 0;
			sleep 1;
		}
	}
	psql('postgres', '-c', "ALTER DATABASE ni RENAME TO $db");
	open(my $out, '<:raw', "$dir/answer") or broken("$dir/answer: $!");
	local $/;
	my @answers = split /^==== \d+\n/m, <$out>, -1;
	close($out);
	shift @answers;
	# of the plan's own lines; what a value says is compared
	s/^(\s+(?:Sort Method: [a-z ]+|(?:Pre-sorted|Full-sort) Groups: .*|Buckets: .*|Batches: .*|Worker \d+: .*)(?:Memory|Memory Usage|Disk|Peak Memory|Average Memory|Average Disk|Peak Disk)): \d+kB/$1: -/mg,
	  s/^(\s+"(?:Sort Space Used|Peak Memory Usage|Disk Usage|Peak Sort Space Used|Average Sort Space Used)": )\d+/$1-/mg foreach @answers;
	return ($rc == 0 && @answers > @units, @answers);
}

# units(file) -- { class, text }
sub units
{
	my ($file) = @_;

	open(my $in, '<', $file) or broken("$file: $!");
	local $/;
	my $text = <$in>;
	close($in);
	return map { { class => 'file', text => "$_\n" } } grep { /\S/ } split /\n\s*\n/, $text unless $text =~ /^-- ====/m;

	my @parts = split /^-- ==== (.*)\n/m, $text;
	my @units;

	shift @parts;
	push @units, { class => shift @parts, text => shift @parts } while @parts;
	return @units;
}

# ---- judging

my (%count, %class, %state);
my $found = 0;

sub finding
{
	my ($what, $unit, @answers) = @_;

	$count{$what}++;
	return if ++$found > $show;
	print "---- $what", ($label ne '' ? " ($label, unit $unit->{number})" : " (unit $unit->{number})"), ", class $unit->{class}\n$unit->{text}";
	for my $i (0 .. $#answers)
	{
		open(my $out, '>:raw', "$dir/" . ($i + 1)) or broken($!);
		print $out $answers[$i] // '';
		close($out);
	}
	print @answers == 2 ? substr(`diff -U 3 '$dir/1' '$dir/2'`, 0, 4000) : map { substr($_ // '', 0, 4000) } @answers;
	print "----\n";
}

# a session of units; returns how many were done: less than all after a crash
sub session
{
	my @units = @_;
	my (@came, @answers);

	foreach my $which (1, 2)
	{
		my ($whole, @answer) = run("ni_$which", @units);

		if (!$whole)
		{
			my $last = $#answer < 0 ? 0 : $#answer > $#units ? $#units : $#answer;

			finding('crash', $units[$last], $answer[$last]);
			print "     in database $which\n";
			fill($_) foreach 1, 2;
			return $last + 1;
		}
		$answers[$which] = \@answer;
	}

	my $plain;

	foreach my $i (0 .. $#units)
	{
		my ($unit, $one, $two) = ($units[$i], $answers[1][$i], $answers[2][$i]);

		$count{statements}++;
		$class{ $unit->{class} }[0]++;
		if ("$one$two" =~ /ERROR:  57014/)
		{
			$count{unfinished}++;
			next;
		}
		$state{$_}++ foreach $one =~ /ERROR:  (\w{5})/g;
		if ($one !~ /(ERROR|FATAL|PANIC):  \w{5}/)
		{
			$count{succeeded}++;
			$class{ $unit->{class} }[1]++;
		}
		finding('difference', $unit, $one, $two) if $one ne $two;
		if ("$one$two" =~ /(ERROR|FATAL|PANIC):  XX/)
		{
			$plain //= [ run('ni_plain', @units) ];
			finding('internal', $unit, $one) unless ($plain->[ $i + 1 ] // '') =~ /(ERROR|FATAL|PANIC):  XX/;
		}
	}
	return scalar @units;
}

my @units = map { units($_) } @ARGV;
my $number = 0;

$_->{number} = ++$number foreach @units;
broken('no statements') unless @units;
make();
fill($_) foreach 1, 2;
while (@units)
{
	my $done = session(@units[ 0 .. (@units > $per_session ? $per_session : @units) - 1 ]);

	splice(@units, 0, $done);
}

print "class                seen  good\n";
printf "%-18s %6d %5d\n", $_, $class{$_}[0], $class{$_}[1] // 0 foreach sort keys %class;
print 'errors: ', join(', ', map { "$_ $state{$_}" } sort { $state{$b} <=> $state{$a} || $a cmp $b } keys %state), "\n";
printf "%s%d statements, %d succeeded (%d %%), %d unfinished; %d differences, %d crashes, %d internal errors\n", $label ne '' ? "$label: " : '', $count{statements} // 0, $count{succeeded} // 0,
  100 * ($count{succeeded} // 0) / ($count{statements} || 1), map { $count{$_} // 0 } qw(unfinished difference crash internal);
exit($found ? 1 : 0);
