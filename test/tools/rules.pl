#!/usr/bin/perl
# rules.pl -- the rules of the house that can be read off the sources.
#
#	perl test/tools/rules.pl TREE RULE	prints one finding a line, nothing when all is well
#	perl test/tools/rules.pl --list		the rules' names
#	perl test/tools/rules.pl --title RULE

use strict;
use warnings;

# a room may use those before it
my @rooms = qw(core crypto purpose consent decide mask protect policy audit);
my %order = map { $rooms[$_] => $_ } 0 .. $#rooms;
# libraries of their own, for extensions beside ethdata: of other rooms they may use the
# differences between the servers alone
my %apart = map { $_ => 1 } qw(iab);

my @rules = (
	[ rooms => 'rooms include only themselves and rooms above (but for core/init.c and core/hooks.c)', \&rooms ],
	[ hooks => 'hook variables only in src/core/hooks*.c', \&hooks ],
	[ sodium => 'libsodium only in src/crypto', \&sodium ],
	[ compat => 'PG_VERSION_NUM only in src/core/compat.h', \&compat ],
	[ sizes => 'no C file is longer than 900 lines', \&sizes ],
	[ headers => 'every C file opens with a comment', \&headers ],
	[ install => 'install SQL: volatility and PARALLEL stated, no OR REPLACE, no IF NOT EXISTS', \&install ],
	[ goldens => 'golden outputs: one for each test, and no internal error in them', \&goldens ],
	[ words => 'no unfinished work is marked in the tree', \&words ]);

my $top;

sub files
{
	my ($pattern) = @_;

	return map { substr($_, length($top) + 1) } sort glob("$top/$pattern");
}

sub slurp
{
	my ($file) = @_;

	open(my $in, '<', "$top/$file") or die "$file: $!\n";
	local $/;
	my $text = <$in>;
	close($in);
	return $text // '';
}

# the C text with comments and strings blanked, lines kept
sub code
{
	my ($text) = @_;

	$text =~ s{(/\*.*?\*/)|("(?:\\.|[^"\\\n])*")|('(?:\\.|[^'\\\n])*')}
			  {defined $1 ? blank($1) : defined $2 ? '""' : "''"}gse;
	return $text;
}

sub blank
{
	my ($text) = @_;

	$text =~ s/[^\n]/ /g;
	return $text;
}

sub sources { return files('src/*/*.[ch]'); }

# for each line of the code that matches, a finding
sub lines_matching
{
	my ($file, $pattern) = @_;
	my $n = 0;

	foreach my $line (split /\n/, code(slurp($file)))
	{
		$n++;
		print "$file:$n: $1\n" if $line =~ $pattern;
	}
}

# _PG_init calls the rooms and the hooks dispatch to them: these two files of core
# know all rooms, and decide nothing
my %dispatch = ('src/core/init.c' => 1, 'src/core/hooks.c' => 1);

sub rooms
{
	foreach my $file (sources())
	{
		my ($room) = $file =~ m{^src/([^/]+)/};
		my $n = 0;

		if (!exists $order{$room} && !$apart{$room})
		{
			print "$file: no such room\n";
			next;
		}
		foreach my $line (split /\n/, slurp($file))
		{
			$n++;
			next unless $line =~ /^\s*#\s*include\s+"([^"]+)"/;
			my $name = $1;

			print "$file:$n: includes $name by a relative path\n" if $name =~ /\.\./;
			if ($apart{$room})
			{
				print "$file:$n: room $room includes $name\n"
				  if $name =~ m{^([^/]+)/} && exists $order{$1} && $name ne 'core/compat.h';
				next;
			}
			print "$file:$n: room $room includes $name\n" if $name =~ m{^([^/]+)/} && $apart{$1};
			next unless $name =~ m{^([^/]+)/} && exists $order{$1} && -e "$top/src/$name";
			print "$file:$n: room $room includes $name\n" if $order{$1} > $order{$room} && !$dispatch{$file};
		}
	}
}

# p_.. are the callbacks of one ParseState, not hooks of the server
sub hooks
{
	foreach my $file (sources())
	{
		next if $file =~ m{^src/core/hooks[^/]*\.c$};
		lines_matching($file, qr/\b((?!eth_|next_|p_)[A-Za-z_]+_hook(?:_permissive|_restrictive|_str)?)\b/);
	}
}

