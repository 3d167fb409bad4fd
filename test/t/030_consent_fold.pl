# The fold of consent events against an independent model.
#
# The golden files show each rule by an example; this shows that the rules do not
# get in each other's way: random answers of 300 persons about a hierarchy with
# every kind of basis, arriving in random order, are recorded by the SQL functions,
# and what then holds is compared with a model that says it without any order of
# processing: which grant is the latest that counted, and what came at or after
# it.  Three questions: the kept value now, has_consent() at a time in the past,
# and that as it was known at some moment.  In the end persons move and purposes
# are defined anew, and what holds now must be what the events say about now.
#
# ETHDATA_SEED=n tries other persons.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{ETHDATA_SEED} // 20261124;
my $persons = $ENV{ETHDATA_PERSONS} // 300;
srand($seed);
note("seed $seed, $persons persons");

# code => basis, parents, direct marketing (inherited where undefined), lifetime in hours
my @order = qw(m m.email m.email.news m.li m.legal m.stat m.out p p.exp d c c.li c.pub);
my %purpose = (
	'm' => { basis => 'consent', parents => [], dm => 1 },
	'm.email' => { basis => 'consent', parents => ['m'], hours => 6 },
	'm.email.news' => { basis => 'consent', parents => ['m.email'] },
	'm.li' => { basis => 'legitimate_interests', parents => ['m'] },
	'm.legal' => { basis => 'legal_obligation', parents => ['m'], dm => 0 },
	'm.stat' => { basis => 'legitimate_interests', parents => ['m'], dm => 0 },
	'm.out' => { basis => 'opt_out', parents => ['m'], dm => 0 },
	'p' => { basis => 'consent', parents => [] },
	'p.exp' => { basis => 'explicit_consent', parents => ['p'] },
	'd' => { basis => 'consent', parents => [ 'm.email', 'p' ] },
	'c' => { basis => 'contract', parents => [] },
	'c.li' => { basis => 'legitimate_interests', parents => ['c'] },
	'c.pub' => { basis => 'public_task', parents => ['c'] });

for my $code (@order)
{
	my $p = $purpose{$code};

	$p->{above} = { map { ($_ => 1, %{ $purpose{$_}{above} }) } @{ $p->{parents} } };
	$p->{dm} //= (grep { $purpose{$_}{dm} } @{ $p->{parents} }) ? 1 : 0;
	$p->{answer} = $p->{basis} =~ /consent$|^opt_out$/;
	$p->{interests} = $p->{basis} =~ /^(legitimate_interests|public_task)$/;
}
my @answers = grep { $purpose{$_}{answer} } @order;

# the notice "again" asks again for these, from this hour on
my %again = map { $_ => 1 } qw(p m.email);
my $again_hour = 12;

# ---- the model: does the person permit the purpose at "at", from these events?

sub permits
{
	my ($code, $at, @events) = @_;
	my $p = $purpose{$code};
	my @seen = grep { $_->{time} <= $at } @events;
	my @mine = grep { $_->{what} eq $code || $p->{above}{ $_->{what} } } @seen;
	my @grants = grep { $_->{act} eq 'give' && $_->{counts} } @mine;

	# objections that concern this purpose, and when each was lifted for it
	my @objections;
	for my $o (grep { $_->{act} eq 'object' } @mine)
	{
		my $absolute = $p->{dm};
		my $lifted;

		next unless $absolute || $p->{interests};
		if ($absolute)
		{
			for my $g (sort { $a->{time} <=> $b->{time} } @grants)
			{
				next unless $g->{names} && $g->{names} == $o;
				next unless $g->{time} > $o->{time};
				next unless $g->{what} eq $code;
				$lifted //= $g->{time};
			}
		}
		else
		{
			my ($last) = sort { $b->{time} <=> $a->{time} }
			  grep { $_->{act} eq 'decide' && $_->{names} == $o } @seen;
			$lifted = $last->{time} if $last && $last->{outcome} eq 'overridden';
		}
		push @objections, { time => $o->{time}, absolute => $absolute, lifted => $lifted };
	}
	return 0 if grep { !defined $_->{lifted} } @objections;
	return 1 unless $p->{answer};

	# the latest grant of exactly this purpose that had effect; of several at one time the one
	# that is not explicit, and the one without a notice
	my ($grant) = sort { $b->{time} <=> $a->{time} || $a->{explicit} <=> $b->{explicit} || $a->{notice} cmp $b->{notice} } grep {
		my $g = $_;
		$g->{what} eq $code && !grep {
			$_->{absolute} && $_->{time} < $g->{time} && $_->{lifted} > $g->{time}
		} @objections;
	} @grants;
	return 0 unless $grant;
	return 0 if grep { $_->{act} =~ /^(refuse|withdraw)$/ && $_->{time} >= $grant->{time} } @mine;
	return 0 if grep { $_->{absolute} && $_->{time} >= $grant->{time} } @objections;
	return 0 if $again{$code} && $again_hour >= $grant->{time} && $again_hour <= $at && $grant->{notice} ne 'again';
	return 0 if $p->{hours} && $at >= $grant->{time} + $p->{hours} && $grant->{time} < 1000;
	return 0 if $p->{basis} eq 'explicit_consent' && !$grant->{explicit};
	return 1;
}

