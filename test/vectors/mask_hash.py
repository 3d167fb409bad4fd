#!/usr/bin/env python3
"""Known answers for ethdata.mask_hash() and key ids, by another implementation.

Prints what test/t/020_key_file.pl expects: Python's hashlib alone, no libsodium.
crypto_kdf is BLAKE2b with the master as key, the subkey number as salt and the
context as personalisation; the pseudonym is base64url of 6 bytes of key id and
16 bytes of BLAKE2b keyed with the derived key.
"""
import base64
import hashlib


def derive(master, context):
    return hashlib.blake2b(b"", digest_size=32, key=master,
                           salt=(1).to_bytes(8, "little") + bytes(8),
                           person=context + bytes(8)).digest()


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_id(master):
    return derive(master, b"eth_kid_")[:6]


def mask_hash(master, value):
    return text(key_id(master) + hashlib.blake2b(value.encode(), digest_size=16,
                                                 key=derive(master, b"eth_mask")).digest())


if __name__ == "__main__":
    for name, master in (("first", bytes(range(32))), ("second", bytes(range(32, 64)))):
        print(name, master.hex(), text(key_id(master)))
        for value in ("", "anna@example.com", "Ärger", "x" * 1000):
            print("   ", repr(value[:20]), len(value), mask_hash(master, value))
