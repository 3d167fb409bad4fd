/*
 * init.c
 *		The library of ethdata_iab: loaded by the first call of one of its functions.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
