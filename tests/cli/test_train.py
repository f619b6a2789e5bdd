"""`train` and `corpus export`: a model is installed unless it is worse, and corrected messages leave without names."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.cli.conftest import Commands
from tests.factories import demo_settings, message
from tests.road.conftest import Road

from intakebot import learning
from intakebot.casework import Casework
from intakebot.classifiers import corpus as written
from intakebot.classifiers.corpus import Example
from intakebot.demo.landlord import hire
from intakebot.domain.labels import Category, Classification, Kind, Tag
from intakebot.domain.message import Address
from intakebot.landlord import Landlord
from intakebot.learning import Models, Say
from intakebot.store.engine import open_store

TRAINING = "intakebot.classifiers.training"


class Fake:
    """A classifier that says one kind of everything: the one its folder names."""

    def __init__(self, folder: Path) -> None:
        settings = json.loads((folder / "settings.json").read_text())
        self.version, self._kind = settings["version"], settings["kind"]

    def classify(self, text: str, channel: str = "email") -> Classification:
        return Classification(Tag(self._kind, 0.9))


Teach = Callable[[Kind], list[Example]]


@pytest.fixture
def teach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Teach:
    """Training without PyTorch: what it makes says one kind of everything. Returns what it was taught."""
    monkeypatch.setattr(learning, "Models", partial(Models, load=Fake, shipped=tmp_path / "shipped"))

    def of(kind: Kind) -> list[Example]:
        taught: list[Example] = []

        def train(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
            taught[:] = examples
            say("round 1 of 1")
            folder.mkdir(parents=True)
            (folder / "settings.json").write_text(json.dumps({"version": version, "kind": kind}))

        trainer = SimpleNamespace(train=train)
        monkeypatch.setitem(sys.modules, TRAINING, trainer)  # type: ignore[arg-type]
        monkeypatch.setattr(TRAINING, trainer, raising=False)
        return taught

    return of


@pytest.fixture
def road(commands: Commands) -> Iterator[Road]:
    """The store that the commands find in their data folder."""
    settings = demo_settings(commands.data)
    store = open_store(settings)
    try:
        hire(settings, store)
        yield Road(settings, store, Landlord.from_settings(settings, store.signing_key()))
    finally:
        store.close()


def corrected(road: Road, text: str = "The boiler is broken again.") -> None:
    """A mail of Shirley Amadi's that an officer says is about rents."""
    mail = message(text, subject="From Shirley Amadi", sender=Address("shirley.amadi@tenant.example", "Shirley Amadi"))
    reference = road.take(mail).reference
    officer = road.store.read_now(lambda work: work.officers.all())[0]

    def correct(casework: Casework) -> None:
        casework.correct(reference, Kind.COMPLAINT, [Category.RENTS], [], [], "She rang")

    road.store.write_now(lambda work: correct(Casework(work, road.landlord, officer, road.now)))


def test_without_pytorch_it_says_what_to_install(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, TRAINING, None)  # type: ignore[arg-type]
    monkeypatch.delattr(TRAINING, raising=False)
    told = commands.refused("train")
    assert told == "training needs the extra `train`: where the source is, .venv/bin/pip install '.[train]'"


def test_a_first_model_is_taught_the_shipped_corpus_scored_and_installed(commands: Commands, teach: Teach) -> None:
    taught = teach(Kind.COMPLAINT)
    done = commands.ok("train")
    assert taught == written.shipped("training")
    heading, *rows = done.stdout.splitlines()
    assert heading.split() == ["new:", json.loads(installed(commands).read_text())["version"]]
    scores = {row[:33].strip(): row[33:].split() for row in rows}
    assert scores["recall of complaint + escalation"] == ["1.000"]
    assert scores["recall of safeguarding"] == ["0.000"]
    assert "round 1 of 1" in done.stderr
    assert "Installed; a service uses it from its next start." in done.stderr


def installed(commands: Commands, which: str = "present") -> Path:
    name = json.loads((commands.data / "model.json").read_text())[which]
    assert name, f"the {which} model is the shipped one"
    return commands.data / str(name) / "settings.json"


def test_a_worse_model_is_refused_with_its_scores_and_the_reason_and_the_present_one_stays(
    commands: Commands, teach: Teach
) -> None:
    teach(Kind.COMPLAINT)
    commands.ok("train")
    present = installed(commands).read_text()
    teach(Kind.COMPLIMENT)
    done = commands.run("train")
    assert done.exit_code == 1
    assert "kind accuracy" in done.stdout, "the scores are shown all the same"
    *_, sentence = done.stderr.strip().splitlines()
    assert sentence.startswith("intakebot: the new model is worse and was not installed: of complaints and escalations")
    assert "the mean of the measures is" in sentence
    heading = done.stdout.splitlines()[0].split()
    assert heading == ["present:", json.loads(present)["version"], "new:", heading[-1]]
    assert installed(commands).read_text() == present
    assert (commands.data / "model-candidate").exists()
    assert json.loads((commands.data / "model.json").read_text())["before"] == ""


