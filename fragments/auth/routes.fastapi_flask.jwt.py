@router.post(
    "/auth/tokens",
    status_code=201,
    response_model=Envelope[TokenPairOut],
    responses=answers(401, body=True),
    summary="Sign in",
)
def sign_in(body: CredentialsIn, services: Services, actor: CurrentActor) -> Response:
    """Exchanges an email address and a password for tokens."""
    pair = services.logins.sign_in(actor=actor, email=body.email, password=body.password)
    return respond(object_reply(TokenPairOut, pair, status=201, location=CURRENT_TOKENS))


@router.post(
    "/auth/tokens/refresh",
    status_code=201,
    response_model=Envelope[TokenPairOut],
    responses=answers(401, body=True),
    summary="Refresh tokens",
)
def refresh_tokens(body: RefreshIn, services: Services, actor: CurrentActor) -> Response:
    """Exchanges a refresh token for a new pair. A token that comes twice ends the login."""
    pair = services.logins.refresh(actor=actor, refresh_token=body.refresh_token)
    return respond(object_reply(TokenPairOut, pair, status=201, location=CURRENT_TOKENS))


@router.delete("/auth/tokens/current", status_code=204, responses=answers(), summary="Sign out")
def sign_out(services: Services, actor: CurrentActor) -> Response:
    """Ends the caller's login: both its tokens are useless at once."""
    services.logins.sign_out(actor=actor)
    return respond(empty_reply())
