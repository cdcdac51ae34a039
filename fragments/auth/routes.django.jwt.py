@router.post(
    "/auth/tokens",
    response=answers(Envelope[TokenPairOut], 401, status=201, body=True),
    summary="Sign in",
)
def sign_in(request: Request, body: CredentialsIn) -> HttpResponse:
    """Exchanges an email address and a password for tokens."""
    logins = request.services.logins
    pair = logins.sign_in(actor=request.actor, email=body.email, password=body.password)
    return respond(object_reply(TokenPairOut, pair, status=201, location=CURRENT_TOKENS))


@router.post(
    "/auth/tokens/refresh",
    response=answers(Envelope[TokenPairOut], 401, status=201, body=True),
    summary="Refresh tokens",
)
def refresh_tokens(request: Request, body: RefreshIn) -> HttpResponse:
    """Exchanges a refresh token for a new pair. A token that comes twice ends the login."""
    logins = request.services.logins
    pair = logins.refresh(actor=request.actor, refresh_token=body.refresh_token)
    return respond(object_reply(TokenPairOut, pair, status=201, location=CURRENT_TOKENS))


@router.delete("/auth/tokens/current", response=answers(None, status=204), summary="Sign out")
def sign_out(request: Request) -> HttpResponse:
    """Ends the caller's login: both its tokens are useless at once."""
    request.services.logins.sign_out(actor=request.actor)
    return respond(empty_reply())