# ---- persons: times are hours of a day long ago, or 1000 and more for what is recorded as of now

sub pick { return $_[ int(rand(@_)) ]; }

my %events;
my $script = '';
for my $who (1 .. $persons)
{
	my $n = 1 + int(rand(9));
	my @mine;

	for my $i (1 .. $n)
	{
		my $what = pick(@order);
		my %e = (i => $i, what => $what);
		my @objections = grep { $_->{act} eq 'object' } @mine;
		my $dice = rand();
		my $claim = rand() < 0.7 ? 3 * int(rand(8)) : undef;

		$e{time} = $claim // 1000 + $i;
		my $sql_time = defined $claim ? sprintf("effective_at => '2021-03-01 %02d:00+00'", $claim) : 'effective_at => NULL';

		if ($dice < 0.15)
		{
			%e = (%e, act => 'object', time => 1000 + $i);
			$script .= "SELECT ethdata.object_to('$who', '$what') AS o${who}_$i \\gset\n";
		}
		elsif ($dice < 0.25 && (my @open = grep { pends($_->{what}) } @objections))
		{
			%e = (%e, act => 'decide', names => pick(@open), outcome => pick('upheld', 'overridden'), time => 1000 + $i);
			$script .= "SELECT ethdata.decide_objection(:o${who}_$e{names}{i}, '$e{outcome}', 'because');\n";
		}
		elsif ($dice < 0.65)
		{
			my $names = @objections && rand() < 0.6 ? pick(@objections) : undef;

			if ($names)
			{
				# exactly what was objected to, or something below it
				$what = pick(grep { $_ eq $names->{what} || $purpose{$_}{above}{ $names->{what} } } @order);
			}
			else
			{
				$what = pick(@answers);
			}
			my $late = !defined $claim || $claim >= $again_hour;
			my $notice = rand() < 0.4 ? '' : $again{$what} && $late ? 'again' : 'first';
			my $selection = pick('unselected', 'unselected', 'unselected', 'preselected', 'bundled', 'not_applicable');
			my $sql_notice = $notice ? "notice => '$notice', " : '';
			my $sql_names = $names ? ", supersedes => :o${who}_$names->{i}" : '';

			%e = (%e, what => $what, act => 'give', names => $names, notice => $notice,
				counts => $selection =~ /^(unselected|not_applicable)$/ ? 1 : 0,
				explicit => $selection eq 'unselected' && $notice ? 1 : 0);
			$script .= "SELECT ethdata.give_consent('$who', '$what', ${sql_notice}selection => '$selection', $sql_time$sql_names);\n";
		}
		else
		{
			$what = $e{what} = pick(@answers);
			$e{act} = pick('refuse', 'withdraw');
			$script .= "SELECT ethdata.$e{act}_consent('$who', '$what', $sql_time);\n";
		}
		push @mine, \%e;
	}
	$events{$who} = \@mine;
}

# is there anything at or below the purpose for which an objection waits to be decided?
sub pends
{
	my ($code) = @_;

	return grep { !$purpose{$_}{dm} && $purpose{$_}{interests} && ($_ eq $code || $purpose{$_}{above}{$code}) } @order;
}

