"""Redaction on generated, held-out turns: precision, recall and cost beside Presidio alone.

    python tools/measure_redaction.py [--turns 2000] [--seed 7] [--share 0.3]

Turns are made from templates; SHARE of them hold personal data, as many hold near misses (prices,
dates, versions, order numbers), and the rest neither. The values are made by rules of their own:
checksums of cards, account and health numbers, example numbers of telephone plans. Presidio alone is
its AnalyzerEngine with a blank language model, and with our recognisers over whole turns.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import phonenumbers
import spacy
import tldextract.tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

from amity.privacy.finder import Budget, Finder, merged
from amity.privacy.loading import Loading
from amity.privacy.names import Names, Person
from amity.privacy.policy import DEFAULT_POLICY
from amity.privacy.recognisers import words_of

GIVEN = "Aoife Björn Chidi Dilnoza Ewa Fatou Giulia Hyun-woo Ines João Kavya Lars Mehmet Ngozi Oksana".split()  # fmt: skip  # noqa: SIM905
FAMILY = "Abernathy Brzęczyszczykiewicz Castellano Đorđević Eze Fernández Grünwald Haddad Ivanova Jónsson".split()  # fmt: skip  # noqa: SIM905
PLAIN = (
    "I have been waiting for ages and nobody answers",
    "Thank you, that is very kind of you",
    "I am so sorry that this happened, let me look into it",
    "The kettle broke the first time that we used it",
    "No, that is not what I was promised on the phone",
    "Could you please tell me what happens next?",
)


@dataclass(frozen=True)
class Sample:
    """A turn with what in it is personal; ``kind`` names what it is about."""

    text: str
    secret: str
    kind: str
    name: str = "Customer"


def luhn(digits: str) -> str:
    total = 0
    for at, digit in enumerate(map(int, reversed(digits))):
        double = digit * 2 if at % 2 == 0 else digit
        total += double - 9 if double > 9 else double
    return digits + str(-total % 10)


def digits(rng: random.Random, count: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def grouped(text: str, sizes: Sequence[int], joint: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return joint.join(parts)


def card(rng: random.Random) -> str:
    prefix, length, sizes = rng.choice(
        [
            ("4", 16, (4, 4, 4, 4)),
            ("5" + str(rng.randint(1, 5)), 16, (4, 4, 4, 4)),
            ("37", 15, (4, 6, 5)),
        ]
    )
    number = luhn(prefix + "".join(str(rng.randint(0, 9)) for _ in range(length - len(prefix) - 1)))
    return grouped(number, sizes, rng.choice(["", " ", "-"]))


def iban(rng: random.Random) -> str:
    country, bban = rng.choice(
        [
            ("DE", digits(rng, 18)),
            ("GB", "NWBK" + digits(rng, 14)),
            ("NL", "ABNA0" + digits(rng, 9)),
        ]
    )
    number = "".join(str(int(each, 36)) for each in bban + country + "00")
    whole = f"{country}{98 - int(number) % 97:02d}{bban}"
    return grouped(whole, [4] * 6, " ").strip() if rng.random() < 0.5 else whole


def nhs(rng: random.Random) -> str:
    while True:
        stem = digits(rng, 9)
        check = 11 - sum(int(each) * (10 - at) for at, each in enumerate(stem)) % 11
        if check != 10:
            return grouped(stem + str(check % 11), (3, 3, 4), rng.choice(["", " "]))


def phone(rng: random.Random) -> str:
    region = rng.choice(
        ["US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "AU", "BR", "SE", "JP", "KE"]
    )
    mobile = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(region, mobile)
    while True:
        national = str(number.national_number)
        changed = national[:4] + "".join(str(rng.randint(0, 9)) for _ in national[4:])
        other = phonenumbers.parse(f"+{number.country_code}{changed}")
        if phonenumbers.is_valid_number(other):
            break
    at_home = region in DEFAULT_POLICY.recognise.phone_regions and rng.random() < 0.5
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(other, form.NATIONAL if at_home else form.INTERNATIONAL)


def email(rng: random.Random) -> str:
    given, family = rng.choice(GIVEN).lower(), rng.choice(FAMILY).lower()
    host = rng.choice(["mail.example", "firma.de", "corp.internal", "uni.ac.uk", "büro.example"])
    return f"{given}{rng.choice(['.', '_', '+shop'])}{family}@{host}".replace("-", "")


def url(rng: random.Random) -> str:
    token = "".join(rng.choice("abcdef0123456789") for _ in range(12))
    return rng.choice(
        [
            f"https://shop.example/reset?token={token}",
            f"http://x.io:8080/u/{token}",
            f"www.bank.example/{token}",
            f"shop.de/a/{token}",
        ]
    )


def ssn(rng: random.Random) -> str:
    return f"{rng.randint(101, 665)}-{rng.randint(11, 99)}-{rng.randint(1001, 9999)}"


def nino(rng: random.Random) -> str:
    number = f"{rng.choice(['AB', 'CE', 'JH', 'PR'])}{digits(rng, 6)}{rng.choice('ABCD')}"
    return grouped(number, (2, 2, 2, 2, 1), rng.choice(["", " "]))


def ip(rng: random.Random) -> str:
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


SECRETS: dict[str, tuple[Callable[[random.Random], str], tuple[str, ...]]] = {
    "card": (card, ("my card is {}", "you charged {} twice", "It says {} on it.")),
    "iban": (iban, ("refund to {} please", "IBAN: {}, thanks")),
    "phone": (
        phone,
        ("call me on {}", "My number: {}.", "{} is my mobile", "text {} or reply here"),
    ),
    "email": (email, ("write to {}", "it is {}, as before", "<{}> is mine")),
    "url": (url, ("the link {} does not work", "I clicked ({})", "see {}.")),
    "ssn": (ssn, ("my social security number is {}", "SSN {}")),
    "nino": (nino, ("my national insurance number is {}", "NI: {}")),
    "nhs": (nhs, ("my NHS number is {}", "nhs {}")),
    "ip": (ip, ("I connect from {}", "the address is {}")),
}
NEAR: dict[str, Callable[[random.Random], str]] = {
    "price": lambda rng: (
        f"you charged {rng.choice(['$1,299.00', '€ 2.499,95', '£1 250', 'EUR 12,50'])} for it"
    ),
    "date": lambda rng: (
        f"since {rng.choice(['2024-03-05', '05/03/2024', '5.3.2024', 'March 5, 2024 at 10:30', '20240305'])}"
    ),
    "version": lambda rng: (
        f"I run version {rng.randint(1, 20)}.{rng.randint(0, 40)}.{rng.randint(0, 99)}"
    ),
    "order": lambda rng: (
        f"order {rng.choice(['#', '', 'A-', 'ORD-'])}{digits(rng, rng.randint(5, 10))} has not come"
    ),
    "amounts": lambda rng: (
        f"{rng.randint(2, 9)} of {rng.randint(10, 20)} boxes, 50% off, 2 x 30 cm, room {rng.randint(100, 900)}"
    ),
    "time": lambda rng: (
        f"between {rng.randint(8, 12)}:30 and {rng.randint(13, 18)}:45:10 on the 3rd"
    ),
    "domain": lambda rng: rng.choice(
        ["I bought it on shop.example", "Fine.Thanks a lot", "the file photo.jpg"]
    ),
    "words": lambda rng: rng.choice(
        ["Will you come in May?", "I hope so, grace under pressure", "a banana a day"]
    ),
}


def misspelt(rng: random.Random) -> str:
    name = rng.choice(FAMILY)
    at = rng.randint(1, len(name) - 2)
    return name[:at] + name[at + 1 :]


def unlisted_phone(rng: random.Random) -> str:
    return rng.choice(
        [
            f"070-{digits(rng, 3)} {digits(rng, 2)} {digits(rng, 2)}",
            f"090-{digits(rng, 4)}-{digits(rng, 4)}",
            f"0722 {digits(rng, 6)}",
        ]
    )


def wrong_card(rng: random.Random) -> str:
    right = "".join(filter(str.isdecimal, card(rng)))
    return right[:-1] + str((int(right[-1]) + rng.randint(1, 9)) % 10)


# What is known to be hard: no placeholder is promised for these.
HARD: dict[str, tuple[Callable[[random.Random], str], tuple[str, ...]]] = {
    "national number of an unlisted region": (unlisted_phone, ("call me on {}",)),
    "number in words": (
        lambda rng: " ".join(
            rng.choice(
                ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
            )
            for _ in range(10)
        ),
        ("it is {}",),
    ),
    "e-mail in words": (
        lambda rng: f"{rng.choice(GIVEN).lower()} at mail dot com",
        ("write to {}",),
    ),
    "misspelt name": (misspelt, ("I am {}",)),
    "name of somebody else": (
        lambda rng: rng.choice(GIVEN) + " " + rng.choice(FAMILY),
        ("my neighbour {} took it",),
    ),
    "card with a wrong digit": (wrong_card, ("my card is {}",)),
    "street address": (
        lambda rng: f"{rng.randint(1, 99)} {rng.choice(FAMILY)} Street",
        ("I live at {}",),
    ),
    "date of birth": (
        lambda rng: f"{rng.randint(1, 28)}/0{rng.randint(1, 9)}/{rng.randint(1950, 2005)}",
        ("born {}",),
    ),
    "identifier without a word about it": (lambda rng: digits(rng, 9), ("{}", "here: {}")),
}


def hard_samples(rng: random.Random, each: int) -> list[Sample]:
    made = []
    for kind, (secret_of, texts) in HARD.items():
        for _ in range(each):
            secret = secret_of(rng)
            made.append(Sample(rng.choice(texts).format(secret), secret, kind, "Lars Grünwald"))
    return made


def name_sample(rng: random.Random) -> Sample:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    form = rng.choice([f"{given} {family}", given, family, given.upper(), family.lower()])
    text = rng.choice(["This is {}", "I am {}, hello", "{}'s order", "Best, {}"]).format(form)
    return Sample(text, form, "name", f"{given} {family}")


def samples(rng: random.Random, count: int, share: float) -> list[Sample]:
    made = []
    for _ in range(count):
        dice, lead = rng.random(), rng.choice((*PLAIN, "", ""))
        if dice < share:
            kind = rng.choice([*SECRETS, "name"])
            if kind == "name":
                found = name_sample(rng)
            else:
                secret, texts = SECRETS[kind][0](rng), SECRETS[kind][1]
                found = Sample(rng.choice(texts).format(secret), secret, kind)
        elif dice < 2 * share:
            kind = rng.choice(list(NEAR))
            found = Sample(
                NEAR[kind](rng), "", kind, "Will Grace May" if kind == "words" else "Customer"
            )
        else:
            found = Sample("", "", "plain")
        made.append(
            Sample(f"{lead}. {found.text}".strip(". "), found.secret, found.kind, found.name)
        )
    return made


def covered(sample: Sample, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether every letter and digit of the secret lies in a span."""
    start = sample.text.index(sample.secret)
    taken = {at for a, b in spans for at in range(a, b)}
    return all(
        at in taken or not sample.text[at].isalnum()
        for at in range(start, start + len(sample.secret))
    )


