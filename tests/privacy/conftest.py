"""Recognisers, loaded once for all tests, and documents to redact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amity.privacy.kinds import COUNTRIES
from amity.privacy.loading import Loading
from amity.privacy.policy import DEFAULT_POLICY, PrivacyPolicy
from amity.privacy.pseudonyms import Pseudonyms
from amity.privacy.recognisers import Recognisers
from amity.privacy.redactor import Redactor


@pytest.fixture(scope="session")
def loading() -> Loading:
    """What is looked for by default, ready."""
    recognise = DEFAULT_POLICY.recognise
    loading = Loading(recognise.countries, recognise.phone_regions)
    assert loading.wait(60), loading.problem
    return loading


@pytest.fixture(scope="session")
def everywhere() -> Recognisers:
    """The recognisers of all countries."""
    loading = Loading(COUNTRIES, ("US", "GB", "DE", "FR", "IN", "AU", "BR"))
    assert loading.wait(60), loading.problem
    assert loading.recognisers
    return loading.recognisers


@pytest.fixture
def redactor(loading: Loading) -> Callable[..., Redactor]:
    def build(policy: PrivacyPolicy = DEFAULT_POLICY) -> Redactor:
        return Redactor(Pseudonyms(bytes(32)), policy, loading)

    return build


@pytest.fixture
def document() -> Callable[..., dict[str, Any]]:
    """A conversation of a customer, who speaks first, and an agent."""

    def build(*texts: str, name: str = "Ana López", **attributes: Any) -> dict[str, Any]:
        return {
            "conversation": {
                "id": "conv-1",
                "channel": "CHANNEL_CHAT",
                "participants": [
                    {"id": "ana-77812", "role": "ROLE_CUSTOMER", "displayName": name},
                    {
                        "id": "tom.reed",
                        "role": "ROLE_AGENT",
                        "displayName": "Tom Reed",
                        "team": "north",
                    },
                ],
                "turns": [
                    {"participantId": ("ana-77812", "tom.reed")[at % 2], "text": text}
                    for at, text in enumerate(texts)
                ],
                "attributes": attributes,
            }
        }

    return build


@pytest.fixture
def redacted_text(redactor, document) -> Callable[..., str]:
    """The first turn's text after redaction."""

    def redact(text: str, policy: PrivacyPolicy = DEFAULT_POLICY, name: str = "Ana López") -> str:
        view = redactor(policy).redact(document(text, name=name))
        return view["conversation"]["turns"][0]["text"]

    return redact
