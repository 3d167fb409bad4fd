/*
 * fake.h
 *		The words that fakes are made of: one EthFakeLocale in each fake_*.c.
 */
#ifndef ETH_MASK_FAKE_H
#define ETH_MASK_FAKE_H

#include "postgres.h"

typedef struct EthFakeList
{
	const char *const *words;
	int			n;
} EthFakeList;

#define ETH_FAKE_LIST(array) {array, lengthof(array)}

typedef struct EthFakeLocale
{
	const char *code;			/* ISO 639-1 */
	EthFakeList first_names;
	EthFakeList last_names;
	EthFakeList streets;
	EthFakeList cities;
	EthFakeList legal_forms;
	const char *conjunction;	/* between the names in a company's */
	bool		number_first;	/* 12 Oak Street, not Lindenstrasse 12 */
} EthFakeLocale;

extern const EthFakeLocale eth_fake_en;
extern const EthFakeLocale eth_fake_de;
extern const EthFakeLocale eth_fake_fr;
extern const EthFakeLocale eth_fake_es;

#endif							/* ETH_MASK_FAKE_H */
