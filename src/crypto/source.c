/*
 * source.c
 *		Reading master keys from a file or from a command's output.
 *
 * A key file must be a regular file that belongs to the server's user or to
 * root, and nobody else may have any right to it.  It is examined through the
 * open descriptor, so that it cannot be exchanged in between.  Symbolic links
 * are followed (secret stores mount them).  A relative path is relative to the
 * data directory, as for every file of the server.
 *
 * A key command is run by the shell as the server's user, without arguments of
 * ours, as core runs ssl_passphrase_command.  What it writes to standard
 * output is taken as the content of a key file.
 *
 * Nothing here raises an error for a bad source: the problem is a value.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "crypto/source.h"
#include "storage/fd.h"

enum
{
	HEX_DIGITS = 2 * ETH_KEY_BYTES
};

static const char *const make_key_hint =
"Make one with: head -c 32 /dev/urandom > key; chmod 0600 key. The server's user must own it.";

int
eth_crypto_read_file(const char *path, char *buffer, EthKeyProblem *problem)
{
	struct stat st;
	int			fd;
	int			len = 0;
	int			save_errno;

	snprintf(problem->log_detail, sizeof(problem->log_detail), "The key file is \"%s\".", path);

	/* O_NONBLOCK: a pipe put in the file's place must not stop the session */
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	if (fd < 0)
	{
		problem->message = "could not open the file that ethdata.key_file names";
		problem->hint = make_key_hint;
		snprintf(problem->detail, sizeof(problem->detail), "%s.", strerror(errno));
		return -1;
	}

	if (fstat(fd, &st) != 0)
	{
		save_errno = errno;
		CloseTransientFile(fd);
		problem->message = "could not examine the file that ethdata.key_file names";
		problem->hint = make_key_hint;
		snprintf(problem->detail, sizeof(problem->detail), "%s.", strerror(save_errno));
		return -1;
	}

	if (!S_ISREG(st.st_mode))
	{
		problem->message = "the file that ethdata.key_file names is not a regular file";
		problem->hint = make_key_hint;
	}
	else if (st.st_uid != geteuid() && st.st_uid != 0)
	{
		problem->message = "the key file has the wrong owner";
		problem->hint = "The file must belong to the server's user or to root.";
	}
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
	{
		problem->message = "the key file can be reached by others than its owner";
		problem->hint = "chmod 0600 it: neither group nor others may have any right. Consider the key known to them.";
		snprintf(problem->detail, sizeof(problem->detail), "Its mode is %04o.", (unsigned) (st.st_mode & 07777));
	}
	if (problem->message != NULL)
	{
		CloseTransientFile(fd);
		return -1;
	}

	while (len < ETH_SOURCE_BYTES)
	{
		ssize_t		got = read(fd, buffer + len, ETH_SOURCE_BYTES - len);

		if (got < 0)
		{
			if (errno == EINTR)
				continue;
			save_errno = errno;
			CloseTransientFile(fd);
			problem->message = "could not read the file that ethdata.key_file names";
			problem->hint = make_key_hint;
			snprintf(problem->detail, sizeof(problem->detail), "%s.", strerror(save_errno));
			return -1;
		}
		if (got == 0)
			break;
		len += (int) got;
	}
	CloseTransientFile(fd);

	return len;
}

int
eth_crypto_read_command(const char *command, char *buffer, EthKeyProblem *problem)
{
	FILE	   *stream;
	size_t		len;
	bool		failed;
	int			status;

	snprintf(problem->log_detail, sizeof(problem->log_detail), "The key command is \"%s\".", command);
	problem->hint = "Run the command of ethdata.key_command by hand as the server's user.";

	stream = OpenPipeStream(command, "r");
	if (stream == NULL)
	{
		problem->message = "could not run the command of ethdata.key_command";
		snprintf(problem->detail, sizeof(problem->detail), "%s.", strerror(errno));
		return -1;
	}

	/* our own buffer is the only one that may hold a key */
	setvbuf(stream, NULL, _IONBF, 0);
	len = fread(buffer, 1, ETH_SOURCE_BYTES, stream);
	failed = ferror(stream) != 0;
	status = ClosePipeStream(stream);

	if (failed || status == -1)
	{
		problem->message = "could not read what the command of ethdata.key_command writes";
		return -1;
	}
	if (status != 0)
	{
		char	   *reason = wait_result_to_str(status);

		problem->message = "the command of ethdata.key_command failed";
		snprintf(problem->detail, sizeof(problem->detail), "It ended so: %s.", reason);
		pfree(reason);
		return -1;
	}

	problem->hint = NULL;
	return (int) len;
}

int
eth_crypto_parse_masters(const char *data, int len, uint8 masters[][ETH_KEY_BYTES], EthKeyProblem *problem)
{
	int			count = 0;
	int			line = 0;
	const char *at = data;
	const char *end = data + len;
	int			i;
	int			j;

	problem->hint = "A key is 32 raw bytes, or 64 hexadecimal digits. Older keys may follow, a line of 64 digits each; the first is in use.";

	if (len == ETH_KEY_BYTES)
	{
		memcpy(masters[0], data, ETH_KEY_BYTES);
		count = 1;
	}
	else
	{
		while (at < end)
		{
			const char *newline = memchr(at, '\n', end - at);
			const char *stop = newline ? newline : end;
			size_t		got;

			line++;
			if (stop > at && stop[-1] == '\r')
				stop--;
			if (count == ETH_MAX_MASTERS)
			{
				problem->message = "the key source holds too many keys";
				snprintf(problem->detail, sizeof(problem->detail), "There may be %d.", ETH_MAX_MASTERS);
				return -1;
			}
			if (stop - at != HEX_DIGITS ||
				sodium_hex2bin(masters[count], ETH_KEY_BYTES, at, HEX_DIGITS, NULL, &got, NULL) != 0 ||
				got != ETH_KEY_BYTES)
			{
				/* the text between is secret: say where, never what */
				problem->message = "the key source does not hold a key";
				snprintf(problem->detail, sizeof(problem->detail),
						 "It has %d bytes, and line %d is not 64 hexadecimal digits.", len, line);
				return -1;
			}
			count++;
			at = newline ? newline + 1 : end;
		}
		if (count == 0)
		{
			problem->message = "the key source is empty";
			return -1;
		}
	}

	for (i = 0; i < count; i++)
	{
		if (sodium_is_zero(masters[i], ETH_KEY_BYTES))
		{
			problem->message = "the key source holds a key of zeros";
			return -1;
		}
		for (j = 0; j < i; j++)
		{
			if (eth_crypto_equal(masters[i], masters[j], ETH_KEY_BYTES))
			{
				problem->message = "the key source holds the same key twice";
				return -1;
			}
		}
	}

	problem->hint = NULL;
	return count;
}