sub sodium
{
	foreach my $file (sources())
	{
		next if $file =~ m{^src/crypto/};
		lines_matching($file, qr/((?:#\s*include\s*<sodium.*)|\b(?:sodium|crypto|randombytes)_[a-z0-9_]+\s*\()/);
	}
}

sub compat
{
	foreach my $file (sources())
	{
		next if $file eq 'src/core/compat.h';
		lines_matching($file, qr/\b(PG_VERSION_NUM|PG_MAJORVERSION_NUM)\b/);
	}
}

sub sizes
{
	foreach my $file (sources())
	{
		my $n = () = slurp($file) =~ /\n/g;

		print "$file: $n lines\n" if $n > 900;
	}
}

sub headers
{
	foreach my $file (sources())
	{
		print "$file: no comment at its head\n" unless slurp($file) =~ m{^/\*};
	}
}

sub install
{
	foreach my $file (files('sql/install/*.sql'), files('sql/iab/*.sql'))
	{
		my $text = slurp($file);

		$text =~ s/--[^\n]*//g;
		$text =~ s/'(?:[^']|'')*'/''/g;
		while ($text =~ /(CREATE\s+OR\s+REPLACE\s+\w+\s+\S+|CREATE\s+(?:\w+\s+)+?IF\s+NOT\s+EXISTS\s+\S+)/gi)
		{
			my $found = $1 =~ s/\s+/ /gr;
			print "$file: $found\n";
		}
		while ($text =~ /CREATE\s+FUNCTION\s+([\w.]+)(.*?);/gis)
		{
			my ($name, $body) = ($1, $2);

			print "$file: $name is not schema-qualified\n" unless $name =~ /^ethdata\./;
			print "$file: $name states no volatility\n" unless $body =~ /\b(IMMUTABLE|STABLE|VOLATILE)\b/i;
			print "$file: $name states no parallel safety\n" unless $body =~ /\bPARALLEL\s+(UN)?(SAFE|RESTRICTED)\b/i;
		}
	}
}

sub goldens
{
	my %have = map { $_ => 1 } map { m{([^/]+)\.out$} } files('expected/*.out');
	my %test;

	foreach my $file (files('test/sql/*.sql'), files('test/specs/*.spec'))
	{
		my ($name) = $file =~ m{([^/]+)\.\w+$};

		$test{$name} = 1;
		print "$file has no expected/$name.out\n" unless $have{$name};
		print "$file does not say why it exists (first line a comment)\n" unless slurp($file) =~ /^(--|#|\/\*)/;
		print "$file: isolation files are named iso_*\n" if $file =~ /\.spec$/ && $name !~ /^iso_/;
	}
	foreach my $name (sort keys %have)
	{
		# a second answer of the same test is NAME_1.out
		print "expected/$name.out belongs to no test\n" unless $test{$name} || $test{ $name =~ s/_\d$//r };
		my $n = 0;
		foreach my $line (split /\n/, slurp("expected/$name.out"))
		{
			$n++;
			print "expected/$name.out:$n: $line\n"
			  if $line =~ /\bXX000\b|\bXX001\b(?! \| the sealed history is not as it was sealed)|server closed the connection|cache lookup failed|unrecognized node type|could not open relation with OID|variable not found in subplan|connection to server was lost/;
		}
	}
}

sub words
{
	my $pattern = join('|', 'TO' . 'DO', 'FIX' . 'ME', 'X' . 'XX', 'H' . 'ACK');

	foreach my $file (sources(), files('sql/*/*.sql'), files('test/sql/*.sql'), files('test/specs/*'),
		files('test/t/*'), files('test/tools/*'), files('test/demo/*'), files('test/bench/*'), files('*.md'), files('Makefile'))
	{
		my $n = 0;

		next if $file =~ m{^test/tools/(rules\.pl|run-tests)$} || -d "$top/$file";
		foreach my $line (split /\n/, slurp($file))
		{
			$n++;
			print "$file:$n: $line\n" if $line =~ /\b(?:$pattern)\b/;
		}
	}
}

my ($first, $name) = @ARGV;

if (defined $first && $first eq '--list')
{
	print "$_->[0]\n" foreach @rules;
	exit 0;
}
die "usage: rules.pl TREE RULE | --list | --title RULE\n" unless defined $name;
my ($rule) = grep { $_->[0] eq $name } @rules;
die "no rule $name\n" unless $rule;
if ($first eq '--title')
{
	print "$rule->[1]\n";
	exit 0;
}
$top = $first;
$rule->[2]->();
