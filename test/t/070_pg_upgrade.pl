# pg_upgrade of a cluster with protected tables (to the same version here): rules,
# narrowed and remembered grants, consent and answers are the same, and there is the
# same way back.  And single-user mode, in which nothing of ethdata's stands in the
# way.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = EthdataTest::start_node('old');
my $new = EthdataTest::new_node('new');
my ($bindir) = run_command([ 'pg_config', '--bindir' ]);

$old->safe_psql(
	'postgres', q{
	CREATE ROLE owner; CREATE ROLE campaigns LOGIN; CREATE ROLE other LOGIN;
	CREATE SCHEMA crm AUTHORIZATION owner;
	GRANT USAGE ON SCHEMA crm TO PUBLIC;
	SET ROLE owner;
	CREATE TABLE crm.customer (id bigint PRIMARY KEY, email text, phone text);
	CREATE TABLE crm.profile (customer_id bigint REFERENCES crm.customer, segment text);
	INSERT INTO crm.customer VALUES (1, 'ada@example.net', '111'), (2, 'bob@example.net', '222');
	INSERT INTO crm.profile VALUES (1, 'garden'), (2, 'books');
	GRANT SELECT ON crm.customer, crm.profile TO campaigns WITH GRANT OPTION;
	RESET ROLE;
	SELECT ethdata.define_subject_class('crm.customer');
	SELECT ethdata.define_purpose('marketing', basis => 'consent');
	SELECT ethdata.grant_purpose('marketing', 'campaigns', as_default => true);
	SELECT ethdata.protect('crm.customer', subject => 'id'), ethdata.protect('crm.profile', subject => 'customer_id', rows => true);
	SELECT ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing}'), ethdata.mask('crm.customer', 'phone');
	SELECT ethdata.give_consent('1', 'marketing');
});

my %question = (
	rules => q{SELECT polrelid::regclass, polname, ARRAY(SELECT rolname FROM pg_roles WHERE oid = ANY (polroles) ORDER BY 1), pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1, 2},
	grants => q{SELECT c.oid::regclass, coalesce(c.relacl, acldefault('r', c.relowner)), ARRAY(SELECT a.attname || ' ' || a.attacl::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL ORDER BY 1)
		FROM pg_class c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r' ORDER BY 1},
	remembered => q{SELECT relation, column_name, grantee, grantor, grant_option, given FROM ethdata.remembered_grant ORDER BY 1, 2, 3},
	consent => q{SELECT class_id, key, value FROM ethdata.consent_state},
	answer => q{SET ROLE campaigns; SELECT * FROM crm.customer c LEFT JOIN crm.profile p ON p.customer_id = c.id ORDER BY 1});
my %before = map { $_ => $old->safe_psql('postgres', $question{$_}) } keys %question;

is($before{answer}, "1|ada\@example.net||1|garden\n2|b***\@***.net|||", 'answers before');

# in single-user mode the superuser works as ever
$old->stop;
foreach my $statement (
	'SELECT email FROM crm.customer',
	'GRANT SELECT ON crm.customer TO other',
	'REVOKE SELECT ON crm.customer FROM other',
	q{SELECT ethdata.give_consent('1', 'marketing')},
	'ALTER TABLE crm.customer ALTER email SET STATISTICS 10')
{
	my ($stdout, $stderr);

	run_log([ 'postgres', '--single', '-F', '-D', $old->data_dir, 'postgres' ], '<', \"$statement\n", '>', \$stdout, '2>', \$stderr);
	unlike($stderr, qr/ERROR|FATAL|PANIC/, "single-user mode: $statement");
}
$old->start;
$before{$_} = $old->safe_psql('postgres', $question{$_}) foreach keys %question;
is($before{answer}, "1|ada\@example.net||1|garden\n2|b***\@***.net|||", 'answers after that');
$old->stop;

# 18 and later look for libraries where the server's own are, and not where a
# test has staged them
my ($libdir) = run_command([ 'pg_config', '--pkglibdir' ]);
if ($old->pg_version >= 18 && !-e "$libdir/ethdata.so")
{
	note('pg_upgrade is left out: the library is not installed');
	done_testing();
	exit 0;
}

my $folder = $new->basedir;
chdir $folder or die "$folder: $!";
command_ok(
	[
		'pg_upgrade', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
		'-s', $new->host, '-p', $old->port, '-P', $new->port
	],
	'pg_upgrade');
$new->start;
is($new->safe_psql('postgres', $question{$_}), $before{$_}, "after: $_") foreach sort keys %question;
is($new->safe_psql('postgres', q{SELECT ethdata.mask('crm.customer', 'phone'), ethdata.define_subject_class('crm.customer')}), 'f|f', 'the same definitions');
$new->safe_psql('postgres', q{SELECT ethdata.withdraw_consent('1', 'marketing'), ethdata.unprotect('crm.customer'), ethdata.unprotect('crm.profile')});
is($new->safe_psql('postgres', q{SELECT relacl FROM pg_class WHERE oid = 'crm.customer'::regclass}),
	'{owner=arwdDxt/owner,campaigns=r*/owner}', 'the way back') if $new->pg_version < 17;
is($new->safe_psql('postgres', 'SELECT count(*) FROM ethdata.remembered_grant'), '0', 'nothing stays remembered');

$new->stop;
done_testing();
