# Tokens for tests: PASETO v4.public, signed by OpenSSL with keys that are no secret.

package EthdataToken;

use strict;
use warnings;

use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);

# The seed of a TEST key is 32 times this byte; nobody trusts it elsewhere.
my %seeds = (one => "\x01", two => "\x02", once => "\x03", other => "\x04");
my $dir = tempdir(CLEANUP => 1);
my %pems;

sub file
{
	my ($name, $content) = @_;
	my $path = "$dir/$name";

	open(my $fh, '>:raw', $path) or die "$path: $!";
	print $fh $content;
	close($fh) or die "$path: $!";
	return $path;
}

# RFC 8410: the DER of a private key is this prefix and the seed.
sub pem
{
	my ($key) = @_;

	die "no test key $key" unless defined $seeds{$key};
	$pems{$key} //= do
	{
		my $der = pack('H*', '302e020100300506032b657004220420') . $seeds{$key} x 32;

		file("$key.pem", "-----BEGIN PRIVATE KEY-----\n" . MIME::Base64::encode_base64($der, '') . "\n-----END PRIVATE KEY-----\n");
	};
	return $pems{$key};
}

# public_key(key) -> 64 hexadecimal digits
sub public_key
{
	my $pem = pem($_[0]);
	my $der = `openssl pkey -in $pem -pubout -outform DER`;

	return unpack('H*', substr($der, -32));
}

sub pae
{
	return pack('Q<', scalar @_) . join('', map { pack('Q<', length $_) . $_ } @_);
}

# sign_text(key, payload, footer, implicit assertion) -> token; footer undef: none
sub sign_text
{
	my ($key, $payload, $footer, $implicit) = @_;
	my $pem = pem($key);
	my $message = file('message', pae('v4.public.', $payload, $footer // '', $implicit // ''));
	my $signature = `openssl pkeyutl -sign -rawin -inkey $pem -in $message`;

	die 'openssl signed nothing' unless length $signature == 64;
	return 'v4.public.' . encode_base64url($payload . $signature) .
	  (defined $footer ? '.' . encode_base64url($footer) : '');
}

# token(key, claims) -> token with footer {"kid": key}; the order of claims is that of their names
sub token
{
	my ($key, %claims) = @_;

	return sign_text($key, JSON::PP->new->canonical->encode(\%claims), qq({"kid":"$key"}));
}

# now and then, as claims have them
sub at
{
	my ($seconds) = @_;
	my @t = gmtime(time() + $seconds);

	return sprintf('%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ]);
}

1;
