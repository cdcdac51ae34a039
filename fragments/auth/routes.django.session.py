@router.post(
    "/auth/sessions",
    response=answers(Envelope[SessionOut], 401, status=201, body=True),
    summary="Sign in",
)
def sign_in(request: Request, body: CredentialsIn) -> HttpResponse:
    """Exchanges an email address and a password for a session, which is in a cookie; an earlier one ends."""
    logins, actor = request.services.logins, request.actor
    session = logins.sign_in(actor=actor, email=body.email, password=body.password)
    logins.replace(actor=actor, shown=sessions_of(request.headers.get("Cookie")))
    reply = object_reply(SessionOut, session, status=201, location=CURRENT_SESSION)
    return respond(replace(reply, headers={**reply.headers, **with_session(session.token)}))


@router.get(
    "/auth/sessions/current",
    response=answers(Envelope[SessionOut]),
    summary="Read one's own session",
)
def get_session(request: Request) -> HttpResponse:
    """The caller's session, with the token that its changes need. Changes nothing."""
    shown = sessions_of(request.headers.get("Cookie"))
    session = request.services.logins.current(actor=request.actor, shown=shown)
    return respond(object_reply(SessionOut, session))


@router.delete("/auth/sessions/current", response=answers(None, status=204), summary="Sign out")
def sign_out(request: Request) -> HttpResponse:
    """Ends the caller's session: it is useless at once."""
    request.services.logins.sign_out(actor=request.actor)
    return respond(replace(empty_reply(), headers=without_session()))
