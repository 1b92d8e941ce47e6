"""The provisions that set a date: a key for templates to explain, and the citation, the same in every language."""

import enum
from collections.abc import Mapping
from types import MappingProxyType


@enum.unique
class Provision(enum.StrEnum):
    """The key of one provision, or of one reading of it."""

    PLAIN_DAYS = "plain_days"
    PLAIN_ROLL = "plain_roll"

    EU_MONTH = "eu_month"
    EU_COUNTING = "eu_counting"
    EU_ROLL = "eu_roll"
    EU_EXTENSION = "eu_extension"
    EU_PAUSE = "eu_pause"
    EU_ASKED_LATE = "eu_asked_late"
    FR_PAUSE = "fr_pause"
    HOURS_72 = "hours_72"
    HOURS_72_ROUNDED = "hours_72_rounded"

    UK_MONTH = "uk_month"
    UK_ROLL = "uk_roll"
    UK_EXTENSION = "uk_extension"
    UK_IDENTITY = "uk_identity"
    UK_CLARIFICATION = "uk_clarification"
    UK_FEE = "uk_fee"
    UK_COMPLAINT = "uk_complaint"

    CH_DAYS = "ch_days"
    CH_COUNTING = "ch_counting"
    CH_ROLL = "ch_roll"
    CH_NAMED_DATE = "ch_named_date"
    CH_FEE = "ch_fee"

    CA_DAYS = "ca_days"
    CA_CONFIRM = "ca_confirm"
    CA_OPT_OUT = "ca_opt_out"
    VA_DAYS = "va_days"
    VA_APPEAL = "va_appeal"
    CO_DAYS = "co_days"
    CO_APPEAL = "co_appeal"
    MN_DAYS = "mn_days"
    MN_APPEAL = "mn_appeal"
    OR_DAYS = "or_days"
    IA_DAYS = "ia_days"
    UT_DAYS = "ut_days"

    BR_DAYS = "br_days"
    CANADA_DAYS = "canada_days"
    QUEBEC_DAYS = "quebec_days"
    TR_DAYS = "tr_days"
    IN_DAYS = "in_days"

    NO_PAUSE = "no_pause"
    NO_EXTENSION = "no_extension"
    UNANSWERED = "unanswered"
    ASKED_AFTER_END = "asked_after_end"
    ALREADY_EXTENDED = "already_extended"
    NOTICE_LATE = "notice_late"
    NOTICE_WITHOUT_REASONS = "notice_without_reasons"
    NOTICE_WITHOUT_DATE = "notice_without_date"
    STOP_TARGET = "stop_target"


# Provisions that are absent cite nothing: they say why a pause or a notice moves no date.
CITATIONS: Mapping[Provision, str] = MappingProxyType(
    {
        Provision.PLAIN_DAYS: "days as given",
        Provision.PLAIN_ROLL: "rolled forward as given",
        Provision.STOP_TARGET: "internal target",
        Provision.EU_MONTH: "GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c)",
        Provision.EU_COUNTING: "Reg. 1182/71 Art. 3(1)-(2)",
        Provision.EU_ROLL: "Reg. 1182/71 Art. 3(4)",
        Provision.EU_EXTENSION: "GDPR Art. 12(3) s. 2",
        Provision.EU_PAUSE: "GDPR Art. 12(6); EDPB 01/2022 § 159",
        Provision.EU_ASKED_LATE: "EDPB 01/2022 § 159",
        Provision.FR_PAUSE: "Décret 2005-1309 art. 92 (décret 2019-536)",
        Provision.HOURS_72: "GDPR Art. 33(1)",
        Provision.HOURS_72_ROUNDED: "GDPR Art. 33(1); Reg. 1182/71 Art. 3(1)",
        Provision.UK_MONTH: "UK GDPR Art. 12, 12A (DUAA 2025 s. 76)",
        Provision.UK_ROLL: "ICO right of access guidance",
        Provision.UK_EXTENSION: "UK GDPR Art. 12A(4)",
        Provision.UK_IDENTITY: "UK GDPR Art. 12A(2)(b)",
        Provision.UK_CLARIFICATION: "UK GDPR Art. 12A(5)(b)",
        Provision.UK_FEE: "UK GDPR Art. 12A(2)(c)",
        Provision.UK_COMPLAINT: "DPA 2018 s. 164A (DUAA 2025 s. 103)",
        Provision.CH_DAYS: "DSG Art. 25(7); DSV Art. 18(1); OR Art. 77",
        Provision.CH_COUNTING: "OR Art. 77",
        Provision.CH_ROLL: "OR Art. 78; SR 173.110.3",
        Provision.CH_NAMED_DATE: "DSV Art. 18(2)",
        Provision.CH_FEE: "DSV Art. 19(3)",
        Provision.CA_DAYS: "11 CCR § 7021(b)",
        Provision.CA_CONFIRM: "11 CCR § 7021(a)",
        Provision.CA_OPT_OUT: "11 CCR § 7026, 7027",
        Provision.VA_DAYS: "Va. Code § 59.1-577(B)",
        Provision.VA_APPEAL: "Va. Code § 59.1-577(C)",
        Provision.CO_DAYS: "C.R.S. § 6-1-1306(2)",
        Provision.CO_APPEAL: "C.R.S. § 6-1-1306(3)",
        Provision.MN_DAYS: "Minnesota Consumer Data Privacy Act",
        Provision.MN_APPEAL: "Minnesota Consumer Data Privacy Act (appeal)",
        Provision.OR_DAYS: "Oregon Consumer Privacy Act",
        Provision.IA_DAYS: "Iowa Code ch. 715D",
        Provision.UT_DAYS: "Utah Consumer Privacy Act",
        Provision.BR_DAYS: "LGPD Art. 19 II",
        Provision.CANADA_DAYS: "PIPEDA s. 8(3)-(4)",
        Provision.QUEBEC_DAYS: "Quebec P-39.1 s. 32",
        Provision.TR_DAYS: "KVKK Art. 13",
        Provision.IN_DAYS: "DPDP Rules 2025 r. 14(3)",
    }
)
