/*
 * protect.c
 *		Starts the protect room; each file says what it does.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "consent/consent.h"
#include "protect/protect.h"

/* Does the current user read these columns, in every row, without a rule between? */
static bool
reads_as_is(Oid relid, int n, const AttrNumber *columns)
{
	const EthTableRules *rules;
	bool		as_is;
	int			i;

	eth_protect_rules_pin();
	rules = eth_protect_rules(relid);
	as_is = rules == NULL || rules->enforcement != ETH_ENFORCE_ENFORCE ||
		eth_protect_is_exempt(rules, GetUserId());
	if (!as_is)
	{
		as_is = !rules->rows;
		for (i = 0; i < n && as_is; i++)
			as_is = !eth_protect_is_guarded(rules, columns[i]);
	}
	eth_protect_rules_unpin();
	return as_is;
}

void
eth_protect_init(void)
{
	eth_protect_rules_init();
	eth_protect_label_init();
	eth_protect_observed_init();
	eth_consent_adopt_register(reads_as_is);
}
