# Proofs of the sealed history against a model that knows nothing but RFC 6962's
# definitions and Digest::SHA: every proof of every tree of up to 70 events, and
# some of a tree whose tiles have three levels.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('one');
my $sizes = 70;

# ---- the model: sections 2.1, 2.1.1 and 2.1.2 as they are written

my (@leaves, %known);

sub split_of
{
	my ($n) = @_;
	my $k = 1;

	$k *= 2 while $k * 2 < $n;
	return $k;
}

# MTH(D[start:start + n])
sub mth
{
	my ($start, $n) = @_;

	return sha256('') if $n == 0;
	return $leaves[$start] if $n == 1;
	return $known{"$start $n"} //= do
	{
		my $k = split_of($n);

		sha256("\x01" . mth($start, $k) . mth($start + $k, $n - $k));
	};
}

sub path
{
	my ($m, $start, $n) = @_;

	return () if $n == 1;
	my $k = split_of($n);
	return $m < $k ? (path($m, $start, $k), mth($start + $k, $n - $k)) : (path($m - $k, $start + $k, $n - $k), mth($start, $k));
}

sub subproof
{
	my ($m, $start, $n, $known) = @_;

	return $known ? () : (mth($start, $m)) if $m == $n;
	my $k = split_of($n);
	return $m <= $k ? (subproof($m, $start, $k, $known), mth($start + $k, $n - $k)) : (subproof($m - $k, $start + $k, $n - $k, 0), mth($start, $k));
}

sub texts { return join(',', map { encode_base64($_, '') } @_) }

sub read_leaves
{
	@leaves = ();
	%known = ();
	foreach my $tile (split(/\n/, $node->safe_psql('postgres', q{SELECT encode(hashes, 'hex') FROM ethdata.audit_tile WHERE level = 0 ORDER BY index})))
	{
		push @leaves, unpack('(a32)*', pack('H*', $tile));
	}
	return scalar(@leaves);
}

# ---- every tree of up to 70 events: one event and one checkpoint after the other

$node->safe_psql('postgres', q{CREATE TABLE item (id int PRIMARY KEY, label text); SELECT ethdata.audit_changes('item')});
$node->safe_psql('postgres', join("\n", 'SELECT ethdata.seal_audit();',
	map { "INSERT INTO item VALUES ($_, 'x'); SELECT ethdata.seal_audit();" } 2 .. $sizes));
is(read_leaves(), $sizes, "$sizes events are sealed");
is($node->safe_psql('postgres', q{SELECT size, split_part(note, E'\n', 3) FROM ethdata.audit_checkpoint ORDER BY size}),
	join("\n", map { "$_|" . texts(mth(0, $_)) } 1 .. $sizes), 'each with the root of the model');

my $order = q{SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM ethdata.audit_record};
$node->safe_psql('postgres', qq{CREATE TABLE inclusion AS SELECT c.size AS checkpoint, p.*
	FROM ($order) e, ethdata.audit_checkpoint c, ethdata.inclusion_proof(e.id, c.size) p WHERE e.place < c.size});
$node->safe_psql('postgres', q{CREATE TABLE consistency AS SELECT f, c.size AS checkpoint, p.*
	FROM ethdata.audit_checkpoint c, generate_series(0, c.size) f, ethdata.consistency_proof(f, c.size) p});
is($node->safe_psql('postgres', q{SELECT checkpoint, index, size, leaf, array_to_string(path, ',') FROM inclusion ORDER BY 1, 2}),
	join("\n", map { my $n = $_; map { join('|', $n, $_, $n, texts($leaves[$_]), texts(path($_, 0, $n))) } 0 .. $n - 1 } 1 .. $sizes),
	'every inclusion proof is that of the model');
is($node->safe_psql('postgres', q{SELECT checkpoint, f, size, from_root, array_to_string(path, ',') FROM consistency ORDER BY 1, 2}),
	join("\n", map { my $n = $_; map { join('|', $n, $_, $n, texts(mth(0, $_)), $_ > 0 ? texts(subproof($_, 0, $n, 1)) : '') } 0 .. $n } 1 .. $sizes),
	'every consistency proof is that of the model');

# ---- each of them proves what it says and nothing else

is($node->safe_psql('postgres', q{SELECT i = index, count(*) FILTER (WHERE ethdata.verify_proof(record, i, size, path, root)),
	       count(*) FILTER (WHERE NOT ethdata.verify_proof(record, i, size, path, root))
	  FROM inclusion, generate_series(0, size) i GROUP BY 1 ORDER BY 1}),
	"f|0|" . sum(map { $_ * $_ } 1 .. $sizes) . "\nt|" . sum(1 .. $sizes) . '|0', 'an inclusion proof holds for its index only');
