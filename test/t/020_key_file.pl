# Where the master key comes from: each way it can be given, each way it can be
# wrong, and what a keyed mask is worth with it.  Pseudonyms are compared with
# answers that another implementation computed (test/vectors/mask_hash.py).
#
# Speaks the wire protocol itself where one session must live through a reload of
# the configuration, and for the function-call message that psql cannot send.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use IO::Socket::UNIX;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::new_node('key', key => 0);
my $dir = $node->basedir;
my $file = "$dir/key";

my $hex1 = join('', map { sprintf('%02x', $_) } 0 .. 31);
my $hex2 = join('', map { sprintf('%02x', $_) } 32 .. 63);
my $anna1 = 'BQ9j5TX24Jx0M5-Yp9m-vba_koQrfQ';
my $anna2 = 's7g18fAzgmlCFS-1qL_x4rAQu_3Qlw';

# ---- a client of one session

sub connect_raw
{
	my ($user) = @_;
	my $socket = IO::Socket::UNIX->new(
		Type => SOCK_STREAM,
		Peer => $node->host . '/.s.PGSQL.' . $node->port) or die "cannot connect: $!";
	my $startup = pack('N', 196608) . "user\0$user\0database\0postgres\0\0";

	print $socket pack('N', length($startup) + 4) . $startup;
	$socket->flush;
	answer($socket);
	return $socket;
}

# answer(socket) -- values of the first column and errors ("SQLSTATE message") up to ReadyForQuery
sub answer
{
	my ($socket) = @_;
	my @result;

	while (1)
	{
		my ($head, $body) = ('', '');
		read($socket, $head, 5) == 5 or die 'the server closed the connection';
		my ($type, $length) = unpack('aN', $head);
		read($socket, $body, $length - 4) == $length - 4 or die 'short message' if $length > 4;
		if ($type eq 'D')
		{
			my ($columns, $size) = unpack('nN', $body);
			push @result, $size == 0xffffffff ? 'NULL' : substr($body, 6, $size);
		}
		elsif ($type eq 'V')
		{
			push @result, 'called: ' . unpack('x4 a*', $body);
		}
		elsif ($type eq 'E')
		{
			my %field = map { (substr($_, 0, 1), substr($_, 1)) } grep { length } split(/\0/, $body);
			push @result, "$field{C} $field{M}";
		}
		return join('|', @result) if $type eq 'Z';
	}
}

sub query
{
	my ($socket, $sql) = @_;

	print $socket 'Q' . pack('N', length($sql) + 5) . "$sql\0";
	$socket->flush;
	return answer($socket);
}

# ---- helpers

