/*
 * ip.c
 *		Masks for network addresses: mask_ip().
 *
 * The result is the network that the address lies in, always with the prefix
 * length asked for: a netmask that the value brings along is not shown.
 *
 * Some IPv6 addresses hold an IPv4 address.  Of that no more is shown than the
 * prefix for IPv4 allows: the first 48 bits of a 6to4 address would give the
 * whole IPv4 address away.
 */
#include "postgres.h"

#include <sys/socket.h>

#include "fmgr.h"
#include "utils/inet.h"

#include "mask/internal.h"

PG_FUNCTION_INFO_V1(ethdata_mask_ip);

#define IPV4_BITS 32
#define IPV6_BITS 128

bool
eth_mask_prefix_is_good(int32 ipv4, int32 ipv6)
{
	/* the full length would hide nothing */
	return ipv4 >= 0 && ipv4 < IPV4_BITS && ipv6 >= 0 && ipv6 < IPV6_BITS;
}

/* embedded_at -- the bit of an IPv6 address at which an IPv4 address starts, or IPV6_BITS. */
static int
embedded_at(const unsigned char *addr)
{
	static const unsigned char zeros[8] = {0};
	static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	static const unsigned char nat64_local[6] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
	static const unsigned char teredo[4] = {0x20, 0x01, 0x00, 0x00};
	static const unsigned char isatap[3] = {0x00, 0x5e, 0xfe};

	/* 6to4 */
	if (addr[0] == 0x20 && addr[1] == 0x02)
		return 16;

	/*
	 * Teredo: of the relay, which comes first; port and address of the client
	 * stand behind it
	 */
	if (memcmp(addr, teredo, sizeof(teredo)) == 0)
		return 32;
	/* the translators of a site put it after their prefix of 48 bits or more */
	if (memcmp(addr, nat64_local, sizeof(nat64_local)) == 0)
		return 48;
	/* IPv4-mapped, IPv4-compatible, IPv4-translated; NAT64; ISATAP */
	if (memcmp(addr, zeros, sizeof(zeros)) == 0 ||
		memcmp(addr, nat64, sizeof(nat64)) == 0 ||
		((addr[8] & ~0x02) == 0 && memcmp(addr + 9, isatap, sizeof(isatap)) == 0))
		return 96;
	return IPV6_BITS;
}

/*
 * ethdata.mask_ip(value inet, ipv4_prefix integer, ipv6_prefix integer) -> inet
 * ethdata.mask_ip(value cidr, ipv4_prefix integer, ipv6_prefix integer) -> cidr
 *		The network of that prefix length (0 to 31, 0 to 127) that holds the
 *		address.  NULL for another prefix length.  Raises nothing; NULL for NULL.
 */
Datum
ethdata_mask_ip(PG_FUNCTION_ARGS)
{
	inet	   *value = PG_GETARG_INET_PP(0);
	int32		ipv4 = PG_GETARG_INT32(1);
	int32		ipv6 = PG_GETARG_INT32(2);
	inet	   *result;
	int			kept;
	int			i;

	if (!eth_mask_prefix_is_good(ipv4, ipv6))
		PG_RETURN_NULL();

	result = palloc0(sizeof(inet));
	ip_family(result) = ip_family(value);
	if (ip_family(value) == PGSQL_AF_INET)
		ip_bits(result) = kept = ipv4;
	else if (ip_family(value) == PGSQL_AF_INET6)
	{
		ip_bits(result) = ipv6;
		kept = Min(ipv6, embedded_at(ip_addr(value)) + ipv4);
	}
	else
		PG_RETURN_NULL();

	for (i = 0; i < ip_addrsize(result); i++)
	{
		int			bits = Max(Min(kept - 8 * i, 8), 0);

		ip_addr(result)[i] = ip_addr(value)[i] & (0xff << (8 - bits) & 0xff);
	}
	SET_INET_VARSIZE(result);

	PG_RETURN_INET_P(result);
}
