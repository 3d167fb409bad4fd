# pg_dump and restore of a protected database: the same rules, labels, grants and
# remembered grants, the same answers to every role, the same way back.  Into
# another database of the cluster (plain text) and into another cluster, whose
# roles have other OIDs (custom format, parallel).  And pg_dump as a masked role,
# whose dump holds masks.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('one');
my $other = EthdataTest::new_node('two');
my $dir = $node->basedir;

$node->safe_psql(
	'postgres', q{
	CREATE ROLE owner; CREATE ROLE campaigns LOGIN; CREATE ROLE finance LOGIN; CREATE ROLE "O'Neil" LOGIN;
	CREATE ROLE onward LOGIN; CREATE ROLE everybody LOGIN; CREATE ROLE analyst LOGIN IN ROLE ethdata_exempt;
	CREATE SCHEMA crm AUTHORIZATION owner;
	GRANT USAGE ON SCHEMA crm TO PUBLIC;
	SET ROLE owner;
	CREATE DOMAIN crm.mail AS text CHECK (value LIKE '%@%');
	CREATE DOMAIN crm.must AS text NOT NULL;
	CREATE TABLE crm.customer (gone int, id bigint PRIMARY KEY, "Na'me" text, email varchar(60), phone crm.mail, must crm.must, born date,
	  lower_mail text GENERATED ALWAYS AS (lower(email)) STORED);
	ALTER TABLE crm.customer DROP COLUMN gone;
	CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id bigint REFERENCES crm.customer, note text);
	CREATE TABLE crm.profile (customer_id bigint PRIMARY KEY REFERENCES crm.customer, segment text);
	CREATE TABLE crm.visit (customer_id bigint, at date, page text) PARTITION BY RANGE (at);
	CREATE TABLE crm.visit_2026 PARTITION OF crm.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
	CREATE TABLE crm.notice_board (id int, line text, author text);
	INSERT INTO crm.customer (id, "Na'me", email, phone, must, born) VALUES
	  (1, 'Ada', 'ada@example.net', 'ada@home.example', 'a', '1984-02-29'), (2, 'Bruno', 'bruno@maes.example', NULL, 'b', '1979-11-03');
	INSERT INTO crm.orders VALUES (10, 1, 'two lamps'), (11, 2, 'a chair');
	INSERT INTO crm.profile VALUES (1, 'garden'), (2, 'books');
	INSERT INTO crm.visit VALUES (1, '2026-02-03', '/lamps'), (2, '2026-02-04', '/chairs');
	INSERT INTO crm.notice_board VALUES (1, 'hello', 'Ada');
	GRANT SELECT, INSERT ON crm.customer, crm.orders, crm.profile, crm.visit, crm.visit_2026 TO campaigns;
	GRANT SELECT (id, email) ON crm.customer TO finance;
	GRANT SELECT (email) ON crm.customer TO campaigns;
	GRANT SELECT ON crm.customer TO "O'Neil" WITH GRANT OPTION;
	GRANT SELECT ON crm.notice_board TO PUBLIC;
	SET ROLE "O'Neil";
	GRANT SELECT ON crm.customer TO onward;
	RESET ROLE;
});

my $acl = q{
	SELECT x.n, x.w, x.i FROM (
	  SELECT c.oid::regclass::text AS n, '' AS w, i::text AS i FROM pg_class c, unnest(coalesce(c.relacl, acldefault('r', c.relowner))) i
	   WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'p')
	  UNION ALL
	  SELECT a.attrelid::regclass::text, a.attname, i::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, unnest(a.attacl) i
	   WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped) x ORDER BY 1, 2, 3};
my $granted = $node->safe_psql('postgres', $acl);

