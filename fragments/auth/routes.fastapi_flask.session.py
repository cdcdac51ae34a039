ShownSessions = Annotated[tuple[str, ...], Depends(_shown)]


@router.post(
    "/auth/sessions",
    status_code=201,
    response_model=Envelope[SessionOut],
    responses=answers(401, body=True),
    summary="Sign in",
)
def sign_in(
    body: CredentialsIn, services: Services, actor: CurrentActor, shown: ShownSessions
) -> Response:
    """Exchanges an email address and a password for a session, which is in a cookie; an earlier one ends."""
    session = services.logins.sign_in(actor=actor, email=body.email, password=body.password)
    services.logins.replace(actor=actor, shown=shown)
    reply = object_reply(SessionOut, session, status=201, location=CURRENT_SESSION)
    return respond(replace(reply, headers={**reply.headers, **with_session(session.token)}))


@router.get(
    "/auth/sessions/current",
    response_model=Envelope[SessionOut],
    responses=answers(),
    summary="Read one's own session",
)
def get_session(services: Services, actor: CurrentActor, shown: ShownSessions) -> Response:
    """The caller's session, with the token that its changes need. Changes nothing."""
    session = services.logins.current(actor=actor, shown=shown)
    return respond(object_reply(SessionOut, session))


@router.delete("/auth/sessions/current", status_code=204, responses=answers(), summary="Sign out")
def sign_out(services: Services, actor: CurrentActor) -> Response:
    """Ends the caller's session: it is useless at once."""
    services.logins.sign_out(actor=actor)
    return respond(replace(empty_reply(), headers=without_session()))