# ---- run

my $node = EthdataTest::start_node('fold');
my $define = "CREATE TABLE person(id bigint PRIMARY KEY, country text);\n"
  . "INSERT INTO person SELECT i, 'DE' FROM generate_series(1, $persons) i;\n"
  . "SELECT ethdata.define_subject_class('person', jurisdiction => 'country');\n";
for my $code (@order)
{
	my $p = $purpose{$code};
	my $parents = join(',', @{ $p->{parents} });
	my $dm = $p->{dm} ? 'true' : 'false';
	my $lifetime = $p->{hours} ? ", consent_lifetime => '$p->{hours} hours'" : '';

	$define .= "SELECT ethdata.define_purpose('$code', '$p->{basis}', parents => '{$parents}', assessment => 'LIA', direct_marketing => $dm$lifetime);\n";
}
my $all = join(',', @order);
my $asked = join(',', sort keys %again);
$define .= "SELECT ethdata.publish_notice('first', '{$all}', 'First.', valid_from => '2020-01-01 00:00+00');\n";
$define .= "SELECT ethdata.publish_notice('again', '{$asked}', 'Again.', valid_from => '2021-03-01 $again_hour:00+00', reconsent => true);\n";
$node->safe_psql('postgres', $define);

my $file = $node->basedir . '/events.sql';
append_to_file($file, $script);
my ($out, $err) = ('', '');
$node->psql('postgres', "\\i $file", stdout => \$out, stderr => \$err, on_error_stop => 1);
$err = join("\n", grep { !/NOTICE|DETAIL|HINT|^$/ } split(/\n/, $err));
is($err, '', 'every answer is recorded');

# compare(name, query with columns person, purpose, answer; at, and how many events were known)
sub compare
{
	my ($name, $query, $expect) = @_;
	my @wrong;
	my $n = 0;

	for my $row (split /\n/, $node->safe_psql('postgres', $query))
	{
		my ($who, $code, $got) = split /\|/, $row;
		my ($want, $told) = $expect->($who, $code);

		$n++;
		push @wrong, "person $who, $code: got $got, want $want" . ($told ? " ($told)" : '')
		  if ($got eq 't') != ($want ? 1 : 0);
	}
	is(scalar(@wrong), 0, "$name: $n answers");
	diag(join("\n", splice(@wrong, 0, 5))) if @wrong;
	return $n;
}

my $codes = join(',', map { "('$_')" } @order);
my $answer_codes = join(',', map { "('$_')" } @answers);

my $n = compare('what holds now',
	"SELECT p.id, w.code, ethdata.permits(s.value, w.code) FROM person p CROSS JOIN (VALUES $codes) w(code)"
	  . " JOIN ethdata.consent_state s ON s.key = int8send(p.id # (-9223372036854775808)::int8)",
	sub { my ($who, $code) = @_; return permits($code, 5000, @{ $events{$who} }); });
is($n, $persons * @order, 'every person has a state');

my %when = map { $_ => int(rand(24)) + 0.5 } 1 .. $persons;
my $when = join(',', map { sprintf("(%d, '2021-03-01 %02d:30+00'::timestamptz)", $_, int($when{$_})) } 1 .. $persons);
compare('what held at a time',
	"SELECT v.id, w.code, ethdata.has_consent(v.id::bigint, w.code, valid_at => v.at) FROM (VALUES $when) v(id, at) CROSS JOIN (VALUES $answer_codes) w(code)",
	sub { my ($who, $code) = @_; return permits($code, $when{$who}, @{ $events{$who} }); });

my %known = map { $_ => 1 + int(rand(@{ $events{$_} })) } 1 .. $persons;
my $known = join(',', map { sprintf("(%d, '2021-03-01 %02d:30+00'::timestamptz, %d)", $_, int($when{$_}), $known{$_} - 1) } 1 .. $persons);
compare('what held at a time as it was known',
	"SELECT v.id, w.code, ethdata.has_consent(v.id::bigint, w.code, valid_at => v.at,"
	  . " known_at => (SELECT recorded_at FROM ethdata.consent_event e WHERE e.subject = v.id::text ORDER BY e.id OFFSET v.n LIMIT 1))"
	  . " FROM (VALUES $known) v(id, at, n) CROSS JOIN (VALUES $answer_codes) w(code)",
	sub { my ($who, $code) = @_; my @k = @{ $events{$who} }[ 0 .. $known{$who} - 1 ]; return permits($code, $when{$who}, @k); });

