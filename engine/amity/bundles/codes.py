"""Every code of bundles (B2xx) and of signatures and keys (S2xx)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODES"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "B201": "the file cannot be read",
        "B202": "the file is not a bundle",
        "B203": "the file ends too early",
        "B204": "the file is damaged",
        "B205": "the bundle file itself is too large",
        "B206": "the files in it are too large together",
        "B207": "a file in it is too large",
        "B208": "there are too many files in it",
        "B209": "a name is absolute",
        "B210": "a name leads out of the bundle",
        "B211": "an entry is a link",
        "B212": "an entry is neither a file nor a link: a folder, a device, a pipe",
        "B213": "two files have the same name",
        "B214": "two names differ only in upper and lower case, or in how their letters are composed",
        "B215": "a name is not one that a file of a bundle may have",
        "B216": "there is no manifest",
        "B217": "the manifest cannot be read",
        "B218": "a file that the manifest lists is missing",
        "B219": "a file is not in the manifest",
        "B220": "a file is not the one that the manifest lists",
        "B221": "the digest in the manifest is not that of the files",
        "B222": "something follows the end of the bundle",
        "B223": "the bundle cannot be written",
        "B230": "the address is not one of a bundle",
        "B231": "the address cannot be reached",
        "B232": "the address did not answer in time",
        "B233": "the address answered with an error",
        "B234": "the address redirects too often, or to where it may not",
        "B235": "the answer is too large",
        "B236": "the authorization for an address cannot be had, or would not be safe",
        "B237": "the authorities to trust for an address cannot be read",
        "B240": "a case fails",
        "B241": "a plugin fails with these policies",
        "B242": "the policies could not be checked: the worker failed",
        "B243": "the policies could not be checked in time",
        "B244": "no earlier bundle is kept that could stand in",
        "B245": "the server does not reload: it was started with fixed policies",
        "B246": "too many bundles wait to be checked",
        "B247": "the policies could not be checked with the memory that is allowed",
        "S201": "the bundle is not signed",
        "S202": "the bundle is signed with a key that is not trusted",
        "S203": "the signature is not over this bundle",
        "S204": "the key has expired",
        "S205": "the signature has expired",
        "S206": "the signature cannot be read",
        "S207": "a private key cannot be used",
        "S208": "a public key cannot be used",
        "S209": "a key file is already there",
        "S210": "there are no trusted keys",
        "S211": "others can read the private key",
        "S212": "a folder cannot be signed",
    }
)
"""What each code means, in the words of docs/bundles.md."""
