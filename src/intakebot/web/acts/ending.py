"""Acts that end a complaint other than by its answer, and the closing of the case."""

from __future__ import annotations

from typing import Final

from intakebot.domain import endings
from intakebot.domain.case import Case, Status
from intakebot.domain.endings import needs_discretion
from intakebot.domain.stages import Outcome
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, answer_owed, complaint
from intakebot.web.acts.fields import Choose, Day, MaybeDay, Situation, Text, words_of

_REASON: Final = Choose(
    name="reason", label="Why is it not accepted?", missing="Choose the reason", options=words_of(words.REFUSALS)
)
_EVIDENCE: Final = Text(
    name="evidence",
    label="The evidence for that",
    hint="It goes into the letter.",
    missing="Give the evidence for the reason",
    rows=4,
)
_CONSIDERATION: Final = Text(
    name="consideration",
    label="How this resident’s own circumstances were considered",
    hint="It goes into the letter. No complaint is refused by a rule alone (Code 2.5).",
    missing="Say how this resident’s own circumstances were considered",
    rows=4,
)
_FILED: Final = MaybeDay(
    name="claim_filed",
    label="When was the claim filed at court?",
    hint="For a claim only: when claim form and particulars were filed. A letter before claim is not enough.",
)
_EARLIER: Final = Text(
    name="earlier_case", label="Under which reference was it considered?", hint="Only where it was considered before."
)
_ENDED: Final = Day(name="ended", label="When were the proceedings over?")
_DIRECTED: Final = Text(
    name="directed_by", label="Who directed it, and when?", missing="Say who directed it, and when", rows=2
)
_WITHDRAWS: Final = Text(
    name="said", label="What did the resident say?", missing="Write what the resident said", rows=3
)
_CONFIRMED: Final = Text(
    name="how", label="How did they confirm it?", missing="Say how the resident confirmed it", rows=2
)
_CLOSING: Final = Text(
    name="said",
    label="What do you tell them?",
    hint="How it ended, in plain words. It goes into the letter.",
    missing="Write how it ended",
    rows=4,
)
_STOPPED: Final = Text(
    name="said",
    label="What do you tell them?",
    hint="It goes into the letter.",
    missing="Write what you tell them",
    rows=4,
    start=lambda _s: "You told us that you do not want to go on with your complaint. We have stopped it.",
)


def _age(situation: Situation) -> str:
    over = needs_discretion(situation.case)
    known = (
        "The matter is over 12 months old. Consider first whether there is a good reason to accept it all the same."
        if over
        else "To refuse a matter as over 12 months old, first record when it arose."
    )
    return f"{known} Your name stands under this decision, and the letter tells of the right to go to the Ombudsman."


def _may_close(case: Case) -> bool:
    ended = case.status in (Status.RESPONDED, Status.REFUSED, Status.WITHDRAWN)
    return complaint(case) and ended


ENDING: Final = (
    ActForm(
        name="refuse",
        title="Do not accept the complaint, or the request for stage 2",
        group=Group.END,
        clause="2.1 to 2.5, 5.11",
        letter="refusal",
        letter_at_2="escalation_refused",
        fields=(_REASON, _EVIDENCE, _CONSIDERATION, _FILED, _EARLIER),
        do=lambda a: (
            lambda case, acting: endings.refuse(
                case,
                a[_REASON],
                a[_EVIDENCE],
                a[_CONSIDERATION],
                acting,
                claim_filed_on=a[_FILED],
                earlier_case=a[_EARLIER],
            )
        ),
        offered=answer_owed,
        about=_age,
        done="It is not accepted. The letter is on its way.",
    ),
    ActForm(
        name="directed",
        title="Accept it as the Ombudsman directs",
        group=Group.END,
        clause="2.4",
        fields=(_DIRECTED,),
        do=lambda a: lambda case, acting: endings.accept_as_directed(case, a[_DIRECTED], acting),
        offered=lambda case: case.outcome == Outcome.REFUSED,
        intro="The clocks run as if it had been accepted at once.",
        done="It is accepted after all. The clocks run from when it was first received.",
        button="Accept it",
    ),
    ActForm(
        name="proceedings_ended",
        title="The proceedings at court are over",
        group=Group.END,
        clause="2.2",
        fields=(_ENDED,),
        do=lambda a: lambda case, acting: endings.proceedings_ended(case, a[_ENDED], acting),
        offered=lambda case: any(refusal.at_court for refusal in case.records.refusals),
        intro="Until this is recorded, the case is kept however long ago it was closed.",
        done="The end of the proceedings is on the record.",
    ),
    ActForm(
        name="ask_to_withdraw",
        title="They may wish to withdraw: ask them",
        group=Group.END,
        clause="5.12",
        letter="withdrawal_check",
        fields=(_WITHDRAWS,),
        do=lambda a: lambda case, acting: endings.ask_to_withdraw(case, a[_WITHDRAWS], acting),
        offered=answer_owed,
        intro="A complaint ends only when the resident confirms it. Until then the clocks go on.",
        done="They are being asked to confirm. The clocks go on.",
    ),
    ActForm(
        name="withdraw",
        title="They have confirmed that they withdraw",
        group=Group.END,
        clause="5.12",
        letter="closure",
        said=_STOPPED,
        fields=(_CONFIRMED, _STOPPED),
        do=lambda a: lambda case, acting: endings.withdraw(case, a[_CONFIRMED], acting),
        offered=lambda case: answer_owed(case) and any(w.confirmed_at is None for w in case.records.withdrawals),
        done="The complaint is withdrawn. The letter is on its way.",
    ),
    ActForm(
        name="close_complaint",
        title="Close the complaint",
        group=Group.END,
        clause="6.6, 9.1",
        letter="closure",
        said=_CLOSING,
        fields=(_CLOSING,),
        do=lambda _answers: endings.close,
        offered=_may_close,
        intro="It can be closed once what was promised is done, and what was learned is recorded.",
        done="The complaint is closed. The letter is on its way.",
    ),
)
