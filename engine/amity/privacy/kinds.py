"""The kinds of personal data, as placeholders name them, and which recogniser finds each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ALL_KINDS", "COUNTRIES", "EVERYWHERE", "KINDS", "UNCLASSIFIED"]

UNCLASSIFIED = "REDACTED"

# Presidio's names of what it finds, where ours differ.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "PHONE_NUMBER": "PHONE",
        "CREDIT_CARD": "CARD",
        "IBAN_CODE": "IBAN",
        "IP_ADDRESS": "IP",
        "MAC_ADDRESS": "MAC",
        "ABA_ROUTING_NUMBER": "US_ROUTING",
        "MEDICAL_LICENSE": "US_MEDICAL_LICENSE",
    }
)

EVERYWHERE = ("CreditCard", "Crypto", "Iban", "Ip", "MacAddress")
COUNTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "au": ("AuAbn", "AuAcn", "AuMedicare", "AuTfn"),
        "es": ("EsNie", "EsNif"),
        "fi": ("FiPersonalIdentityCode",),
        "in": (
            "InAadhaar",
            "InGstin",
            "InPan",
            "InPassport",
            "InVehicleRegistration",
            "InVoter",
        ),
        "it": ("ItDriverLicense", "ItFiscalCode", "ItIdentityCard", "ItPassport", "ItVatCode"),
        "kr": ("KrBrn", "KrDriverLicense", "KrFrn", "KrPassport", "KrRrn"),
        "ng": ("NgNin", "NgVehicleRegistration"),
        "pl": ("PlPesel",),
        "sg": ("SgFin", "SgUen"),
        "th": ("ThTnin",),
        "uk": ("Nhs", "UkNino", "UkPassport", "UkPostcode", "UkVehicleRegistration"),
        "us": (
            "AbaRouting",
            "MedicalLicense",
            "UsBank",
            "UsItin",
            "UsLicense",
            "UsMbi",
            "UsNpi",
            "UsPassport",
            "UsSsn",
        ),
    }
)
"""Presidio's recognisers by country: the names of its classes without ``Recognizer``."""

_FOUND_BY_PRESIDIO = (
    "AU_ABN AU_ACN AU_MEDICARE AU_TFN CARD CRYPTO ES_NIE ES_NIF FI_PERSONAL_IDENTITY_CODE IBAN IN_AADHAAR"
    " IN_GSTIN IN_PAN IN_PASSPORT IN_VEHICLE_REGISTRATION IN_VOTER IP IT_DRIVER_LICENSE IT_FISCAL_CODE"
    " IT_IDENTITY_CARD IT_PASSPORT IT_VAT_CODE KR_BRN KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN MAC NG_NIN"
    " NG_VEHICLE_REGISTRATION PHONE PL_PESEL SG_NRIC_FIN SG_UEN TH_TNIN UK_NHS UK_NINO UK_PASSPORT UK_POSTCODE"
    " UK_VEHICLE_REGISTRATION US_BANK_NUMBER US_DRIVER_LICENSE US_ITIN US_MBI US_MEDICAL_LICENSE US_NPI"
    " US_PASSPORT US_ROUTING US_SSN"
)
ALL_KINDS = ("EMAIL", "URL", "NAME", "ID", "NUMBER", *_FOUND_BY_PRESIDIO.split())
"""Every kind that a placeholder can name, but `UNCLASSIFIED`."""
