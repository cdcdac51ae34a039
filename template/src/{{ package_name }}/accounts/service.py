"""What can be done with accounts. Every method authorises first and is one unit of work."""

from collections.abc import Collection
from uuid import UUID

from ..core.actor import Actor
from ..core.audit import audit_entry
from ..core.authorisation import Policy, authorise
from ..core.clock import Clock
from ..core.conditional import Precondition
from ..core.errors import PreconditionFailed
from ..core.identifiers import new_id
from ..core.pagination import Page, PageRequest
from ..core.unit_of_work import Transactions
from ..core.use_cases import use_case
from .entities import (
    LastAdmin,
    LoginRequired,
    PasswordLikeEmail,
    Role,
    User,
    UserNotFound,
    WrongPassword,
    new_user,
    normalised_email,
)
from .ports import AccountsWork, Passwords

READ_OWN = "account:read"
WRITE_OWN = "account:write"
MANAGE = "users:manage"


class AccountService:
    """Use cases of accounts.

    Args:
        transactions: opens units of work.
        policy: decides who may do what.
        clock: tells the time.
        passwords: hashes them.
    """

    def __init__(
        self,
        *,
        transactions: Transactions[AccountsWork],
        policy: Policy,
        clock: Clock,
        passwords: Passwords,
    ) -> None:
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._passwords = passwords

    @use_case("users.sign_up", changes=True, public=True)
    def sign_up(self, *, actor: Actor, email: str, password: str) -> User:
        """Create an account for whoever asks. It is a customer's: more is given by an administrator.

        Raises:
            PasswordLikeEmail: the password is the address.
            EmailTaken: an account has the address.
        """
        user = self._new(email, password, {Role.CUSTOMER})
        with self._transactions.writing() as work:
            work.users.add(user)
            # Nobody else could have asked for it: the new user is the one who did.
            owner = Actor(id=user.id) if actor.is_anonymous else actor
            self._record(work, owner, "users.sign_up", after=user)
        return user

    @use_case("users.get_own", changes=False)
    def get_own(self, *, actor: Actor) -> User:
        """The actor's own account.

        Raises:
            Forbidden: the actor's API key was not made for this.
        """
        authorise(self._policy, actor, READ_OWN)
        with self._transactions.reading() as work:
            return _found(work.users.find(actor.id))

    @use_case("users.change_password", changes=True)
    def change_password(
        self, *, actor: Actor, precondition: Precondition, current: str, password: str
    ) -> User:
        """Give the actor's account another password, and end every login of it.

        Raises:
            LoginRequired: the actor uses an API key.
            WrongPassword: ``current`` is not the present password.
            PreconditionFailed: the account has changed since the caller read it.
            PasswordLikeEmail: the new password is the address.
        """
        authorise(self._policy, actor, WRITE_OWN)
        if actor.login_id is None:
            raise LoginRequired
        with self._transactions.reading() as work:
            user = _found(work.users.find(actor.id))
        precondition.require(user.version)
        # Hashing takes long, on purpose: no connection and no lock is held meanwhile.
        if not self._passwords.matches(current, user.password_hash):
            raise WrongPassword
        now = self._clock.now()
        changed = user.with_password(self._hashed(user.email, password), now=now)
        with self._transactions.writing() as work:
            stored = _found(work.users.find(actor.id, for_update=True))
            if stored.version != user.version:
                raise PreconditionFailed
            work.users.update(changed)
            work.logins.end_all(user.id, now=now)
            self._record(work, actor, "users.change_password", before=user, after=changed)
        return changed

    @use_case("users.list", changes=False)
    def list_users(self, *, actor: Actor, request: PageRequest) -> Page[User]:
        """A page of all accounts.

        Raises:
            Forbidden: the actor may not manage users.
        """
        authorise(self._policy, actor, MANAGE)
        with self._transactions.reading() as work:
            return work.users.page(request)

    @use_case("users.get", changes=False)
    def get_user(self, *, actor: Actor, user_id: UUID) -> User:
        """One account.

        Raises:
            Forbidden: the actor may not manage users.
            UserNotFound: there is none.
        """
        authorise(self._policy, actor, MANAGE)
        with self._transactions.reading() as work:
            return _found(work.users.find(user_id))

    @use_case("users.set_roles", changes=True)
    def set_roles(
        self, *, actor: Actor, user_id: UUID, precondition: Precondition, roles: Collection[Role]
    ) -> User:
        """Give an account other roles. They hold from its next request on.

        Raises:
            Forbidden: the actor may not manage users.
            UserNotFound: there is no such user.
            PreconditionFailed: the account has changed since the caller read it.
            LastAdmin: nobody would be left who may manage users.
        """
        authorise(self._policy, actor, MANAGE)
        now = self._clock.now()
        with self._transactions.writing() as work:
            # Locked before the user, by everybody, so that two administrators cannot dismiss each other.
            admins = work.users.lock_holders(Role.ADMIN)
            user = _found(work.users.find(user_id, for_update=True))
            precondition.require(user.version)
            if Role.ADMIN not in roles and admins == [user_id]:
                raise LastAdmin
            changed = user.with_roles([role.value for role in roles], now=now)
            work.users.update(changed)
            self._record(work, actor, "users.set_roles", before=user, after=changed)
        return changed

    @use_case("users.appoint_admin", changes=True)
    def appoint_admin(self, *, actor: Actor, email: str, password: str) -> User:
        """Make an administrator: of the account with this address, or else of a new one.

        An account that exists keeps its password.

        Raises:
            Forbidden: the actor may not manage users.
            PasswordLikeEmail: the password is the address.
        """
        authorise(self._policy, actor, MANAGE)
        now = self._clock.now()
        with self._transactions.writing() as work:
            found = work.users.find_by_email(normalised_email(email))
            if found is None:
                admin = self._new(email, password, {Role.ADMIN})
                work.users.add(admin)
            else:
                found = _found(work.users.find(found.id, for_update=True))
                admin = found.with_roles({*found.roles, Role.ADMIN.value}, now=now)
                work.users.update(admin)
            self._record(work, actor, "users.appoint_admin", before=found, after=admin)
        return admin

    def _new(self, email: str, password: str, roles: Collection[Role]) -> User:
        return new_user(
            identifier=new_id(),
            email=email,
            password_hash=self._hashed(normalised_email(email), password),
            roles=roles,
            now=self._clock.now(),
        )

    def _hashed(self, email: str, password: str) -> str:
        if password.strip().lower() == email:
            raise PasswordLikeEmail
        return self._passwords.hash(password)

    def _record(
        self,
        work: AccountsWork,
        actor: Actor,
        action: str,
        *,
        before: User | None = None,
        after: User,
    ) -> None:
        work.audit.record(
            audit_entry(
                action,
                actor=actor,
                now=after.updated_at,
                subject=("user", after.id),
                before=before,
                after=after,
            )
        )


def _found(user: User | None) -> User:
    if user is None:
        raise UserNotFound
    return user
