# Fail closed: the same data on a server whose library is not preloaded.  What a
# reader saw through masks must end in "permission denied" there, not in raw
# values, whatever the session does; what does not need the library goes on; and
# with the library back, everything is as it was.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('closed');

$node->safe_psql('postgres', q{
	CREATE ROLE shop;
	CREATE ROLE reader LOGIN;
	CREATE ROLE backup LOGIN IN ROLE pg_read_all_data;
	CREATE SCHEMA crm AUTHORIZATION shop;
	GRANT USAGE ON SCHEMA crm TO reader;
	SET ROLE shop;
	CREATE TABLE crm.customer (id bigint PRIMARY KEY, name text, email text);
	CREATE TABLE crm.profile (customer_id bigint PRIMARY KEY REFERENCES crm.customer, segment text);
	INSERT INTO crm.customer VALUES (1, 'Ada', 'ada@example.com'), (2, 'Bob', 'bob@example.org');
	INSERT INTO crm.profile VALUES (1, 'garden'), (2, 'books');
	CREATE VIEW crm.by_owner AS SELECT * FROM crm.customer;
	CREATE FUNCTION crm.mails() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT email FROM crm.customer ORDER BY id';
	GRANT SELECT ON ALL TABLES IN SCHEMA crm TO reader;
	GRANT SELECT ON crm.customer TO backup;
	RESET ROLE;
	SELECT ethdata.define_subject_class('crm.customer');
	SELECT ethdata.define_purpose('marketing', basis => 'consent');
	SELECT ethdata.grant_purpose('marketing', 'reader', as_default => true);
	SELECT ethdata.protect('crm.customer', subject => 'id');
	SELECT ethdata.protect('crm.profile', subject => 'customer_id', rows => true);
	SELECT ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing}');
	SELECT ethdata.give_consent('1', 'marketing');
});

# as_reader(sql) -- what comes out, or the SQLSTATE
sub as_reader
{
	my ($sql, $role) = @_;
	my ($out, $err) = ('', '');
	my $rc = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$sql",
		stdout => \$out, stderr => \$err, on_error_stop => 1, extra_params => [ '-U', $role // 'reader' ]);

	return $out if $rc == 0;
	return $1 if $err =~ /ERROR:  (\w{5})/;
	return $err;
}

my @answers = (
	[ 'SELECT id, name FROM crm.customer ORDER BY id', "1|Ada\n2|Bob" ],
	[ 'SELECT email FROM crm.customer ORDER BY id', "ada\@example.com\nb***\@***.org" ],
	[ 'SELECT segment FROM crm.profile', 'garden' ],
	[ 'SELECT count(*) FROM crm.profile', '1' ],
	[ 'SELECT email FROM crm.by_owner ORDER BY id', "ada\@example.com\nb***\@***.org" ],
	[ 'SELECT * FROM crm.mails()', "ada\@example.com\nb***\@***.org" ]);

sub guarded
{
	my ($when) = @_;

	is(as_reader($_->[0]), $_->[1], "$when: $_->[0]") foreach @answers;
	is(as_reader('SELECT email FROM crm.customer ORDER BY id', 'backup'), "a***\@***.com\nb***\@***.org",
		"$when: masked for a member of pg_read_all_data");
	return;
}

guarded('with the library');

# ---- the server starts without it

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;

is(as_reader('SELECT id, name FROM crm.customer ORDER BY id'), "1|Ada\n2|Bob", 'what is not masked is read as before');
foreach my $sql (
	'SELECT email FROM crm.customer',
	'SELECT * FROM crm.customer',
	'SELECT c FROM crm.customer c',
	'SELECT count(email) FROM crm.customer',
	"SELECT id FROM crm.customer WHERE email = 'bob\@example.org'",
	'SELECT id FROM crm.customer ORDER BY email',
	'COPY crm.customer TO STDOUT',
	'COPY crm.customer (email) TO STDOUT',
	'UPDATE crm.customer SET name = email',
	'CREATE TEMP TABLE t AS SELECT email FROM crm.customer',
	'SELECT * FROM crm.mails()',
	'SELECT customer_id FROM crm.profile',
	'SELECT count(*) FROM crm.profile',
	"LOAD 'ethdata'; SELECT email FROM crm.customer",
	'SELECT ethdata.current_purpose(); SELECT email FROM crm.customer',
	"SET session_replication_role = replica; SELECT email FROM crm.customer")
{
	is(as_reader($sql), '42501', "without: $sql");
}
# the limit that README names: a view has its owner's rights, and there is nothing left to mask what it reads
is(as_reader('SELECT email FROM crm.by_owner ORDER BY id'), "ada\@example.com\nbob\@example.org",
	'a view of an owner who may read the column shows it');
is(as_reader("SELECT histogram_bounds, most_common_vals FROM pg_stats WHERE tablename = 'customer' AND attname = 'email'"),
	'', 'nor do statistics tell');

# functions that would do half of their work say which line to add
foreach my $call (
	"ethdata.protect('crm.customer', subject => 'id')",
	"ethdata.mask('crm.customer', 'email')",
	"ethdata.set_purpose('marketing')")
{
	my ($rc, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nBEGIN; SELECT $call");

	like($err, qr/ERROR:  55000: /, "without: $call");
	like($err, qr/shared_preload_libraries = 'ethdata'/, 'names the line to add');
}
is( $node->safe_psql('postgres',
		"SELECT ethdata.has_consent('1', 'marketing'), ethdata.has_consent('2', 'marketing')"),
	't|f', 'consent can be asked for');
is( $node->safe_psql('postgres',
		"SELECT ethdata.withdraw_consent('1', 'marketing') > 0; SELECT ethdata.has_consent('1', 'marketing')"),
	"t\nf", 'and withdrawn');

# ---- and with it again

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'ethdata'\n");
$node->restart;
is(as_reader('SELECT email FROM crm.customer ORDER BY id'), "a***\@***.com\nb***\@***.org", 'what was withdrawn meanwhile holds');
$node->safe_psql('postgres', "SELECT ethdata.give_consent('1', 'marketing')");
guarded('with the library again');

$node->stop;
done_testing();
