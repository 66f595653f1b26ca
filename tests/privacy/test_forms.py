"""Both forms of a record, whose it is, and how it is erased."""

from __future__ import annotations

import json

import pytest

from amity.privacy.customers import customer_id
from amity.privacy.erasure import Erasure, Subject, owner_of
from amity.privacy.failures import CannotOpen, NothingToErase
from amity.privacy.forms import Privacy, canonical
from amity.privacy.keys import MasterKey, MemoryKeyStore
from amity.privacy.policy import DEFAULT_POLICY
from amity.privacy.sealing import Sealed, Sealer


@pytest.fixture
def privacy(redactor) -> Privacy:
    return Privacy(redactor(), Sealer([MasterKey(b"k" * 32)], MemoryKeyStore(), lambda: 1))


def test_the_view_shows_nobody_and_the_sealed_form_gives_everything_back(privacy, document):
    original = document("I am Ana, a@b.io")
    forms = privacy.forms(original, "record-1")
    assert "a@b.io" not in json.dumps(forms.view)
    assert b"ana-77812" not in forms.sealed.data
    assert privacy.original(forms.sealed, "record-1") == original
    assert forms.unclassified == 0


def test_records_of_one_customer_share_a_reference_that_is_not_their_id(privacy, document):
    first, second = (privacy.forms(document(text), text) for text in ("a", "b"))
    assert first.customer_ref == second.customer_ref == privacy.customer_ref("ana-77812")
    assert "ana" not in first.customer_ref
    assert first.sealed.key_ref == second.sealed.key_ref == f"{first.customer_ref}.1"


def test_a_conversation_without_a_customers_own_id_has_a_key_of_its_own(privacy, document):
    originals = [document("x"), document("x")]
    for number, original in enumerate(originals):
        original["conversation"]["id"] = f"conv-{number}"
        original["conversation"]["participants"][0]["id"] = "customer"
    forms = [privacy.forms(original, "r") for original in originals]
    assert [each.customer_ref for each in forms] == ["", ""]
    assert forms[0].sealed.key_ref != forms[1].sealed.key_ref
    erasure = Erasure(Subject.CONVERSATION, "conv-0", "asked by letter")
    privacy.sealer.erase(owner_of(erasure, privacy))
    with pytest.raises(CannotOpen):
        privacy.original(forms[0].sealed, "r")
    assert privacy.original(forms[1].sealed, "r") == originals[1]


def test_an_erasure_is_told_without_the_id(privacy, document):
    privacy.forms(document("x"), "r")
    erasure = Erasure(Subject.CUSTOMER, "ana-77812", "asked by letter", "dpo")
    owner = owner_of(erasure, privacy)
    told = erasure.body(owner, privacy.sealer.erase(owner), views=3)
    assert "ana-77812" not in json.dumps(told)
    assert told["keyRefs"] == [f"{owner}.1"]
    assert (told["reason"], told["viewsDropped"], told["subject"]) == (
        "asked by letter",
        3,
        "customer",
    )


@pytest.mark.parametrize(("id_", "reason"), [("", "why"), ("ana", " ")])
def test_an_erasure_needs_an_id_and_a_reason(privacy, id_, reason):
    with pytest.raises(NothingToErase, match="needs an id and a reason"):
        owner_of(Erasure(Subject.CUSTOMER, id_, reason), privacy)


def test_without_a_master_key_there_is_a_view_only_and_a_replay_says_so(redactor, document):
    privacy = Privacy(redactor(), None)
    forms = privacy.forms(document("x"), "r")
    assert forms.sealed is None
    assert forms.customer_ref
    with pytest.raises(CannotOpen, match="E121 there is no master key"):
        privacy.original(Sealed(b"", "h:1.1"), "r")


def test_canonical_bytes_are_the_same_for_the_same_content():
    assert canonical({"b": 1, "a": {"d": 2, "c": "é"}}) == '{"a":{"c":"é","d":2},"b":1}'.encode()
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("participant", "attributes", "wanted"),
    [
        ("ana.lopez", {}, "ana.lopez"),
        ("ana.lopez", {"customer_id": "C-1"}, "C-1"),
        ("ana.lopez", {"customerId": 88121.0}, "88121"),
        ("ana.lopez", {"customer_id": ""}, "ana.lopez"),
        ("customer", {}, ""),
        ("p1", {}, ""),
        ("1", {}, ""),
    ],
)
def test_whose_conversation_it_is(document, participant, attributes, wanted):
    conversation = document("x", **attributes)["conversation"]
    conversation["participants"][0]["id"] = participant
    assert customer_id(conversation, DEFAULT_POLICY) == wanted