def test_the_model_before_is_kept_and_put_back(commands: Commands, teach: Teach) -> None:
    teach(Kind.COMPLAINT)
    commands.ok("train")
    first = installed(commands).read_text()
    teach(Kind.ESCALATION)  # worse at the kind, so made no worse than what says nothing right
    installed(commands).write_text(json.dumps({"version": "poor", "kind": "compliment"}))
    commands.ok("train")
    assert "poor" in installed(commands, "before").read_text()
    assert commands.ok("train", "--go-back").stderr.startswith("The model poor is in its place again")
    assert "poor" in installed(commands).read_text() and first != installed(commands).read_text()


def test_going_back_is_refused_where_there_is_nothing_and_beside_training(commands: Commands) -> None:
    assert commands.refused("train", "--go-back") == "there is nothing to go back to: no model was installed here"
    assert "give it alone" in commands.refused("train", "--go-back", "--with-corrections")
    assert "give it alone" in commands.refused("train", "--go-back", "--out", "x")


def test_for_a_folder_nothing_is_installed_even_if_it_is_worse(
    commands: Commands, teach: Teach, tmp_path: Path
) -> None:
    teach(Kind.COMPLAINT)
    commands.ok("train")
    present = installed(commands).read_text()
    teach(Kind.COMPLIMENT)
    done = commands.ok("train", "--out", tmp_path / "out")
    assert "Nothing is installed. It is worse: of complaints" in done.stderr
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["kind"] == "compliment"
    assert installed(commands).read_text() == present
    (tmp_path / "mine").mkdir()
    assert "holds no model" in commands.run("train", "--out", tmp_path / "mine").stderr


def test_settings_that_choose_another_classifier_are_told_that_the_model_is_not_used(
    commands: Commands, teach: Teach
) -> None:
    teach(Kind.COMPLAINT)
    assert "choose another classifier, rules" in commands.ok("train", classifier="rules").stderr
    assert "choose another classifier" not in commands.ok("train", classifier="trained").stderr


def test_corrections_are_learned_from_only_when_asked(commands: Commands, teach: Teach, road: Road) -> None:
    corrected(road)
    taught = teach(Kind.COMPLAINT)
    commands.ok("train")
    assert not [e for e in taught if e.id.startswith("corrected-")]
    done = commands.ok("train", "--with-corrections")
    (learned,) = [e for e in taught if e.id.startswith("corrected-")]
    assert (learned.text, learned.categories) == (
        "Subject: From [name]\n\nThe boiler is broken again.",
        (Category.RENTS,),
    )
    assert "1 corrected message among them" in done.stderr
    assert "Shirley" not in done.output and "boiler" not in done.output


def test_without_a_correction_there_is_nothing_more_to_learn(commands: Commands, teach: Teach) -> None:
    taught = teach(Kind.COMPLAINT)
    assert "no correction can be learned from yet" in commands.run("train", "--with-corrections").stderr
    assert commands.run("train", "--with-corrections").exit_code == 2
    assert taught == []


def test_corrected_messages_are_exported_redacted_in_the_evaluation_format(
    commands: Commands, road: Road, tmp_path: Path
) -> None:
    corrected(road, "I am Shirley of 12 Rowan Court, DA1 1AA. Ring 07700 900123. I told Sana Iqbal so.")
    file = tmp_path / "corrected.jsonl"
    done = commands.ok("corpus", "export", file)
    (example,) = written.read_file(file)
    assert (
        example.text == "Subject: From [name]\n\nI am [name] of [address], [postcode]. Ring [phone]. I told [name] so."
    )
    assert (example.kind, example.categories) == (Kind.COMPLAINT, (Category.RENTS,))
    assert "1 message written" in done.stderr and "read them before they leave this machine" in done.stderr
    raw = file.read_text()
    for told in ("Shirley", "shirley", "Rowan", "900123", "Sana", road.store.read_now(_references)[0]):
        assert told not in raw, told


def _references(work: object) -> list[str]:
    from sqlalchemy import select

    from intakebot.store import schema

    return list(work.connection.execute(select(schema.cases.c.reference)).scalars())  # type: ignore[attr-defined]


def test_an_export_of_nothing_or_to_nowhere_is_refused(commands: Commands, road: Road, tmp_path: Path) -> None:
    assert "staff have corrected no message yet" in commands.refused("corpus", "export", tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()
    corrected(road)
    assert "cannot be written" in commands.refused("corpus", "export", tmp_path / "no" / "x.jsonl")
