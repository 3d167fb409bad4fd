# Consent strings of test/vectors/iab on a server that has ethdata_iab alone: what an
# independent decoder accepts and rejects, what the reference libraries decode, and the
# policy findings, as text and in binary.  Prints how many of which kind agree.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::new_node('iab', preload => '', key => 0);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION ethdata_iab; ALTER DATABASE postgres SET search_path = public, ethdata');

my $json = JSON::PP->new->canonical->allow_nonref;
my $dir = PostgreSQL::Test::Utils::tempdir();

# a value of COPY's text format
sub copied
{
	my ($value) = @_;

	return '\N' unless defined $value;
	$value =~ s/([\\\t\n\r])/{ "\\" => '\\\\', "\t" => '\t', "\n" => '\n', "\r" => '\r' }->{$1}/ge;
	return $value;
}

# verdict of the type for each string, by id: accept, or the SQLSTATE
$node->safe_psql(
	'postgres', q{
	CREATE TABLE vector (id text PRIMARY KEY, kind text, string text, expected jsonb, decoded jsonb, policy text[]);
	CREATE FUNCTION verdict(string text, type regtype) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
	  EXECUTE format('SELECT %L::%s', string, type);
	  RETURN 'accept';
	EXCEPTION WHEN OTHERS THEN
	  RETURN SQLSTATE;
	END $$});

# COPY in binary format of one column, from a file of one value
sub binary_verdict
{
	my ($type, $string) = @_;
	my $file = "$dir/binary";

	open(my $out, '>:raw', $file) or die "$file: $!";
	print $out "PGCOPY\n\377\r\n\0", pack('N N n N', 0, 0, 1, 1 + length($string)), "\1$string", pack('n', 0xFFFF);
	close($out);
	my ($rc, $stdout, $stderr) = $node->psql('postgres',
		"\\set VERBOSITY sqlstate\nCREATE TEMP TABLE t (v ethdata.$type);\n\\copy t FROM '$file' (FORMAT binary)");
	return 'accept' unless $stderr =~ /ERROR:\s+(\w{5})/;
	return $1;
}