sub write_file
{
	my ($content, $mode) = @_;

	unlink $file;
	open(my $out, '>:raw', $file) or die "$file: $!";
	print $out $content;
	close($out) or die "$file: $!";
	chmod($mode // 0600, $file) or die "$file: $!";
	return;
}

# source(setting => value) -- what the server shall read the key from, by reload
sub source
{
	my (%setting) = @_;

	foreach my $name (qw(key_file key_command))
	{
		my $value = $setting{$name} // '';
		$value =~ s/'/''/g;
		$node->safe_psql('postgres', "ALTER SYSTEM SET ethdata.$name = '$value'");
	}
	$node->reload;
	# new sessions come with the postmaster's settings: wait until it has them
	my $value = $setting{key_file} // $setting{key_command} // '';
	my $name = defined $setting{key_file} ? 'key_file' : 'key_command';
	$value =~ s/'/''/g;
	$node->poll_query_until('postgres', "SELECT current_setting('ethdata.$name') = '$value'")
	  or die 'the configuration was not reloaded';
	return;
}

# fails(name, message, hint) -- key_ids() raises F0000 so, mask_hash() is NULL
sub fails
{
	my ($name, $message, $hint) = @_;
	my ($rc, $out, $err) = $node->psql('postgres',
		"\\set VERBOSITY verbose\nSELECT ethdata.key_ids()", on_error_stop => 0);

	like($err, qr/ERROR:  F0000: $message/, "$name: error");
	like($err, qr/HINT:  .*$hint/, "$name: hint");
	unlike($err, qr/\Q$dir\E/, "$name: no path reaches the client");
	is($node->safe_psql('postgres',
			"SELECT coalesce(ethdata.mask_hash('anna\@example.com'), 'NULL') || count(*) FROM generate_series(1, 1000)"),
		'NULL1000', "$name: keyed masks are NULL, not errors");
	return;
}

sub works
{
	my ($name, $ids, $anna) = @_;

	is($node->safe_psql('postgres', 'SELECT ethdata.key_ids()'), $ids, "$name: key ids");
	is($node->safe_psql('postgres', "SELECT ethdata.mask_hash('anna\@example.com')"), $anna, "$name: pseudonym");
	return;
}

$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION ethdata');
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN');

# ---- no key

fails('nothing set', 'there is no master key', 'Set ethdata.key_file');
my $log = slurp_file($node->logfile);
like($log, qr/LOG:  keyed masks are NULL: there is no master key/, 'the log says why keyed masks are NULL');
is(scalar(() = $log =~ /keyed masks are NULL/g), 1, 'once, not for every row');

# ---- files

source(key_file => $file);
fails('missing file', 'could not open the file that ethdata.key_file names', 'head -c 32');
like(slurp_file($node->logfile), qr/The key file is "\Q$file\E"/, 'the log names the file');

write_file(join('', map { chr } 0 .. 31), 0640);
fails('group may read', 'the key file can be reached by others', 'chmod 0600');
chmod(0604, $file);
fails('others may read', 'the key file can be reached by others', 'chmod 0600');
chmod(0610, $file);
fails('group may execute', 'the key file can be reached by others', 'chmod 0600');
chmod(0600, $file);
works('raw', '{BQ9j5TX2}', $anna1);
chmod(0400, $file);
works('raw, read-only', '{BQ9j5TX2}', $anna1);

is($node->safe_psql('postgres', "SELECT ethdata.mask_hash('')"), 'BQ9j5TX2VkZng7KqfH9yqWPEE1Yifg', 'pseudonym of nothing');
is($node->safe_psql('postgres', "SELECT ethdata.mask_hash(U&'\\00C4rger')"), 'BQ9j5TX2KmIXGPNoNFNJEkDjg1BCgQ', 'of UTF-8');
is($node->safe_psql('postgres', "SELECT ethdata.mask_hash(repeat('x', 1000))"), 'BQ9j5TX2g4BzPaGjwmsDhjn4o1OaSg', 'of a long value');

# fakes, noise, pseudonyms of a purpose: as test/vectors/mask_keyed.py computes them
my %fakes = (
	en => 'John|Gordon|Dorothy Cox|96 Cambridge Court|Boston|Webb & Hamilton Ltd',
	de => 'Ingo|Richter|Mathilde König|Hegelstraße 96|Basel|Arnold & Voß AG',
	fr => 'Théo|Roger|Agnès Guérin|96 rue Diderot|Mérignac|Maillard et Hubert EURL',
	es => 'Aitana|Izquierdo|Pilar González|Calle del Pozo 96|Palencia|Castro y Díaz S.L.U.');
foreach my $locale (sort keys %fakes)
{
	is($node->safe_psql('postgres', 'SET client_encoding = UTF8; SELECT '
			  . join(', ', map { "ethdata.mask_fake_$_('Anna Berg', '$locale')" } qw(first_name last_name full_name street city company))),
		$fakes{$locale}, "fakes of $locale");
}
is($node->safe_psql('postgres', "SELECT ethdata.mask_fake_email('anna\@example.com'), ethdata.mask_fake_email('anna\@example.com', 'de')"),
	'lawrence.gray107@example.com|kurt.ziegler107@example.com', 'fakes of addresses');
is($node->safe_psql('postgres', 'SELECT ethdata.mask_noise(52340), ethdata.mask_noise(-52340::bigint), ethdata.mask_noise(7::smallint), ethdata.mask_noise(2147483647)'),
	'50071|-54575|6|1988331141', 'noise of integers');
is($node->safe_psql('postgres', 'SELECT ethdata.mask_noise(52340.990::numeric(9,2)), ethdata.mask_noise(52340.99)'), '50428.67|50428.67', 'noise of a numeric');
is($node->safe_psql('postgres', "SELECT ethdata.mask_date_noise(v) - v FROM unnest('{2000-01-01,2026-03-17}'::date[]) AS v"), "3\n15", 'noise of dates');
is($node->safe_psql('postgres', "SELECT ethdata.define_purpose('billing', 'contract'); BEGIN; SELECT ethdata.set_purpose('billing');
	SELECT ethdata.mask_hash_purpose('anna\@example.com'); ROLLBACK; SELECT ethdata.mask_hash_purpose('x') IS NULL") =~ s/^t\n.*?(?=BQ9)//sr,
	"BQ9j5TX2axf8dHDZasjR4tfMZEr3qg\nt", 'pseudonym of a purpose');

write_file('');
fails('empty', 'the key source is empty', '32 raw bytes');
is($node->safe_psql('postgres', "SELECT num_nulls(ethdata.mask_fake_first_name('x'), ethdata.mask_fake_last_name('x'), ethdata.mask_fake_full_name('x'), ethdata.mask_fake_street('x'),
	ethdata.mask_fake_city('x'), ethdata.mask_fake_company('x'), ethdata.mask_fake_email('x'), ethdata.mask_noise(0::smallint), ethdata.mask_noise(0), ethdata.mask_noise(0::bigint),
	ethdata.mask_noise('NaN'::float8), ethdata.mask_noise('NaN'::numeric), ethdata.mask_date_noise('infinity'::date), ethdata.mask_date_noise('infinity'::timestamp),
	ethdata.mask_date_noise('infinity'::timestamptz))"), 15, 'without a key other keyed masks are NULL, too');
foreach my $length (1, 31, 33, 48, 64, 4096)
{
	write_file("\xa7" x $length);
	fails("$length raw bytes", 'the key source does not hold a key', '32 raw bytes');
}
write_file(substr($hex1, 1));
fails('63 digits', 'the key source does not hold a key', '64 hexadecimal digits');
write_file($hex1 . '0');
fails('65 digits', 'the key source does not hold a key', '64 hexadecimal digits');
write_file('g' . substr($hex1, 1));
fails('not a digit', 'the key source does not hold a key', '64 hexadecimal digits');
write_file("$hex1\n\n");
fails('an empty line', 'the key source does not hold a key', '64 hexadecimal digits');
write_file("$hex1\n$hex2\n$hex1\n");
fails('the same key twice', 'the key source holds the same key twice', '64 hexadecimal digits');
write_file("\0" x 32);
fails('zeros', 'the key source holds a key of zeros', '32 raw bytes');
write_file(join('', map { sprintf("%064x\n", $_) } 1 .. 17));
fails('seventeen keys', 'the key source holds too many keys', '64 hexadecimal digits');
unlike(slurp_file($node->logfile), qr/$hex1|a7a7a7|\xa7/, 'no key is in the log');

write_file($hex1);
works('hexadecimal', '{BQ9j5TX2}', $anna1);
write_file("$hex1\n");
works('with newline', '{BQ9j5TX2}', $anna1);
write_file(uc($hex1) . "\r\n");
works('capitals, CR and LF', '{BQ9j5TX2}', $anna1);
write_file("$hex2\n$hex1\n");
works('two masters', '{s7g18fAz,BQ9j5TX2}', $anna2);
write_file(join('', map { sprintf("%064x\n", $_) } 1 .. 16));
is($node->safe_psql('postgres', 'SELECT array_length(ethdata.key_ids(), 1)'), '16', 'sixteen masters');

unlink $file;
mkdir $file or die "$file: $!";
chmod(0700, $file);
fails('a directory', 'the file that ethdata.key_file names is not a regular file', 'head -c 32');
rmdir $file;
SKIP:
{
	system('mkfifo', '-m', '600', $file) == 0 or skip 'no mkfifo', 4;
	fails('a pipe', 'the file that ethdata.key_file names is not a regular file', 'head -c 32');
}
unlink $file;
write_file("$hex1\n");
rename($file, "$dir/elsewhere") or die "$file: $!";
symlink("$dir/elsewhere", $file) or die "$file: $!";
works('a symbolic link', '{BQ9j5TX2}', $anna1);
chmod(0644, "$dir/elsewhere");
fails('a link to a readable file', 'the key file can be reached by others', 'chmod 0600');
unlink $file;

# ---- commands

write_file("$hex1\n");
source(key_command => "cat '$file'");
works('command', '{BQ9j5TX2}', $anna1);
source(key_command => "printf %s $hex2");
works('command with pipes of the shell', '{s7g18fAz}', $anna2);
source(key_command => "head -c 32 '$file' | head -c 32 >/dev/null; awk 'BEGIN { for (i = 1; i < 33; i++) printf \"A\" }'");
is($node->safe_psql('postgres', 'SELECT array_length(ethdata.key_ids(), 1)'), '1', 'command with a raw key');
source(key_command => 'exit 3');
fails('failing command', 'the command of ethdata.key_command failed', 'by hand');
source(key_command => "cat '$file'; exit 1");
fails('command that writes a key and fails', 'the command of ethdata.key_command failed', 'by hand');
source(key_command => 'echo hello');
fails('command without a key', 'the key source does not hold a key', '64 hexadecimal digits');
source(key_command => 'true');
fails('silent command', 'the key source is empty', '64 hexadecimal digits');
source(key_command => 'yes');
fails('endless command', 'the (command of ethdata.key_command failed|key source does not hold a key)', '.');
source(key_file => $file, key_command => "cat '$file'");
fails('both', 'both ethdata.key_file and ethdata.key_command are set', 'only one');

# ---- one session lives through reloads

source(key_file => $file);
my $session = connect_raw($node->safe_psql('postgres', 'SELECT current_user'));
is(query($session, "SELECT ethdata.mask_hash('anna\@example.com')"), $anna1, 'session: first key');
write_file("$hex2\n$hex1\n");
is(query($session, "SELECT ethdata.mask_hash('anna\@example.com')"), $anna1, 'a new file alone changes nothing');
$node->reload;
my $seen = '';
foreach (1 .. 1800)
{
	$seen = query($session, "SELECT ethdata.mask_hash('anna\@example.com')");
	last if $seen eq $anna2;
	select(undef, undef, undef, 0.1);
}
is($seen, $anna2, 'after a reload the session has the new key');
unlink $file;
$node->reload;
foreach (1 .. 1800)
{
	$seen = query($session, "SELECT ethdata.mask_hash('anna\@example.com')");
	last if $seen eq 'NULL';
	select(undef, undef, undef, 0.1);
}
is($seen, 'NULL', 'and none when the file is gone');
like(query($session, 'SELECT ethdata.key_ids()'), qr/^F0000 could not open/, 'functions that must have a key say so');
write_file("$hex1\n");
is(query($session, "SELECT ethdata.key_ids(); SELECT ethdata.mask_hash('anna\@example.com')"), "{BQ9j5TX2}|$anna1",
	'the file back, a session finds it without a reload');

# ---- parallel workers have the key of their own accord

is( query($session, "
	CREATE TABLE many AS SELECT n::text AS v FROM generate_series(1, 20000) AS n;
	ALTER TABLE many SET (parallel_workers = 2);
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET parallel_leader_participation = off; SET max_parallel_workers_per_gather = 2;
	SELECT count(DISTINCT ethdata.mask_hash(v)) FROM many;
	SELECT count(*) FROM many WHERE ethdata.mask_hash(v) LIKE 'BQ9j5TX2%'"),
	'20000|20000', 'parallel workers');
like(query($session, "EXPLAIN (COSTS OFF) SELECT count(*) FROM many WHERE ethdata.mask_hash(v) LIKE 'BQ9j5TX2%'"),
	qr/Workers Planned: 2/, 'they were used');

# ---- the function-call message passes no "internal" either, in text or binary

my $twin = query($session, "SELECT 'ethdata._mask_hash(internal,text)'::regprocedure::oid");
my $public = query($session, "SELECT 'ethdata.mask_hash(text)'::regprocedure::oid");
my $reader = connect_raw('reader');
foreach my $format (0, 1)
{
	my $value = 'anna@example.com';
	my $call = pack('NnnnN', $twin, 1, $format, 2, 0xffffffff) . pack('N', length $value) . $value . pack('n', $format);

	print $reader 'F' . pack('N', length($call) + 4) . $call;
	$reader->flush;
	unlike(answer($reader), qr/called|BQ9j5TX2/, "no oracle by function call, format $format");
	$call = pack('NnnnN', $public, 1, $format, 1, length $value) . $value . pack('n', $format);
	print $reader 'F' . pack('N', length($call) + 4) . $call;
	$reader->flush;
	like(answer($reader), qr/^42501 /, "the public function is refused, format $format");
}

# ---- not preloaded: the functions work all the same

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;
works('not preloaded', '{BQ9j5TX2}', $anna1);
my ($rc, $out, $err) = $node->psql('postgres', "
	SET ethdata.key_file = '/tmp/x';
	LOAD 'ethdata';
	SELECT ethdata.mask_hash('anna\@example.com')");
is($out, $anna1, 'a setting made before the library came does not count');

$node->stop;
done_testing();
