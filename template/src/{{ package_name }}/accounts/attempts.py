"""How often anybody may try the password of one account, wherever that is asked for."""

from ..core.limits import Budget, Limits


class SignInAttempts:
    """Attempts on one account, from all addresses together.

    Args:
        limits: count them.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def count_attempt(self, email: str) -> None:
        """Count one.

        Args:
            email: address of the account, in its normal form.

        Raises:
            TooManyRequests: there were too many.
        """
        self._limits.spend(Budget.AUTH, "sign-in", email)
