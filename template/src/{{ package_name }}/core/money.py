"""Amounts of money: an integer in minor units (cents) and an ISO 4217 currency code."""

from dataclasses import dataclass

CURRENCIES: tuple[str, ...] = tuple(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB
    EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
    ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR
    PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - one string reads better than 150
)


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies cannot be added."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money.

    >>> Money(250, "EUR") * 3
    Money(amount=750, currency='EUR')
    >>> Money(1, "EUR") + Money(2, "EUR")
    Money(amount=3, currency='EUR')

    Attributes:
        amount: in minor units of the currency.
        currency: ISO 4217 code.
    """

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """The sum.

        Raises:
            CurrencyMismatch: the currencies differ.
        """
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        """The amount, ``quantity`` times."""
        return Money(self.amount * quantity, self.currency)
