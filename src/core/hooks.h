/*
 * hooks.h
 *		Installs ethdata's hooks; see hooks.c.
 */
#ifndef ETH_HOOKS_H
#define ETH_HOOKS_H

extern void eth_core_hooks_init(void);

#endif							/* ETH_HOOKS_H */