# the kept state is the fold of the events at the time of the last one: recorded in any order, dumped and restored
compare('the events alone say the same',
	"SELECT p.id, w.code, ethdata.has_consent(p.id, w.code, valid_at => clock_timestamp()) FROM person p CROSS JOIN (VALUES $answer_codes) w(code)",
	sub { my ($who, $code) = @_; return permits($code, 5000, @{ $events{$who} }); });

# ---- what holds now is what the events say about now, whatever changes meanwhile:
# persons move, come and go, regimes change, purposes are defined anew

my @places = ("'DE'", "'US-CA'", "'IN'", "'XX'", 'NULL');
my @bases = qw(consent explicit_consent opt_out legitimate_interests public_task contract legal_obligation);

sub redefinition
{
	my $code = pick(@order);
	# only what stands before it may be above it
	my ($at) = grep { $order[$_] eq $code } 0 .. $#order;
	my @parents = grep { rand() < 0.3 } @order[ 0 .. $at - 1 ];
	my $dm = pick('true', 'false', 'NULL');
	my $parents = join(',', @parents);

	return "SELECT ethdata.define_purpose('$code', '" . pick(@bases) . "', parents => '{$parents}', assessment => 'LIA', direct_marketing => $dm, "
	  . "bases => '{\"" . pick('gdpr', 'ccpa', 'dpdp') . "\": \"" . pick(@bases, 'none') . "\"}');\n";
}

sub same_now
{
	my ($name) = @_;

	is( $node->safe_psql('postgres', q{
		SELECT count(*), count(*) FILTER (WHERE may AND here) > 0, min(id || ' ' || code) FILTER (WHERE may IS DISTINCT FROM by_then OR may IS DISTINCT FROM by_known)
		  FROM (SELECT p.id, w.code, ethdata.permitted(p.id, w.code) AS may,
		               ethdata.has_consent(p.id, w.code, valid_at => clock_timestamp()) AS by_then, ethdata.has_consent(p.id, w.code, known_at => clock_timestamp()) AS by_known,
		               EXISTS (SELECT FROM person q WHERE q.id = p.id) AS here
		          FROM (SELECT subject::bigint AS id FROM ethdata.consent_event UNION SELECT id FROM person) p
		         CROSS JOIN (SELECT code FROM ethdata.purpose WHERE basis LIKE '%consent' OR basis = 'opt_out' OR bases::text ~ 'consent|opt_out') w) x})
		  =~ s/^[1-9]\d*\|t\|//r,
		'', $name);
}

$node->safe_psql('postgres', "INSERT INTO ethdata.jurisdiction VALUES ('XX', 'ccpa')");
for my $round (1 .. 6)
{
	my $changes = "SET client_min_messages = error;\n";

	for (1 .. $persons / 3)
	{
		my $who = 1 + int(rand($persons));
		my $what = pick(@order);

		$changes .= pick(
			'UPDATE person SET country = ' . pick(@places) . " WHERE id = $who;\n",
			"DELETE FROM person WHERE id = $who;\n",
			"INSERT INTO person VALUES ($who, " . pick(@places) . ") ON CONFLICT DO NOTHING;\n",
			"SELECT ethdata.give_consent('$who', '$what');\n",
			"SELECT ethdata.withdraw_consent('$who', '$what');\n",
			"SELECT ethdata.withdraw_consent('$who');\n",
			"SELECT ethdata.object_to('$who', '$what');\n");
	}
	$changes .= redefinition() for 1 .. 3;
	$changes .= "UPDATE ethdata.jurisdiction SET regime = '" . pick('gdpr', 'ccpa', 'dpdp') . "' WHERE code = 'XX';\n";
	# some of these answers make no sense under the regime of the person: refused
	$node->psql('postgres', $changes, on_error_stop => 0, stderr => \my $ignored);
	same_now("round $round of moves, answers and definitions");
}

$node->stop;
done_testing();
