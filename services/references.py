"""Short codes that people read aloud, type and put on a bank transfer."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals that are not mistaken for one another on paper or on the telephone."""


def new_reference(prefix: str) -> str:
    """A random reference such as `L7K3QX9M`: the prefix letter and seven characters (30^7 possibilities)."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(7))
