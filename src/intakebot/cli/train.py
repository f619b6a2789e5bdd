"""`train`: a new model from the corpus and from what staff corrected, installed unless it is worse than the present."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intakebot.classifiers.corpus import Example, shipped
from intakebot.cli.output import fail, opened_store, plain_errors, put_table, say, settings_of
from intakebot.config.settings import Settings
from intakebot.domain.wording import counted
from intakebot.errors import BadInput

if TYPE_CHECKING:
    from intakebot.learning import Judgement, Trainer

_EXTRA = "training needs the extra `train`: where the source is, .venv/bin/pip install '.[train]'"


def train(
    context: typer.Context,
    with_corrections: Annotated[
        bool, typer.Option("--with-corrections", help="Learn from what staff have corrected, too.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the model into this folder, and install nothing.")
    ] = None,
    go_back: Annotated[
        bool, typer.Option("--go-back", help="Put back the model that was in use before, and train nothing.")
    ] = False,
) -> None:
    """Train the classifier, show its scores beside the present one's, and install it unless it is worse."""
    with plain_errors():
        if go_back and (with_corrections or out):
            fail("--go-back trains nothing: give it alone")
        settings = settings_of(context)
        if go_back:
            _go_back(settings)
        else:
            _train(settings, with_corrections, out)


def _go_back(settings: Settings) -> None:
    from intakebot.learning import Models  # here, because it loads spaCy, which no other command waits for

    models = Models(settings.data)
    with models.alone():
        version = models.go_back()
    what = f"The model {version}" if version else "The model that ships with intakebot"
    say(f"{what} is in its place again; a service uses it from its next start. The same command undoes this.")


def _train(settings: Settings, with_corrections: bool, out: Path | None) -> None:
    from intakebot.learning import Models

    trainer, models = _trainer(), Models(settings.data)
    examples = shipped("training")
    learned = _corrections(settings) if with_corrections else []
    more = f", {counted(len(learned), 'corrected message')} among them" if with_corrections else ""
    say(f"Training on {counted(len(examples) + len(learned), 'message')}{more}. This takes some minutes.")
    with models.alone():
        folder = out or models.candidate
        judgement = models.make(trainer, [*examples, *learned], shipped("development"), folder, say)
        _show(judgement)
        why = "; ".join(judgement.worse)
        if out:
            worse = f" It is worse: {why}." if why else ""
            say(f"Written to {out}. Nothing is installed.{worse}")
        elif why:
            fail(f"the new model is worse and was not installed: {why}. It lies in {folder}", 1)
        else:
            models.install()
            say("Installed; a service uses it from its next start. `intakebot train --go-back` undoes it.")
    if settings.classifier != "trained":
        say(f"These settings choose another classifier, {settings.classifier}: the model is not used.")


def _trainer() -> Trainer:
    """Who trains. Raises BadInput where PyTorch is not installed."""
    try:
        from intakebot.classifiers import training
    except ImportError as error:
        raise BadInput(_EXTRA) from error
    trainer: Trainer = training.train
    return trainer


def _corrections(settings: Settings) -> list[Example]:
    from intakebot.learning import corrections, lessons

    with opened_store(settings) as store:
        found = lessons(*store.read_now(corrections))
    if not found:
        raise BadInput("no correction can be learned from yet; leave out --with-corrections to train without any")
    return found


def _show(judgement: Judgement) -> None:
    """The scores side by side."""
    columns = [*(judged.measures for judged in judgement.beside.values()), judgement.measures]
    rows = [("", *judgement.beside, f"new: {judgement.version}")]
    rows += [(name, *(_figure(measures[name]) for measures in columns)) for name in judgement.measures]
    put_table(rows)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
