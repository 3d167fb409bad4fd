#!/usr/bin/env python3
"""Known answers for fakes, noise and pseudonyms of a purpose, by another implementation.

Prints what test/t/020_key_file.pl expects: Python's hashlib alone, no libsodium.
Each mask has a key of its own, BLAKE2b of its label keyed with the key for masks;
the value's bytes keyed with that give four numbers of 64 bits, big-endian.  The
words of the fakes are read from src/mask/fake_*.c.
"""
import hashlib
import os
import re
import struct
from fractions import Fraction

from mask_hash import derive, key_id, text


def own_key(master, label):
    return hashlib.blake2b(label.encode(), digest_size=32, key=derive(master, b"eth_mask")).digest()


def numbers(master, label, data):
    return struct.unpack(">4Q", hashlib.blake2b(data, digest_size=32, key=own_key(master, label)).digest())


def words(locale, name):
    path = os.path.join(os.path.dirname(__file__), "../../src/mask/fake_%s.c" % locale)
    with open(path, encoding="utf-8") as source:
        body = re.search(r"\b%s\[\] = \{(.*?)\};" % name, source.read(), re.S).group(1)
    return re.findall(r'"([^"]*)"', body)


def pick(locale, name, number):
    choice = words(locale, name)
    return choice[number % len(choice)]


ASCII = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"}


def ascii_only(name):
    return "".join(c for c in "".join(ASCII.get(c, c) for c in name).lower() if "a" <= c <= "z")


def fakes(master, value, locale):
    def draw(kind):
        return numbers(master, "fake_" + kind, value.encode())

    n = draw("full_name")
    full = pick(locale, "first_names", n[0]) + " " + pick(locale, "last_names", n[1])
    n = draw("street")
    street, number = pick(locale, "streets", n[0]), n[1] % 120 + 1
    street = "%d %s" % (number, street) if locale in ("en", "fr") else "%s %d" % (street, number)
    city = pick(locale, "cities", draw("city")[0])
    n = draw("company")
    company = "%s%s%s %s" % (pick(locale, "last_names", n[0]), {"fr": " et ", "es": " y "}.get(locale, " & "),
                             pick(locale, "last_names", n[1]), pick(locale, "legal_forms", n[2]))
    return [pick(locale, "first_names", draw("first_name")[0]), pick(locale, "last_names", draw("last_name")[0]),
            full, street, city, company]


def fake_email(master, value, locale):
    n = numbers(master, "fake_email", value.encode())
    return "%s.%s%d@%s" % (ascii_only(pick(locale, "first_names", n[0])), ascii_only(pick(locale, "last_names", n[1])),
                           n[2] % 999 + 1, ["example.com", "example.net", "example.org"][n[3] % 3])


def noise_int(master, value, ratio):
    n = numbers(master, "noise_int", struct.pack(">dq", ratio, value))[0]
    size = ~value if value < 0 else value
    if size == 0:
        return value
    most = max(1, min(int(float(size) * ratio), size))
    shift = (n >> 1) % (most + 1)
    size = size + shift if n & 1 and size + shift < 1 << size.bit_length() else size - shift
    return ~size if value < 0 else size


def noise_date(master, days_since_2000, days):
    n = numbers(master, "noise_date", struct.pack(">Qq", days, days_since_2000))[0]
    return n % (2 * days + 1) - days


def noise_numeric(master, value, ratio, decimals):
    n = numbers(master, "noise_numeric", struct.pack(">d", ratio) + value.encode())[0]
    shift = (abs(Fraction(value)) * Fraction(str(ratio)) + Fraction(1, 10 ** decimals)) * (n >> 11) / (1 << 53)
    shift = Fraction(int(shift * 10 ** decimals), 10 ** decimals)
    size = abs(Fraction(value))
    size = size + shift if n & 1 and size + shift < Fraction(95, 100) * 10 ** len(value.split(".")[0]) else size - shift
    return "%.*f" % (decimals, size)


def hash_purpose(master, value, purpose):
    return text(key_id(master) + hashlib.blake2b(value.encode(), digest_size=16,
                                                 key=own_key(master, "hash_purpose " + purpose)).digest())


if __name__ == "__main__":
    first = bytes(range(32))
    for locale in ("en", "de", "fr", "es"):
        print("|".join(fakes(first, "Anna Berg", locale)))
    print("|".join(fake_email(first, "anna@example.com", locale) for locale in ("en", "de")))
    print("|".join(str(noise_int(first, value, 0.1)) for value in (52340, -52340, 7, 2147483647)))
    print(noise_numeric(first, "52340.99", 0.1, 2))
    print("|".join(str(noise_date(first, days, 30)) for days in (0, 9572)))
    print(hash_purpose(first, "anna@example.com", "billing"))
