/*
 * self.c
 *		The person whom the token for purpose "self" names.
 *
 * Only the token says who that is: its claim "sub" is the key, as writers of consent
 * give it, and its claim "class" the code of the class.  A class that is not named
 * is the only one there is; the search_path, which whoever shows the token may set,
 * does not count.  An employee's number is no customer's.
 *
 * Kept for one token and one state of the classes.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "consent/class.h"
#include "consent/record.h"

static MemoryContext person_context = NULL;
static uint64 person_generation = 0;
static uint64 person_version = 0;
static int32 person_class;
static EthKey person_key;		/* its data may point into itself */
static bool person_known = false;

/* The class that the token means; NULL: there is none of this code, or it is not named and there are several. */
static const EthClass *
class_of(const EthToken *token)
{
	int			n = eth_consent_class_count();
	const EthClass *class;
	int			there = 0;
	int32		id = 0;
	int			i;

	for (i = 0; i < n && token->class == NULL; i++)
	{
		if (OidIsValid(eth_consent_class_relid_at(i)) && !eth_consent_class_dropped_at(i))
		{
			there++;
			id = eth_consent_class_id_at(i);
		}
	}
	if (token->class != NULL)
		id = eth_purpose_id(token->class);
	else if (there != 1)
		return NULL;
	class = eth_consent_class_by_id(id);
	return class == NULL || !OidIsValid(class->relid) || class->dropped || class->missing != NULL ||
		(token->class != NULL && strcmp(class->code, token->class) != 0) ? NULL : class;
}

/* set_token(): errors that say what is wrong, before anything rests on it. */
static void
check_token(const EthToken *token)
{
	const EthClass *class;
	EthClass	copy;
	EthKey		key;

	if (eth_purpose_id(token->purpose) != eth_purpose_id("self"))
		return;
	class = class_of(token);
	if (class == NULL && token->class == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("it is not known of which class of subjects the token's subject is"),
				 errdetail("The database has several classes, or none."),
				 errhint("Issue tokens with the claim \"class\", the code of the class in ethdata.subject_class."),
				 errhidestmt(true)));
	if (class == NULL)
		ereport(ERROR,
				(errcode(ETH_ERR_UNKNOWN),
				 errmsg("the class of subjects that the token names does not exist"),
				 errhint("The codes of classes are listed in ethdata.subject_class."),
				 errhidestmt(true)));
	eth_consent_class_copy(&copy, class);
	eth_consent_key_from_text(&key, &copy, token->subject);
}

static void
find_person(const EthToken *token)
{
	const EthClass *class = class_of(token);
	MemoryContext old;

	person_known = false;
	person_generation = eth_purpose_generation;
	person_version = eth_consent_cache_version;
	if (class == NULL)
		return;
	if (person_context == NULL)
		person_context = AllocSetContextCreate(TopMemoryContext, "ethdata self", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(person_context);
	old = MemoryContextSwitchTo(person_context);
	{
		EthClass	copy;
		EthKey		key;
		char	   *data;

		eth_consent_class_copy(&copy, class);
		eth_consent_key_from_text(&key, &copy, token->subject);
		data = palloc(Max(key.len, 1));
		memcpy(data, key.data, key.len);
		person_key.data = data;
		person_key.len = key.len;
		person_class = copy.id;
	}
	MemoryContextSwitchTo(old);
	person_known = true;
}

bool
eth_consent_self(int32 *class_id, EthKey *key)
{
	const EthToken *token = eth_purpose_token();

	if (token == NULL || strcmp(token->purpose, "self") != 0)
		return false;
	eth_consent_cache_refresh();
	if (person_generation != eth_purpose_generation || person_version != eth_consent_cache_version)
	{
		person_generation = 0;	/* until it is found, also after an error */
		find_person(token);
	}
	if (!person_known)
		return false;
	*class_id = person_class;
	*key = person_key;
	return true;
}

bool
eth_consent_is_self(int32 class_id, const EthKey *key)
{
	int32		own_class;
	EthKey		own;

	return eth_consent_self(&own_class, &own) && own_class == class_id &&
		own.len == key->len && memcmp(own.data, key->data, own.len) == 0;
}

bool
eth_consent_acts_for_self(void)
{
	int32		claimed;
	const EthPurpose *purpose = eth_purpose_if_in_force(GetUserId(), &claimed);

	return purpose != NULL && purpose->self;
}

void
eth_consent_self_init(void)
{
	eth_purpose_watch_tokens(check_token);
}
