/*
 * layout.c
 *		Layouts of GPP sections, from their text.
 *
 * Those that are shipped are parsed at the first use of a process, 30
 * microseconds for all, and kept.
 */
#include "iab/layout.h"

#define MOST_SHIPPED 64

/* A number at the text, which moves behind it; -1 when there is none up to most. */
static int
read_number(const char **text, int most)
{
	int			number = 0;

	if (**text < '0' || **text > '9')
		return -1;
	while (**text >= '0' && **text <= '9')
	{
		number = number * 10 + (**text - '0');
		if (number > most)
			return -1;
		(*text)++;
	}
	return number;
}

/* Does the text go on with this word?  Then it moves behind it. */
static bool
read_word(const char **text, const char *word)
{
	size_t		length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

static bool
read_type(EthGppField *field, const char **text)
{
	int			n;

	if (read_word(text, "bool"))
	{
		field->type = ETH_GPP_BOOL;
		field->bits = 1;
	}
	else if (read_word(text, "letters"))
	{
		field->type = ETH_GPP_LETTERS;
		field->bits = 12;
	}
	else if (read_word(text, "time"))
	{
		field->type = ETH_GPP_TIME;
		field->bits = 36;
	}
	else if (read_word(text, "idset"))
		field->type = ETH_GPP_ID_SET;
	else if (read_word(text, "restrictions"))
		field->type = ETH_GPP_RESTRICTIONS;
	else if (read_word(text, "customset"))
		field->type = ETH_GPP_CUSTOM_SET;
	else
	{
		field->type = read_word(text, "set") ? ETH_GPP_SET : ETH_GPP_NUMBER;
		n = read_number(text, 36);
		if (n < 1)
			return false;
		field->bits = (uint8) n;
	}
	if (field->type == ETH_GPP_NUMBER && read_word(text, "*"))
	{
		field->type = ETH_GPP_LIST;
		n = read_number(text, 64);
		if (n < 1)
			return false;
		field->count = (uint8) n;
		if (read_word(text, "/"))
		{
			n = read_number(text, field->count - 1);
			if (n < 1)
				return false;
			field->older = (uint8) n;
		}
	}
	if (field->type == ETH_GPP_NUMBER && read_word(text, "="))
	{
		n = read_number(text, 255);
		if (n < 0)
			return false;
		field->absent = (uint8) n;
	}
	return true;
}

static bool
is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* name:type */
static bool
read_field(EthGppLayout *layout, const char **text)
{
	EthGppField *field = &layout->field[layout->fields];
	int			segment = layout->segments - 1;
	int			i;

	memset(field, 0, sizeof(*field));
	field->name = *text;
	field->segment = (uint8) segment;
	while (is_name_char(**text))
		(*text)++;
	if (*text == field->name || *text - field->name > ETH_GPP_NAME || **text != ':')
		return false;
	field->length = (uint8) (*text - field->name);
	for (i = 0; i < layout->fields; i++)
		if (layout->field[i].length == field->length &&
			memcmp(layout->field[i].name, field->name, field->length) == 0)
			return false;
	(*text)++;
	if (!read_type(field, text))
		return false;
	layout->fields++;
	/* where the numbers of a custom set are, a number must stand before it */
	if (field->type == ETH_GPP_CUSTOM_SET &&
		(layout->fields < 2 || field[-1].segment != segment ||
		 (field[-1].type != ETH_GPP_NUMBER && field[-1].type != ETH_GPP_CUSTOM_SET)))
		return false;
	layout->bits[segment] += field->bits * Max(field->count, 1);
	if (segment == 0)
		layout->older_bits += field->bits * Max(field->older ? field->older : field->count, 1);
	return true;
}

/*
 * Reads a layout; the text and the name must live as long as it.
 */
bool
eth_gpp_parse_layout(EthGppLayout *layout, int id, const char *name, const char *text,
					 EthIabError *error)
{
	const char *start = text;
	int			n;

	memset(layout, 0, sizeof(*layout));
	layout->id = id;
	layout->name = name;
	layout->segments = 1;
	if (strcmp(text, "tc") == 0 || strcmp(text, "usp") == 0)
	{
		layout->kind = *text == 't' ? ETH_GPP_TC : ETH_GPP_USP;
		return true;
	}
	for (;;)
	{
		while (*text == ' ')
			text++;
		if (*text == '\0')
			break;
		if (*text == '|')
		{
			text++;
			if (layout->segments >= ETH_GPP_SEGMENTS)
				return eth_iab_fail(error, "The layout has more than %d sub-sections.", ETH_GPP_SEGMENTS - 1);
			if (*text >= '0' && *text <= '9')
			{
				n = read_number(&text, 7);
				if (n < 1)
					return eth_iab_fail(error, "The layout is not understood at character %d.", (int) (text - start) + 1);
				layout->tag[layout->segments] = (uint8) n;
			}
			layout->segments++;
			continue;
		}
		if (layout->fields >= ETH_GPP_FIELDS)
			return eth_iab_fail(error, "The layout has more than %d fields.", ETH_GPP_FIELDS);
		if (!read_field(layout, &text) || (*text != ' ' && *text != '\0' && *text != '|'))
			return eth_iab_fail(error, "The layout is not understood at character %d.", (int) (text - start) + 1);
	}
	if (layout->fields == 0 || layout->field[0].segment != 0)
		return eth_iab_fail(error, "The layout has no fields.");
	return true;
}

/*
 * The layout of a shipped section; NULL when the id is none of them.
 */
const EthGppLayout *
eth_gpp_layout(int id)
{
	static EthGppLayout layouts[MOST_SHIPPED];
	static bool parsed = false;
	int			i;

	if (!parsed)
	{
		EthIabError error;

		for (i = 0; i < Min(eth_gpp_n_shipped, MOST_SHIPPED); i++)
			if (!eth_gpp_parse_layout(&layouts[i], eth_gpp_shipped[i].id, eth_gpp_shipped[i].name,
									  eth_gpp_shipped[i].layout, &error))
				layouts[i].id = -1; /* the test of the shipped layouts says so */
		parsed = true;
	}
	/* ids count from 1 without many gaps */
	for (i = Min(id, eth_gpp_n_shipped) - 1; i >= 0; i--)
	{
		if (layouts[i].id == id)
			return &layouts[i];
		if (layouts[i].id < id)
			break;
	}
	return NULL;
}

/* The field of that name; NULL when there is none. */
const EthGppField *
eth_gpp_field(const EthGppLayout *layout, const char *name)
{
	size_t		length = strlen(name);
	int			i;

	for (i = 0; i < layout->fields; i++)
		if (layout->field[i].length == length && memcmp(layout->field[i].name, name, length) == 0)
			return &layout->field[i];
	return NULL;
}
