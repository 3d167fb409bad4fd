/*
 * protect.c
 *		Starts the protect room; each file says what it does.
 */
#include "postgres.h"

#include "protect/protect.h"

void
eth_protect_init(void)
{
	eth_protect_rules_init();
	eth_protect_label_init();
	eth_protect_observed_init();
}
