-- The mask for addresses shows the network of a fixed length and nothing of the
-- rest: not the netmask that came with the value, and no IPv4 address through the
-- IPv6 address that holds it.
CREATE EXTENSION ethdata;

SELECT n, value, ethdata.mask_ip(value) FROM (VALUES
  (1, '192.168.5.77'::inet),
  (2, '192.168.5.77/32'),
  (3, '192.168.5.77/8'),
  (4, '192.168.5.77/0'),
  (5, '0.0.0.0'),
  (6, '255.255.255.255'),
  (7, '0.0.0.0/0'),
  (8, NULL),
  (9, '2001:db8:1:2:3:4:5:6'),
  (10, '2001:db8:1:2:3:4:5:6/64'),
  (11, '2001:db8:1:2:3:4:5:6/3'),
  (12, '::'),
  (13, '::1'),
  (14, 'fe80::1234:56ff:fe78:9abc'),
  (15, 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
) AS t (n, value) ORDER BY n;
-- the same for cidr, where the length is part of the value
SELECT n, value, ethdata.mask_ip(value), pg_typeof(ethdata.mask_ip(value)) FROM (VALUES
  (1, '192.168.5.0/24'::cidr),
  (2, '192.168.5.77'),
  (3, '10.0.0.0/8'),
  (4, '0.0.0.0/0'),
  (5, '2001:db8:1:2::/64'),
  (6, '2001:db8::/32'),
  (7, '::/0'),
  (8, NULL)
) AS t (n, value) ORDER BY n;
-- text of an address is one
SELECT ethdata.mask_ip('192.168.5.77'), pg_typeof(ethdata.mask_ip('192.168.5.77'));

-- every length, and those that hide nothing or mean nothing
SELECT string_agg(host(ethdata.mask_ip('255.255.255.255'::inet, n)), ' ' ORDER BY n) FROM generate_series(-1, 33) AS n;
SELECT n, ethdata.mask_ip('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'::inet, 24, n), ethdata.mask_ip('255.255.255.255'::inet, 24, n)
FROM unnest('{-2147483648,-1,0,1,7,8,9,16,48,64,127,128,129,2147483647,NULL}'::int[]) WITH ORDINALITY AS t (n, m) ORDER BY m;
SELECT n, ethdata.mask_ip('255.255.255.255'::inet, n), ethdata.mask_ip('2001:db8::'::inet, n)
FROM unnest('{-2147483648,-1,0,31,32,2147483647,NULL}'::int[]) WITH ORDINALITY AS t (n, m) ORDER BY m;
SELECT ethdata.mask_ip(value => '10.1.2.3'::inet, ipv4_prefix => 8), ethdata.mask_ip('2001:db8:1:2::3'::inet, ipv6_prefix => 32);
-- as core has it
SELECT count(*) FROM generate_series(0, 31) AS n, unnest('{192.168.5.77,255.255.255.255,1.2.3.4,128.0.0.1}'::inet[]) AS v
  WHERE ethdata.mask_ip(v, n) <> network(set_masklen(v, n));
SELECT count(*) FROM generate_series(0, 127) AS n, unnest('{2001:db8:1:2:3:4:5:6,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,8000::1}'::inet[]) AS v
  WHERE ethdata.mask_ip(v, 31, n) <> network(set_masklen(v, n));

-- two addresses of one network are one value: what a reader may group, sort and send by
SELECT count(DISTINCT ethdata.mask_ip(v)), count(DISTINCT ethdata.mask_ip(v)::text), count(DISTINCT inet_send(ethdata.mask_ip(v)))
FROM (SELECT set_masklen('192.168.5.0'::inet + n, m) AS v FROM generate_series(0, 255) AS n, generate_series(0, 32) AS m) AS t;
SELECT count(DISTINCT cidr_send(ethdata.mask_ip(v))) FROM unnest('{192.168.5.0/24,192.168.5.0/32,192.168.5.128/25,192.168.5.4/30}'::cidr[]) AS v;

-- IPv4 inside IPv6: 192.168.5.77 and 192.168.5.78 never differ, also where the prefix would let them
SELECT n, a, ethdata.mask_ip(a), ethdata.mask_ip(a, 24, 127), ethdata.mask_ip(a, 24, 127) = ethdata.mask_ip(b, 24, 127) AS same FROM (VALUES
  (1, '2002:c0a8:054d::1'::inet, '2002:c0a8:054e::1'::inet),
  (2, '2002:c0a8:054d:1:2:3:4:5', '2002:c0a8:054d:1:2:3:4:6'),
  (3, '::ffff:192.168.5.77', '::ffff:192.168.5.78'),
  (4, '::192.168.5.77', '::192.168.5.78'),
  (5, '::ffff:0:192.168.5.77', '::ffff:0:192.168.5.78'),
  (6, '64:ff9b::192.168.5.77', '64:ff9b::192.168.5.78'),
  (7, '64:ff9b:1:c0a8:5:4d00::', '64:ff9b:1:c0a8:5:4e00::'),
  (8, '2001:0:4136:e378:8000:63bf:3f57:fab2', '2001:0:4136:e378:8000:63bf:3f57:fab1'),
  (9, 'fe80::5efe:192.168.5.77', 'fe80::5efe:192.168.5.78'),
  (10, '2001:db8::200:5efe:192.168.5.77', '2001:db8::200:5efe:192.168.5.78'),
  (11, '2003:c0a8:054d::1', '2003:c0a8:054d::2')
) AS t (n, a, b) ORDER BY n;
SELECT ethdata.mask_ip('2002:c0a8:054d::1'::inet, 0, 48), ethdata.mask_ip('2002:c0a8:054d::1'::inet, 31, 48), ethdata.mask_ip('2002:c0a8:054d::1'::inet, 24, 20);
DROP EXTENSION ethdata;
