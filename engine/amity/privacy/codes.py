"""Every code of privacy (E1xx): its file, its keys, what is sealed and what is erased."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODES"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "E101": "the file is of another kind or version",
        "E102": "an action cannot be taken on this field",
        "E103": "a path of an attribute is not one",
        "E104": "a place of the customer's id is not one",
        "E105": "a country, a telephone region or a kind is not known",
        "E106": "a time or a severity of retention is not one",
        "E110": "a reference to a secret is not one",
        "E111": "a secret cannot be read",
        "E112": "others can read a secret's file",
        "E113": "a master key is not 32 bytes in base64",
        "E120": "the key was destroyed, so that what it sealed cannot be opened",
        "E121": "there is no master key that opens the data key",
        "E122": "what was sealed is damaged, or belongs to another record",
        "E123": "there is no key for what was sealed",
        "E124": "there is nothing to erase",
        "E130": "the recognisers of personal data cannot be loaded",
    }
)
"""What each code means, in the words of docs/privacy.md."""
