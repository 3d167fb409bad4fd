/*
 * source.h
 *		Private to the crypto room: where master keys come from.
 */
#ifndef ETH_CRYPTO_SOURCE_H
#define ETH_CRYPTO_SOURCE_H

#include "crypto/crypto.h"

/* More than ETH_MAX_MASTERS lines of 64 digits with CR and LF; anything longer is not a key. */
#define ETH_SOURCE_BYTES	2048

/*
 * Why there is no key.  Kept as a value, because masks must not raise.
 * Message, detail and hint go to clients and name no path; the log gets
 * log_detail, with the path or command.
 */
typedef struct EthKeyProblem
{
	const char *message;		/* NULL: no problem */
	const char *hint;
	char		detail[256];
	char		log_detail[MAXPGPATH + 256];
} EthKeyProblem;

/*
 * Read a source into buffer (ETH_SOURCE_BYTES).  Returns the length, or -1
 * and the problem.  The caller wipes the buffer.
 */
extern int	eth_crypto_read_file(const char *path, char *buffer, EthKeyProblem *problem);
extern int	eth_crypto_read_command(const char *command, char *buffer, EthKeyProblem *problem);

/*
 * Split a source into masters: exactly 32 raw bytes, or lines of 64
 * hexadecimal digits.  Returns how many, or -1 and the problem.  Pure.
 */
extern int	eth_crypto_parse_masters(const char *data, int len, uint8 masters[][ETH_KEY_BYTES], EthKeyProblem *problem);

#endif							/* ETH_CRYPTO_SOURCE_H */
