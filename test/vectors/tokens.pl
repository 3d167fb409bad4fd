#!/usr/bin/perl
# tokens.pl -- makes tokens.sql, the tokens of test/sql/token.sql and portal.sql:
#
#   perl -Itest/t test/vectors/tokens.pl >test/vectors/tokens.sql
#
# Signatures of Ed25519 are deterministic, so the result is always the same.

use strict;
use warnings;

use EthdataToken;

my %good = (aud => 'regression', exp => '2999-01-01T00:00:00Z', purpose => 'marketing', sub => 'anna@office');
my %tokens;

sub put
{
	my ($name, $token) = @_;

	print "\\set $name '$token'\n";
}

print "-- Made by tokens.pl: tokens signed by TEST keys.\n";
put("key_$_", '\\\\x' . EthdataToken::public_key($_)) foreach ('one', 'two', 'once', 'other');
put('good', EthdataToken::token('one', %good));
put('good_two', EthdataToken::token('two', %good));
put('email', EthdataToken::token('one', %good, purpose => 'marketing.email'));
put('times', EthdataToken::token('one', %good, iat => '2020-01-01T00:00:00.5+01:00', nbf => '2020-01-01T00:00:00-00:30', jti => 'x'));
put('expired', EthdataToken::token('one', %good, exp => '2020-01-01T00:00:00Z'));
put('not_yet', EthdataToken::token('one', %good, nbf => '2998-01-01T00:00:00Z'));
put('from_future', EthdataToken::token('one', %good, iat => '2998-01-01T00:00:00Z'));
put('audience', EthdataToken::token('one', %good, aud => 'elsewhere'));
put('purpose_none', EthdataToken::token('one', %good, purpose => 'none'));
put('purpose_unknown', EthdataToken::token('one', %good, purpose => 'no.such'));
put('unknown_key', EthdataToken::token('other', %good));
put('forged', EthdataToken::sign_text('other', '{"aud":"regression","exp":"2999-01-01T00:00:00Z","purpose":"marketing","sub":"x"}', '{"kid":"one"}'));
put('implicit', EthdataToken::sign_text('one', '{"aud":"regression","exp":"2999-01-01T00:00:00Z","purpose":"marketing","sub":"x"}', '{"kid":"one"}', 'x'));
put('no_footer', EthdataToken::sign_text('one', '{"aud":"regression","exp":"2999-01-01T00:00:00Z","purpose":"marketing","sub":"x"}', undef));
put('footer_text', EthdataToken::sign_text('one', '{"aud":"regression","exp":"2999-01-01T00:00:00Z","purpose":"marketing","sub":"x"}', 'one'));
put('footer_no_kid', EthdataToken::sign_text('one', '{"aud":"regression","exp":"2999-01-01T00:00:00Z","purpose":"marketing","sub":"x"}', '{"key":"one"}'));
put('footer_number', EthdataToken::sign_text('one', '{}', '{"kid":1}'));
put('footer_deep', EthdataToken::sign_text('one', '{}', '{"kid":' . '[' x 900 . ']' x 900 . '}'));
put('no_json', EthdataToken::sign_text('one', 'anna@office', '{"kid":"one"}'));
put('json_array', EthdataToken::sign_text('one', '["anna@office"]', '{"kid":"one"}'));
put('json_nul', EthdataToken::sign_text('one', qq({"sub":"a"\0}), '{"kid":"one"}'));
put('json_escaped_nul', EthdataToken::sign_text('one', '{"sub":"a\\u0000"}', '{"kid":"one"}'));
put('json_latin', EthdataToken::sign_text('one', qq({"sub":"\xe9"}), '{"kid":"one"}'));
put('json_empty', EthdataToken::sign_text('one', '', '{"kid":"one"}'));
foreach my $claim ('sub', 'purpose', 'aud', 'exp')
{
	my %lacks = %good;

	delete $lacks{$claim};
	put("no_$claim", EthdataToken::token('one', %lacks));
}
put('sub_number', EthdataToken::token('one', %good, sub => 42));
put('sub_empty', EthdataToken::token('one', %good, sub => ''));
put('sub_long', EthdataToken::token('one', %good, sub => 'x' x 1001));
put('exp_date', EthdataToken::token('one', %good, exp => '2999-01-01'));
put('exp_word', EthdataToken::token('one', %good, exp => 'infinity'));
put('exp_month', EthdataToken::token('one', %good, exp => '2999-13-01T00:00:00Z'));
put('exp_number', EthdataToken::token('one', %good, exp => 32472144000));
put('exp_local', EthdataToken::token('one', %good, exp => '2999-01-01T00:00:00'));
put('once_no_iat', EthdataToken::token('once', %good, jti => '1'));
put('once_no_jti', EthdataToken::token('once', %good, iat => '2020-01-01T00:00:00Z'));
put('once_long', EthdataToken::token('once', %good, iat => '2020-01-01T00:00:00Z', jti => '1'));
put('self_42', EthdataToken::token('one', %good, purpose => 'self', sub => '42'));
put('self_43', EthdataToken::token('one', %good, purpose => 'self', sub => '43'));
put('self_42_customer', EthdataToken::token('one', %good, purpose => 'self', sub => '42', class => 'crm.customer'));
put('self_42_employee', EthdataToken::token('one', %good, purpose => 'self', sub => '42', class => 'hr.employee'));
put('self_42_nobody', EthdataToken::token('one', %good, purpose => 'self', sub => '42', class => 'crm.nobody'));
put('self_word', EthdataToken::token('one', %good, purpose => 'self', sub => 'anna'));