sub run_vectors
{
	my ($name, $key, $type) = @_;
	my (@vectors, %count);

	foreach my $line (split /\n/, slurp_file("$FindBin::Bin/../vectors/iab/$name.jsonl"))
	{
		push @vectors, $json->decode($line);
	}
	cmp_ok(scalar @vectors, '>=', 60, "$name: vectors are read");

	open(my $out, '>:utf8', "$dir/$name.copy") or die "$dir/$name.copy: $!";
	foreach my $v (@vectors)
	{
		my $policy = $v->{strict}{policy};

		# text of PostgreSQL has no zero
		next if $v->{$key} =~ /\0/;
		print $out join("\t",
			map { copied($_) } $v->{id}, $v->{kind}, $v->{$key},
			(map { defined $v->{$_} ? $json->encode($v->{$_}) : undef } 'expected'),
			(defined $v->{strict}{decoded} ? $json->encode($v->{strict}{decoded}) : undef),
			(defined $policy ? '{' . join(',', map { qq("$_") } @$policy) . '}' : undef)), "\n";
	}
	close($out);
	$node->safe_psql('postgres', "TRUNCATE vector;\n\\copy vector FROM '$dir/$name.copy'");

	# verdicts, as text and in binary
	my %verdict = split /[|\n]/, $node->safe_psql('postgres', "SELECT id, verdict(string, 'ethdata.$type') FROM vector");
	my (@wrong, @binary);
	foreach my $v (@vectors)
	{
		my $want = $v->{strict}{verdict};
		my $got = $verdict{ $v->{id} } // 'reject';
		my $as = $want eq 'accept' ? 'accept' : $v->{strict}{error} eq 'too long' ? '54000' : '22P02';

		$count{ $v->{kind} }[0]++;
		$got = $as if $got eq 'reject' && $v->{$key} =~ /\0/;
		if ($got eq $as) { $count{ $v->{kind} }[1]++; }
		else { push @wrong, "$v->{id}: $got, not $as ($v->{note})"; }
		next if $v->{kind} eq 'random';
		utf8::encode(my $bytes = $v->{$key});
		$as = '22P03' if $as eq '22P02';
		$got = binary_verdict($type, $bytes);
		push @binary, "$v->{id}: $got, not $as" if $got ne $as;
	}
	is(join("\n", @wrong), '', "$name: accepted and rejected as the vectors say");
	is(join("\n", @binary), '', "$name: the same in binary");
	diag("$name: $_: $count{$_}[1] of $count{$_}[0] verdicts") foreach sort keys %count;

	# the reference's fields, but for strings that it took and the standard excludes
	is( $node->safe_psql('postgres', qq{
		SELECT id FROM vector
		 WHERE kind <> 'invalid' AND expected IS NOT NULL AND string::ethdata.$type\::jsonb IS DISTINCT FROM expected
		   -- the reference forgets sections that it does not know
		   AND decoded IS NULL ORDER BY 1}),
		'', "$name: decoded as the reference does");
	diag("$name: " . $node->safe_psql('postgres', q{SELECT count(*) FROM vector WHERE kind <> 'invalid' AND expected IS NOT NULL}) .
		' strings decoded as the reference does');
	is( $node->safe_psql('postgres', qq{
		SELECT id FROM vector
		 WHERE decoded IS NOT NULL AND NOT string::ethdata.$type\::jsonb \@> (decoded - 'segments') ORDER BY 1}),
		'', "$name: decoded as the independent decoder does where the reference cannot");

	# text and binary come back
	is( $node->safe_psql('postgres', qq{
		SELECT id FROM vector WHERE kind <> 'invalid' AND string::ethdata.$type\::text IS DISTINCT FROM string}),
		'', "$name: text comes back to the letter");
	$node->safe_psql('postgres', qq{
		CREATE TABLE kept_$name AS SELECT id, string::ethdata.$type AS v FROM vector WHERE kind <> 'invalid'});
	$node->safe_psql('postgres', qq{
		CREATE TABLE again_$name (LIKE kept_$name);
		\\copy kept_$name TO '$dir/$name.binary' (FORMAT binary)
		\\copy again_$name FROM '$dir/$name.binary' (FORMAT binary)});
	is( $node->safe_psql('postgres', "SELECT count(*) FROM kept_$name k JOIN again_$name a USING (id) WHERE k.v = a.v AND k.v::text = a.v::text"),
		$node->safe_psql('postgres', "SELECT count(*) FROM kept_$name"), "$name: binary comes back");
	# equal are those that decode alike, and they hash alike; segments that nobody
	# understands may mean something to somebody
	my $unknown = $name eq 'tcf' ? q{ARRAY(SELECT s FROM unnest(string_to_array(%s.v::text, '.')) s WHERE s ~ '^[g-z0-9_-]' ORDER BY 1)} : q{(%s.v::text IS NULL)};
	my ($one, $other) = map { sprintf($unknown, $_) } qw(a b);
	is( $node->safe_psql('postgres', qq{
		SELECT a.id, b.id FROM kept_$name a JOIN kept_$name b ON a.id < b.id
		 WHERE (a.v = b.v) IS DISTINCT FROM (a.v::jsonb = b.v::jsonb AND $one = $other)
		    OR a.v = b.v AND ethdata.${type}_hash(a.v) <> ethdata.${type}_hash(b.v)
		    OR (a.v < b.v) = (a.v >= b.v) OR (a.v < b.v) <> (b.v > a.v)}),
		'', "$name: equal exactly where the fields are");
}

run_vectors('tcf', 'tc', 'tcstring');
is( $node->safe_psql('postgres', q{
	SELECT v.id, f.findings, v.policy FROM vector v
	 CROSS JOIN LATERAL (SELECT COALESCE(array_agg(finding ORDER BY finding) FILTER (WHERE kind = 'policy'), '{}')
	   FROM ethdata.tc_findings(v.string::ethdata.tcstring)) f (findings)
	 WHERE v.kind <> 'invalid' AND f.findings IS DISTINCT FROM ARRAY(SELECT unnest(v.policy) ORDER BY 1)}),
	'', 'tcf: policy findings as the vectors have them');
is( $node->safe_psql('postgres', q{
	SELECT v.id FROM vector v WHERE v.kind <> 'invalid' AND (v.string::ethdata.tcstring)::jsonb ->> 'version' = '2'
	   AND NOT EXISTS (SELECT FROM ethdata.tc_findings(v.string::ethdata.tcstring) WHERE finding LIKE 'unknown segment%')
	   AND ethdata.tc_build(v.string::ethdata.tcstring::jsonb) <> v.string::ethdata.tcstring}),
	'', 'tcf: built again from its fields each string means the same');
run_vectors('gpp', 'gpp', 'gppstring');

$node->stop;
done_testing();