def outside(sample: Sample, spans: Iterable[tuple[int, int]]) -> int:
    """How many spans touch nothing that is personal."""
    start = sample.text.index(sample.secret) if sample.secret else -1
    end = start + len(sample.secret)
    return sum(not (a < end and start < b) for a, b in spans)


Spans = Callable[[Sample], list[tuple[int, int]]]


def quality(name: str, made: list[Sample], spans: Spans) -> None:
    hit, of, false = Counter(), Counter(), Counter()
    true_spans = 0
    for sample in made:
        found = spans(sample)
        wrong = outside(sample, found)
        true_spans += len(found) - wrong
        false[sample.kind] += wrong
        if sample.secret:
            of[sample.kind] += 1
            hit[sample.kind] += covered(sample, found)
    recall, precision = sum(hit.values()) / of.total(), true_spans / (true_spans + false.total())
    print(
        f"{name}: recall {recall:.3f} ({hit.total()} of {of.total()}), precision {precision:.3f} ({false.total()} spans false)"
    )
    print("  recall by kind: " + ", ".join(f"{kind} {hit[kind]}/{of[kind]}" for kind in sorted(of)))
    print(
        "  false spans by kind of turn: "
        + (", ".join(f"{kind} {count}" for kind, count in false.most_common() if count) or "none")
    )


