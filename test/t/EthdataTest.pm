
# EthdataTest -- what the TAP tests share: servers of their own that have this
# tree's ethdata staged and preloaded, with a key file.
#
#	my $node = EthdataTest::new_node('primary');	# not started yet
#	my $node = EthdataTest::start_node('primary');	# started, ethdata created in "postgres"
#
# run-tests passes the settings for the staged files in ETHDATA_STAGED_CONF; without
# it the installed extension is used.

package EthdataTest;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

# the settings that let a server find the staged extension, as configuration lines
sub staged_settings
{
	my $file = $ENV{ETHDATA_STAGED_CONF};

	return '' unless defined $file;
	return slurp_file($file);
}

# write_key(path) -- a master key of 32 random bytes, as ethdata wants it
sub write_key
{
	my ($path) = @_;

	open(my $in, '<:raw', '/dev/urandom') or die "/dev/urandom: $!";
	read($in, my $key, 32) == 32 or die "short read of /dev/urandom";
	close($in);
	open(my $out, '>:raw', $path) or die "$path: $!";
	chmod(0600, $path) or die "$path: $!";
	print $out $key;
	close($out) or die "$path: $!";
	return $path;
}

# new_node(name, option => value...) -- a node after initdb.  Options: preload (the
# value of shared_preload_libraries, default ethdata; '' for none), key (0 for no
# key file), settings (more lines), init (arguments of the node's init, by reference)
sub new_node
{
	my ($name, %option) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	my $preload = $option{preload} // 'ethdata';

	$node->init(@{ $option{init} // [] });
	$node->append_conf('postgresql.conf', staged_settings());
	$node->append_conf('postgresql.conf',
		"shared_preload_libraries = '$preload'\n");
	if ($option{key} // 1)
	{
		my $key = write_key($node->basedir . '/key');

		$node->append_conf('postgresql.conf', "ethdata.key_file = '$key'\n");
	}
	$node->append_conf('postgresql.conf', $option{settings})
	  if defined $option{settings};
	return $node;
}

# start_node(name, options of new_node) -- the same, started, with the extension
sub start_node
{
	my $node = new_node(@_);

	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION ethdata');
	return $node;
}

1;
