"""Pages of the form that ask: begun without sign-in, saved at every step whether right or wrong, one thing on each."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from intakebot.store.drafts import Draft
from intakebot.web.complain import answers as said
from intakebot.web.complain.danger import tells_of_danger
from intakebot.web.complain.drafting import AT, DANGER, LINK, already_sent, draft_of, key_of, link, new_secret, nowhere
from intakebot.web.complain.questions import STEPS, Answers, Step
from intakebot.web.forms import Attempt, Form, Mistake
from intakebot.web.limits import address_of
from intakebot.web.site import FORM, page, site_of

_ASKING = "|".join(step.id for step in STEPS)
_DANGER_IN = ("what", "right", "needs_note", "times", "more", "why")


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/complain", start),
        web.post("/complain", begin),
        web.get(LINK, resume),
        web.get(f"{LINK}/{{step:{_ASKING}}}", show),
        web.post(f"{LINK}/{{step:{_ASKING}}}", save),
        web.get(f"{LINK}/danger", danger),
    ]


async def start(request: web.Request) -> web.Response:
    """What the form asks, and that it can be left and come back to."""
    return page(request, "complain/start.html", "Make a complaint")


async def begin(request: web.Request) -> web.Response:
    """Begin a draft, and go to its first page."""
    site, now, secret = site_of(request), site_of(request).now(), new_secret()
    if site.begun.wait(address_of(request, site.settings.form.proxies), now):
        advice = "Many forms were begun from your connection in the last hour. Wait a while, or ring or write to us."
        title = "Too many forms at once"
        return page(request, "error.html", title, status=429, advice=advice, form=Form(), target="")
    await site.store.write(lambda work: work.drafts.begin(key_of(secret), now))
    raise web.HTTPSeeOther(f"/complain/{secret}/{STEPS[0].id}")


async def resume(request: web.Request) -> web.Response:
    """The private link itself: on to where its owner left off."""
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    at = draft.fields.get(AT, "")
    going_on = at if at in said.path(draft.fields) else said.path(draft.fields)[0]
    raise web.HTTPSeeOther(link(request, "sent" if draft.sent_at else going_on))


async def show(request: web.Request) -> web.Response:
    """A page of questions with the answers there are."""
    draft, step = await draft_of(request), _step(request)
    if draft is None:
        return nowhere(request)
    if draft.sent_at:
        raise web.HTTPSeeOther(link(request, "sent"))
    if step.id not in said.path(draft.fields):
        raise web.HTTPSeeOther(link(request, said.path(draft.fields)[0]))
    return _asked(request, step, draft.fields)


async def save(request: web.Request) -> web.Response:
    """Keep what a page sent, whatever it is; then go on, or say what is wrong with it."""
    site, now, step, key = (
        site_of(request),
        site_of(request).now(),
        _step(request),
        key_of(request.match_info["secret"]),
    )
    form = request[FORM]
    given = said.typed(step, form)
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    if draft.sent_at:
        return already_sent(request)
    answers = {**draft.fields, **given}
    mistakes = said.mistakes_of(step, answers)
    told, looked = answers.get(DANGER, ""), {}
    if set(_DANGER_IN) & set(given):
        await site.store.write(lambda work: work.drafts.change(key, given, now))  # before anything can go wrong
        words = "\n".join(answers.get(name, "") for name in _DANGER_IN)
        looked = {DANGER: "yes" if await tells_of_danger(words) else ""}
    following = step.id if mistakes else said.after(step.id, answers)
    kept = {**given, **looked, AT: following}
    changed = await site.store.write(lambda work: work.drafts.change(key, kept, now))
    if changed is None:
        return nowhere(request)
    if changed.sent_at:  # in another tab, meanwhile
        return already_sent(request)
    if form.text("go") == "later":
        raise web.HTTPSeeOther(link(request, "later"))
    if mistakes:
        return _asked(request, step, answers, mistakes)
    raise web.HTTPSeeOther(_onwards(request, draft, step, following, newly=bool(looked.get(DANGER)) and not told))


def _onwards(request: web.Request, draft: Draft, step: Step, following: str, *, newly: bool) -> str:
    """Where a page leads: to what to do in danger when it first tells of it, else on, or back to the check."""
    checking = "check" in request.query and said.path(draft.fields) == _path_after(request, draft, step)
    if newly:
        return link(request, "danger") + ("?check=1" if checking else "")
    return link(request, "check" if checking else following)


def _path_after(request: web.Request, draft: Draft, step: Step) -> list[str]:
    return said.path({**draft.fields, **said.typed(step, request[FORM])})


async def danger(request: web.Request) -> web.Response:
    """What to do now, before anything else is asked."""
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    at = "check" if "check" in request.query else draft.fields.get(AT, said.path(draft.fields)[0])
    return page(request, "complain/danger.html", "Is anybody in danger now?", following=link(request, at))


def _step(request: web.Request) -> Step:
    found = said.step_named(request.match_info["step"])
    if found is None:
        raise web.HTTPNotFound
    return found


def _asked(request: web.Request, step: Step, answers: Answers, mistakes: Sequence[Mistake] = ()) -> web.Response:
    attempt = Attempt(step.id, filled(answers), tuple(mistakes))
    back = said.before(step.id, answers)
    return page(
        request,
        "complain/step.html",
        step.title,
        status=400 if mistakes else 200,
        attempt=attempt,
        step=step,
        questions=step.shown(answers),
        back=link(request, "check" if "check" in request.query else back) if back else "/complain",
        target=request.path_qs,
        danger=answers.get(DANGER) == "yes",
    )


def filled(answers: Answers) -> Form:
    """Answers as a form that was filled in with them: each choice of several by itself."""
    pairs: list[tuple[str, str]] = []
    for name, answer in answers.items():
        pairs += [(name, one) for one in answer.split()] if name == "needs" else [(name, answer)]
    return Form(tuple(pairs))