def engine() -> AnalyzerEngine:
    """Presidio as it comes, over a language model without any knowledge; nothing is downloaded."""
    # As it comes it fetches a list of domains when it meets an address: give it the list that it brings.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    nlp = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    nlp.nlp = {"en": spacy.blank("en")}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def paired(rounds: int, jobs: Sequence[Callable[[], None]]) -> list[list[float]]:
    """CPU seconds of each job, the jobs taken in turn so that drift of the machine hits all."""
    times: list[list[float]] = [[] for _ in jobs]
    for _ in range(rounds):
        for job, taken in zip(jobs, times, strict=True):
            start = time.process_time()
            job()
            taken.append(time.process_time() - start)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--share", type=float, default=0.15)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    made = samples(random.Random(options.seed), options.turns, options.share)  # noqa: S311 - no secret

    loading = Loading(DEFAULT_POLICY.recognise.countries, DEFAULT_POLICY.recognise.phone_regions)
    loading.wait()
    print(f"{len(made)} turns, {options.share:.0%} with personal data, as many near misses")
    finder, presidio, recognisers = (
        Finder(DEFAULT_POLICY.recognise, loading),
        engine(),
        loading.recognisers,
    )
    assert recognisers  # noqa: S101

    def ours(sample: Sample) -> list[tuple[int, int]]:
        hits = finder.find(sample.text, "", Budget())
        names = Names([Person(0, sample.name)]).find(sample.text)
        return [*((hit.start, hit.end) for hit in merged(hits)), *((a, b) for a, b, _ in names)]

    def alone(sample: Sample, threshold: float = 0.4) -> list[tuple[int, int]]:
        found = presidio.analyze(sample.text, "en", score_threshold=threshold)
        return [(result.start, result.end) for result in found if result.entity_type != "DATE_TIME"]

    let_through = sum(finder.may_hold(sample.text) for sample in made)
    print(
        f"the filter lets {let_through} of {len(made)} turns through ({let_through / len(made):.0%})\n"
    )
    quality("Amity", made, ours)
    quality("Presidio alone, score 0.4 or more, without dates", made, alone)
    hard = hard_samples(random.Random(options.seed + 1), 50)  # noqa: S311
    quality("Amity on what is known to be hard", hard, ours)

    def run(work: Callable[[Sample], object]) -> Callable[[], None]:
        def job() -> None:
            for sample in made:
                work(sample)

        return job

    jobs = {
        "Amity (filter, then recognisers; names)": run(ours),
        "the filter alone": run(lambda sample: finder.may_hold(sample.text)),
        "our recognisers over every whole turn": run(
            lambda sample: recognisers.find(sample.text, words_of(sample.text))
        ),
        "Presidio alone": run(alone),
    }
    times = paired(options.rounds, list(jobs.values()))
    base = statistics.median(times[-1])
    print(
        f"\nCPU per turn, median of {options.rounds} rounds, and share of Presidio alone in the same run:"
    )
    for name, taken in zip(jobs, times, strict=True):
        middle = statistics.median(taken)
        print(f"  {name}: {middle / len(made) * 1e6:.1f} µs, {middle / base:.3f}")


if __name__ == "__main__":
    main()