is($node->safe_psql('postgres', q{SELECT k.size = p.f, count(*) FILTER (WHERE ethdata.verify_proof(p.f, p.size, p.path, encode(k.root, 'base64'), p.root)),
	       count(*) FILTER (WHERE NOT ethdata.verify_proof(p.f, p.size, p.path, encode(k.root, 'base64'), p.root))
	  FROM consistency p, ethdata.audit_checkpoint k WHERE p.f > 0 GROUP BY 1 ORDER BY 1}),
	"f|0|" . ($sizes - 1) * sum(1 .. $sizes) . "\nt|" . sum(1 .. $sizes) . '|0', 'a consistency proof holds for its earlier root only');
$node->safe_psql('postgres', 'DROP TABLE inclusion, consistency');

sub sum
{
	my $sum = 0;

	$sum += $_ foreach @_;
	return $sum;
}

# ---- tiles of three levels, and a batch that begins within a tile

$node->safe_psql('postgres', q{INSERT INTO item SELECT g, 'x' FROM generate_series(1001, 67000) g; SELECT 1});
my $size = $node->safe_psql('postgres', 'SELECT ethdata.seal_audit()');
is($size, 66000 + $sizes, 'many events are sealed');
is($node->safe_psql('postgres', 'SELECT max(level) FROM ethdata.audit_tile'), '2', 'in tiles of three levels');
read_leaves();
my @places = (0, 1, 69, 70, 255, 256, 257, 511, 512, 65535, 65536, 65537, 66000, $size - 1);
my $list = join(',', @places);
is($node->safe_psql('postgres', qq{SELECT p.index, array_to_string(p.path, ',') FROM ($order) e, ethdata.inclusion_proof(e.id) p WHERE e.place IN ($list) ORDER BY 1}),
	join("\n", map { "$_|" . texts(path($_, 0, $size)) } @places), 'inclusion proofs over three levels are those of the model');
is($node->safe_psql('postgres', qq{SELECT f, array_to_string(p.path, ',') FROM unnest('{$list}'::bigint[]) f, ethdata.consistency_proof(f) p WHERE f > 0 ORDER BY 1}),
	join("\n", map { "$_|" . texts(subproof($_, 0, $size, 1)) } grep { $_ > 0 } @places), 'and consistency proofs');

# ---- another incarnation goes on with the tree

my $dir = $node->basedir;
my $note = $node->safe_psql('postgres', 'SELECT note FROM ethdata.audit_checkpoint ORDER BY size DESC LIMIT 1');
$node->safe_psql('postgres', q{INSERT INTO item VALUES (70000, 'left over'); CREATE DATABASE again});
command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-f', "$dir/plain.sql", 'postgres' ], 'pg_dump');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-d', 'again', '-f', "$dir/plain.sql" ], 'restored');
$node->safe_psql('again', q{INSERT INTO item VALUES (70001, 'after the restore'); SELECT ethdata.seal_audit()});
$node->safe_psql('again', q{SELECT ethdata.seal_audit()});
is($node->safe_psql('again', q{SELECT e.incarnation, p.size, p.index, ethdata.verify_proof(p.record, p.index, p.size, p.path, p.root)
	FROM (SELECT incarnation, id FROM ethdata.audit_event ORDER BY id DESC LIMIT 2) e, ethdata.inclusion_proof(e.id) p ORDER BY p.index}),
	join("\n", '1|' . ($size + 2) . "|$size|t", '2|' . ($size + 2) . '|' . ($size + 1) . '|t'), 'what the old one left and what the new one wrote is proved');
my $root = (split(/\n/, $note))[2];
is($node->safe_psql('again', qq{SELECT ethdata.verify_proof($size, p.size, p.path, '$root', p.root) FROM ethdata.consistency_proof($size) p}),
	't', 'and that it goes on from the checkpoint that was kept');

# ---- an old backup is restored, and goes on: not from the checkpoint that was kept

$node->safe_psql('postgres', q{INSERT INTO item VALUES (70002, 'lost'); SELECT 1});
$node->safe_psql('postgres', q{SELECT ethdata.seal_audit()});
my ($kept, $kept_root) = split(/\|/, $node->safe_psql('postgres', q{SELECT size, split_part(note, E'\n', 3) FROM ethdata.audit_checkpoint ORDER BY size DESC LIMIT 1}));
is($kept, $size + 2, 'a checkpoint is kept');
is($node->safe_psql('again', qq{SELECT ethdata.verify_proof($kept, p.size, p.path, '$kept_root', p.root) FROM ethdata.consistency_proof($kept) p}),
	'f', 'a history that parted from it before is found');
$node->safe_psql('postgres', q{INSERT INTO item VALUES (70003, 'more'); SELECT 1});
$node->safe_psql('postgres', q{SELECT ethdata.seal_audit()});
my ($rc, $out, $err) = $node->psql('again', 'SELECT ethdata.consistency_proof(' . ($kept + 1) . ')');
like($err, qr/the checkpoint holds 66072 events, fewer than 66073/, 'and one that is shorter');

$node->stop;
done_testing();