$node->safe_psql(
	'postgres', q{
	SELECT ethdata.define_subject_class('crm.customer', subject_key => 'id', jurisdiction => 'Na''me');
	INSERT INTO ethdata.regime (number, code, opt_out_default) VALUES (9, 'adaland', true);
	INSERT INTO ethdata.jurisdiction VALUES ('AA', 'adaland'), ('GB', 'adaland');
	CREATE TABLE crm.former (id uuid PRIMARY KEY);
	SELECT ethdata.define_subject_class('crm.former');
	SELECT ethdata.define_purpose('billing', basis => 'contract');
	SELECT ethdata.define_purpose('marketing', basis => 'consent', direct_marketing => true);
	SELECT ethdata.define_purpose('marketing.email', basis => 'consent', channel => 'email');
	SELECT ethdata.grant_purpose('marketing.email', 'campaigns', as_default => true);
	SELECT ethdata.grant_purpose('billing', 'finance', as_default => true);
	SELECT ethdata.protect('crm.customer', subject => 'id');
	SELECT ethdata.protect('crm.orders', subject => 'customer_id');
	SELECT ethdata.protect('crm.profile', subject => 'customer_id', rows => true);
	SELECT ethdata.protect('crm.visit', subject => 'customer_id', class => 'crm.customer');
	SELECT ethdata.protect('crm.notice_board');
	SELECT ethdata.mask('crm.customer', 'Na''me', masked_as => 'ethdata.mask_hash(value)', category => 'identity');
	SELECT ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing.email,billing}', category => 'contact', lookup => true);
	SELECT ethdata.mask('crm.customer', 'phone', masked_as => '''x@'' || length(value)', reveal_for => '{billing}');
	SELECT ethdata.mask('crm.customer', 'must');
	SELECT ethdata.mask('crm.customer', 'born', masked_as => 'ethdata.mask_date(value, ''year'')', on_write => 'keep_if_mask');
	SELECT ethdata.mask('crm.visit', 'page', subject => 'customer_id');
	SELECT ethdata.mask('crm.notice_board', 'author');
	SELECT ethdata.give_consent('1', 'marketing.email', class => 'crm.customer');
	SELECT ethdata.give_consent('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'marketing.email', class => 'crm.former');
	DROP TABLE crm.former;
	ALTER TABLE crm.orders ADD COLUMN later text DEFAULT 'new';
});

my %state = (
	rules => q{SELECT polrelid::regclass, polname, polcmd, polpermissive,
		ARRAY(SELECT rolname FROM pg_roles WHERE oid = ANY (polroles) ORDER BY 1), polroles = '{0}', pg_get_expr(polqual, polrelid)
		FROM pg_policy ORDER BY polrelid::regclass::text, 2},
	indexes => q{SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'crm' ORDER BY 1},
	labels => q{SELECT objtype, objname, provider, label FROM pg_seclabels ORDER BY 2},
	grants => $acl,
	remembered => q{SELECT relation, column_name, grantee, grantor, grant_option, given FROM ethdata.remembered_grant ORDER BY relation::text, 2, 3, 4, 6},
	regimes => q{SELECT * FROM ethdata.regime ORDER BY number},
	jurisdictions => q{SELECT * FROM ethdata.jurisdiction ORDER BY code, shipped},
	classes => q{SELECT * FROM ethdata.subject_class ORDER BY code},
	states => q{SELECT * FROM ethdata.consent_state ORDER BY class_id, key},
	protected => q{SELECT * FROM ethdata.protected_relation ORDER BY relation::text});
my @questions = (
	[ campaigns => q{SELECT id, "Na'me", email, phone, must, born, lower_mail FROM crm.customer ORDER BY id} ],
	[ campaigns => q{SET enable_seqscan = off; SELECT id, email FROM crm.customer WHERE email = 'bruno@maes.example'} ],
	[ campaigns => q{SELECT * FROM crm.orders ORDER BY id} ],
	[ campaigns => q{SELECT * FROM crm.profile ORDER BY 1} ],
	[ campaigns => q{SELECT * FROM crm.visit ORDER BY 1} ],
	[ campaigns => q{SELECT * FROM crm.visit_2026 ORDER BY 1} ],
	[ finance => q{SELECT id, email FROM crm.customer ORDER BY id} ],
	[ finance => q{SELECT phone FROM crm.customer} ],
	[ "O'Neil" => q{SELECT id, email FROM crm.customer ORDER BY id} ],
	[ onward => q{SELECT id, email FROM crm.customer ORDER BY id} ],
	[ everybody => q{SELECT * FROM crm.notice_board} ],
	[ everybody => q{SELECT * FROM crm.customer} ],
	[ analyst => q{SELECT * FROM crm.notice_board} ],
	[ owner => q{SELECT * FROM crm.customer ORDER BY id} ]);

sub state_of
{
	my ($server, $database) = @_;

	return { map { $_ => $server->safe_psql($database, $state{$_}) } keys %state };
}

sub answers
{
	my ($server, $database) = @_;
	my @answers;

	foreach my $question (@questions)
	{
		my ($role, $query) = @$question;
		my ($rc, $out, $err) = $server->psql($database, qq{SET ROLE "$role"; $query});

		$err =~ s/^psql:<stdin>:\d+: //mg;
		push @answers, "$role: $query", $out, $err;
	}
	return join("\n", @answers);
}

my $state_before = state_of($node, 'postgres');
my $answers_before = answers($node, 'postgres');
like($answers_before, qr/1\|[^|]+\|ada\@example\.net\|x\@16\|\|1984-01-01\|$/m, 'the answers are masked, and shown where the person agreed');
like($answers_before, qr/permission denied for table customer/, 'and refused');
isnt($state_before->{grants}, $granted, 'grants are narrowed');

# another database of the same cluster
command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-f', "$dir/plain.sql", 'postgres' ], 'pg_dump, plain');
$node->safe_psql('postgres', 'CREATE DATABASE again TEMPLATE template0');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-d', 'again', '-f', "$dir/plain.sql", '-o', "$dir/psql.out" ],
	'restored by psql');
my $state_again = state_of($node, 'again');
is($state_again->{$_}, $state_before->{$_}, "same $_ in another database") foreach sort keys %state;
is(answers($node, 'again'), $answers_before, 'same answers in another database');
is($node->safe_psql('again', q{
	SELECT ethdata.protect('crm.customer', subject => 'id'), ethdata.mask('crm.customer', 'must'),
	  ethdata.mask('crm.customer', 'phone', masked_as => '''x@'' || length(value)', reveal_for => '{billing}'),
	  ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{marketing.email,billing}', lookup => true)}),
	'f|f|f|f', 'what was defined is still the same definition');
$node->safe_psql('again', 'SELECT ethdata.unprotect(relation) FROM ethdata.protected_relation');
is($node->safe_psql('again', $acl), $granted, 'unprotect brings the grants back there');
is($node->safe_psql('again', 'SELECT count(*) FROM ethdata.remembered_grant'), '0', 'nothing stays remembered');

# another cluster: roles by name, with other OIDs
unlink($other->basedir . '/key');
system_or_bail('cp', '-p', $node->basedir . '/key', $other->basedir . '/key');
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE shift' . $_) foreach 1 .. 3;
command_ok([ 'pg_dumpall', '-r', '-h', $node->host, '-p', $node->port, '-f', "$dir/roles.sql" ], 'roles');
command_ok([ 'psql', '-X', '-q', '-h', $other->host, '-p', $other->port, '-d', 'postgres', '-f', "$dir/roles.sql" ], 'roles restored');
command_ok([ 'pg_dump', '-Fc', '-h', $node->host, '-p', $node->port, '-f', "$dir/dump", 'postgres' ], 'pg_dump, custom');
# grants on a schema and by its roles on its tables meet in any order with -j, so they come last and alone
command_ok([ 'pg_restore', '-j', '2', '-e', '--no-acl', '-h', $other->host, '-p', $other->port, '-d', 'postgres', "$dir/dump" ], 'restored by pg_restore');
command_ok([ 'pg_restore', '-l', '-f', "$dir/list", "$dir/dump" ], 'list of the dump');
my $acl_list = join('', grep { /^\d+; \d+ \d+ (?:DEFAULT )?ACL / } split(/^/m, slurp_file("$dir/list")));
PostgreSQL::Test::Utils::append_to_file("$dir/acls", $acl_list);
command_ok([ 'pg_restore', '-e', '-L', "$dir/acls", '-h', $other->host, '-p', $other->port, '-d', 'postgres', "$dir/dump" ], 'grants restored');
my $state_other = state_of($other, 'postgres');
is($state_other->{$_}, $state_before->{$_}, "same $_ in another cluster") foreach sort keys %state;
is(answers($other, 'postgres'), $answers_before, 'same answers in another cluster');
is($other->safe_psql('postgres', q{GRANT TRUNCATE ON crm.customer TO everybody;
	SELECT ARRAY(SELECT rolname FROM pg_roles WHERE oid = ANY (polroles) ORDER BY 1) FROM pg_policy WHERE polrelid = 'crm.customer'::regclass AND polname = 'ethdata 3'}),
	q({O'Neil,campaigns,ethdata_exempt,finance,onward}), 'readers stay through a GRANT there');
# with -j rules may be made before what they withdrew is loaded; here they always are
my (@early, @late);
push @{ /TABLE DATA ethdata (?:remembered_grant|protected_relation) / ? \@late : \@early }, $_ foreach grep { /^\d+; / } split(/^/m, slurp_file("$dir/list"));
is(scalar(@late), 2, 'what was withdrawn is in the list');
PostgreSQL::Test::Utils::append_to_file("$dir/late", join('', @early, @late));
$other->safe_psql('postgres', 'CREATE DATABASE late');
command_ok([ 'pg_restore', '-e', '-L', "$dir/late", '-h', $other->host, '-p', $other->port, '-d', 'late', "$dir/dump" ], 'restored, rules first');
my $state_late = state_of($other, 'late');
is($state_late->{$_}, $state_before->{$_}, "same $_ with rules first") foreach sort keys %state;
is(answers($other, 'late'), $answers_before, 'same answers with rules first');
$other->safe_psql('postgres', 'REVOKE TRUNCATE ON crm.customer FROM everybody; SELECT ethdata.unprotect(relation) FROM ethdata.protected_relation');
is($other->safe_psql('postgres', $acl), $granted, 'unprotect brings the grants back there');

# a dump made by a masked role
$node->safe_psql('postgres', 'ALTER ROLE campaigns LOGIN');
command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-U', 'campaigns', '-t', 'crm.customer', '-t', 'crm.profile', '-f', "$dir/masked.sql", 'postgres' ],
	'pg_dump as a masked role');
my $masked = slurp_file("$dir/masked.sql");
like($masked, qr/^1\t[^\t]+\tada\@example\.net\tx\@16\t\\N\t1984-01-01$/m, 'the person who agreed: shown');
like($masked, qr/^2\t[^\t]+\tb[^\t]*\*[^\t]*\t\\N\t\\N\t1979-01-01$/m, 'the other: masked');
unlike($masked, qr/bruno\@|books|Bruno/, 'no raw value and no hidden row');
like($masked, qr/^1\tgarden$/m, 'the visible row');

$node->stop;
$other->stop;
done_testing();
