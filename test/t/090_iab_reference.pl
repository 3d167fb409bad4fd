# IAB's own libraries and ethdata_iab: what one encodes the other decodes to the same
# fields, both ways.  Needs node and the libraries, which run-tests installs through npm
# where both are to be had (ETHDATA_REFERENCE); skipped where not.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'IAB\'s libraries are not here (node, npm and a registry are needed)'
  unless ($ENV{ETHDATA_REFERENCE} // '') ne '' && -d $ENV{ETHDATA_REFERENCE};

$ENV{NODE_PATH} = $ENV{ETHDATA_REFERENCE};
my $script = "$FindBin::Bin/iab/reference.cjs";
my $dir = PostgreSQL::Test::Utils::tempdir();
my $node = EthdataTest::new_node('iab', preload => '', key => 0);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION ethdata_iab; ALTER DATABASE postgres SET search_path = public, ethdata');

# reference(file, arguments...) -- what it prints goes to the file
sub reference
{
	my ($file, @arguments) = @_;
	my $run = IPC::Run::run([ 'node', $script, @arguments ], '<', $ENV{reference_input} // '/dev/null', '>', $file, '2>', "$dir/err");

	ok($run, "reference: $arguments[0]") or diag(slurp_file("$dir/err"));
}

# it encodes, we decode; and what we build of the fields means the same
$node->safe_psql('postgres', 'CREATE TABLE line (n int GENERATED ALWAYS AS IDENTITY, line text)');
sub load
{
	$node->safe_psql('postgres', "TRUNCATE line RESTART IDENTITY;\n\\copy line (line) FROM '$_[0]' (FORMAT csv, DELIMITER e'\\x01', QUOTE e'\\x02')");
}

reference("$dir/tc", 'encode-tc', 20260301, 500);
load("$dir/tc");
is($node->safe_psql('postgres', 'SELECT count(*) FROM line'), '500', '500 random TC strings');
is( $node->safe_psql('postgres', q{
	SELECT n FROM line, jsonb_extract_path(line::jsonb, 'fields') f
	 WHERE (line::jsonb ->> 'string')::tcstring::jsonb IS DISTINCT FROM f ORDER BY n LIMIT 5}),
	'', 'encoded by the reference, decoded here: the same fields');
is( $node->safe_psql('postgres', q{
	SELECT n FROM line WHERE tc_build(line::jsonb -> 'fields') <> (line::jsonb ->> 'string')::tcstring ORDER BY n LIMIT 5}),
	'', 'built here of those fields: the same meaning');

# we encode, it decodes
$node->safe_psql('postgres', "\\copy (SELECT tc_build(line::jsonb -> 'fields') FROM line ORDER BY n) TO '$dir/built'");
$ENV{reference_input} = "$dir/built";
reference("$dir/decoded", 'decode');
delete $ENV{reference_input};
$node->safe_psql('postgres', 'CREATE TABLE fields AS SELECT n, line::jsonb -> \'fields\' AS fields FROM line');
load("$dir/decoded");
is( $node->safe_psql('postgres', q{
	SELECT n FROM line JOIN fields USING (n) WHERE line::jsonb IS DISTINCT FROM fields ORDER BY n LIMIT 5}),
	'', 'built here, decoded by the reference: the same fields');
is($node->safe_psql('postgres', 'SELECT count(*) FROM line'), '500', 'all of them');

reference("$dir/gpp", 'encode-gpp', 20260302, 500);
load("$dir/gpp");
is( $node->safe_psql('postgres', q{
	SELECT n FROM line, jsonb_extract_path(line::jsonb, 'fields') f
	 WHERE (line::jsonb ->> 'string')::gppstring::jsonb IS DISTINCT FROM f ORDER BY n LIMIT 5}),
	'', '500 random GPP strings: the same fields');
is( $node->safe_psql('postgres', q{
	SELECT count(DISTINCT s) FROM line, jsonb_object_keys(line::jsonb -> 'fields' -> 'sections') s}),
	'21', 'of all sections of the states');

$node->stop;
done_testing();
