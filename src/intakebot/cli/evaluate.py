"""`evaluate`: how well the classifier does on a labelled file, beside baselines if asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intakebot import plugins
from intakebot.classifiers.base import Classifier
from intakebot.classifiers.corpus import Example, read_file, shipped
from intakebot.cli.output import plain_errors, put_document, say, settings_of
from intakebot.domain.labels import Kind

if TYPE_CHECKING:
    from intakebot.classifiers.evaluation import Evaluation, LabelScore, Measure

_NONE = "–"


def evaluate(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines of id, channel, text and labels; our development split without.")
    ] = None,
    with_baselines: Annotated[
        bool, typer.Option("--baselines", help="Also what simpler classifiers reach (some need the extra `train`).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score the classifier on labelled messages it was not trained on."""
    with plain_errors():
        settings = settings_of(context)
        examples = read_file(file) if file else shipped("development")
        chosen = plugins.classifier(settings.classifier, settings)
        scored = {chosen.version: _scored(chosen, examples)}
        if with_baselines:
            from intakebot.classifiers import baselines  # here, for NumPy and ONNX Runtime, as in `_scored`

            for name, make in baselines.BASELINES.items():
                say(f"{name} …")
                scored[name] = _scored(make(examples), examples)
        if as_json:
            put_document({name: asdict(evaluation) for name, evaluation in scored.items()})
            return
        whole = scored[chosen.version]
        print("\n".join([*_comparison(scored), "", *_details(whole)]))


def _scored(classifier: Classifier, examples: Sequence[Example]) -> Evaluation:
    from intakebot.classifiers.evaluation import evaluate as evaluated  # here: no other command waits for NumPy

    return evaluated(examples, [classifier.classify(e.text, e.channel) for e in examples])


def _comparison(scored: dict[str, Evaluation]) -> Iterator[str]:
    """Every classifier's main measures, one column each."""
    first = next(iter(scored.values()))
    yield f"{first.messages} messages; in brackets, 95% intervals"
    yield ""
    yield _row("", list(scored))
    for name in first.measures:
        yield _row(name, [_measure(evaluation.measures[name]) for evaluation in scored.values()])
    for flag in first.flags:
        yield _row(f"recall of {flag}", [_measure(e.flags[flag].recall) for e in scored.values()])


def _details(whole: Evaluation) -> Iterator[str]:
    for title, labels in (("flags", whole.flags), ("categories", whole.categories), ("needs", whole.needs)):
        yield _row(title, ["messages", "precision", "recall", "F1", "F2"])
        for label, score in labels.items():
            yield _row(label, _parts(score))
        yield ""
    yield _row("kind: right down, said across", [k.value[:12] for k in Kind])
    for right, said in whole.confusion.items():
        yield _row(right, [str(n) for n in said.values()])
    yield ""
    measures = [name for name in next(iter(whole.slices.values()), {}) if name != "messages"]
    width = max(map(len, measures), default=0)
    yield _row("slice", ["messages", *measures], width)
    for name, values in whole.slices.items():
        yield _row(name, [_NONE if v is None else f"{v:g}" for v in values.values()], width)


def _parts(score: LabelScore) -> list[str]:
    return [str(score.right), *(_measure(m) for m in (score.precision, score.recall, score.f1, score.f2))]


def _measure(measure: Measure) -> str:
    if measure.value is None:
        return _NONE
    return f"{measure.value:.3f} ({measure.low:.2f}–{measure.high:.2f})"


def _row(name: str, cells: Sequence[str], width: int = 24) -> str:
    return f"{name:36}" + "".join(f"  {cell:>{width}}" for cell in cells)
