"""How often somebody may try passwords in the admin pages: no more often than in the API."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpResponse

from ..accounts.attempts import SignInAttempts
from ..accounts.entities import normalised_email
from ..core.context import client_address_var
from ..core.envelope import error_reply
from ..core.errors import TooManyRequests
from ..core.limits import Budget
from .responses import respond


class LogInForm(AdminAuthenticationForm):
    """The form for an address and a password.

    Attributes:
        refusal: why nobody has looked at the password.
    """

    request: Any
    refusal: TooManyRequests | None = None

    def clean(self) -> dict[str, Any]:
        """Look whether they fit together, unless that was asked too often: from this place, or for this account.

        Raises:
            ValidationError: it was, or they do not.
        """
        limits = self.request.services.limits
        address = client_address_var.get() or ""
        try:
            limits.spend(Budget.AUTH, "admin log-in", address)
            # In one count with the attempts at the API: it is the same password.
            SignInAttempts(limits).count_attempt(normalised_email(self.data.get("username", "")))
        except TooManyRequests as refusal:
            self.refusal = refusal
            wait = refusal.headers["Retry-After"]
            raise ValidationError(f"Too many attempts. Try again in {wait} seconds.") from refusal
        return super().clean()


class LimitedAdminSite(AdminSite):
    """Django's admin site, where nobody tries passwords as often as he likes."""

    login_form = LogInForm

    def login(self, request: Any, extra_context: Any = None) -> HttpResponse:
        """The page to log in by; 429 if it was tried too often."""
        response = super().login(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if isinstance(form, LogInForm) and form.refusal is not None:
            response.status_code = form.refusal.status
            for name, value in form.refusal.headers.items():
                response[name] = value
        return response

    def password_change(self, request: Any, extra_context: Any = None) -> Any:
        """The page to change one's own password by. It asks for the present one, so that can be tried here too."""
        if request.method == "POST":
            try:
                request.services.limits.spend(Budget.AUTH, "admin password", str(request.user.pk))
            except TooManyRequests as refusal:
                return respond(error_reply(refusal))
        return super().password_change(request, extra_context)
