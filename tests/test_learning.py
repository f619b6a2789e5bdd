"""Learning: what staff corrected becomes examples, models are made, installed in one step, and gone back from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from intakebot import __version__, learning
from intakebot.classifiers.base import Classifier
from intakebot.classifiers.corpus import Example, parse
from intakebot.classifiers.model_folders import UnfitModel, version_of
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need, Tag
from intakebot.domain.records import Labelling
from intakebot.domain.redaction import Particulars
from intakebot.errors import BadInput
from intakebot.learning import Models, Say, lessons, redacted_lines
from intakebot.store.corrections import CorrectedMessage

AMA = Particulars(("Ama Mensah",), ("ama@tenant.example",), ("3 Elm Close",))


def corrected(text: str = "It leaks.", channel: str = "email", **labels: object) -> CorrectedMessage:
    given = Labelling(**{"kind": Kind.COMPLAINT, **labels})  # type: ignore[arg-type]
    return CorrectedMessage(7, channel, text, given, "en", AMA)


def test_a_corrected_message_is_an_example_with_the_labels_staff_gave_it() -> None:
    message = corrected(categories=("rents", "asb"), flags=("legal_action", "accessibility_need"), needs=("bsl",))
    (example,) = lessons([message], [])
    assert example == Example(
        id="corrected-7",
        channel="email",
        text="It leaks.",
        kind=Kind.COMPLAINT,
        categories=(Category.RENTS, Category.ASB),
        flags=(Flag.LEGAL_ACTION, Flag.ACCESSIBILITY_NEED),
        needs=(Need.BSL,),
        language="en",
    )


def test_labels_are_brought_to_what_the_labelling_guide_says_of_them_together() -> None:
    def of(**labels: object) -> Example:
        return lessons([corrected(**labels)], [])[0]  # type: ignore[arg-type]

    spam = of(kind=Kind.NOT_FOR_US, categories=("other",), flags=("legal_action",), needs=("bsl",))
    assert spam.labels == frozenset()
    assert of(flags=("emergency_hazard", "significant_hazard")).flags == (Flag.EMERGENCY_HAZARD,)
    assert of(flags=("accessibility_need",)).flags == ()
    assert of(needs=("bsl",)).flags == (Flag.ACCESSIBILITY_NEED,)
    assert of(categories=("of_another_classifier", "asb")).categories == (Category.ASB,)


def test_channels_are_named_as_evaluation_files_name_them() -> None:
    channels = [lessons([corrected(channel=c)], [])[0].channel for c in ("email", "relay_uk", "telegram", "pigeon")]
    assert channels == ["email", "relay", "telegram", "web"]


def test_lessons_are_redacted_before_they_teach() -> None:
    """A model keeps words that came twice: none of them may be somebody's name."""
    told = [corrected(f"Ama Mensah of 3 Elm Close told Priya Shah {n} times. 07700 900123") for n in ("two", "six")]
    assert [lesson.text for lesson in lessons(told, ["Priya Shah"])] == [
        f"[name] of [address] told [name] {n} times. [phone]" for n in ("two", "six")
    ]


def test_exported_lines_are_examples_without_anybody_in_them() -> None:
    told = corrected("Subject: Ama Mensah\n\nI told Priya Shah at 3 elm close. 07700 900123", needs=("bsl",))
    (line,) = redacted_lines([told], ["Priya Shah"])
    (example,) = parse([line], "export")
    assert example.text == "Subject: [name]\n\nI told [name] at [address]. [phone]"
    assert (example.kind, example.flags, example.needs) == (Kind.COMPLAINT, (Flag.ACCESSIBILITY_NEED,), (Need.BSL,))
    assert set(json.loads(line)) == {"id", "channel", "text", "labels"}, "nothing else leaves the machine"


HELD_OUT = [Example(f"held {n}", "web", f"held out {n}", Kind.COMPLAINT, (), (), (), "en") for n in range(10)]


class Fake:
    """A classifier that says what its folder says."""

    def __init__(self, folder: Path) -> None:
        settings = json.loads((folder / "settings.json").read_text())
        self.version, self._kind = settings["version"], settings["kind"]

    def classify(self, text: str, channel: str = "email") -> Classification:
        return said(Kind(self._kind))


def model(folder: Path, version: str, kind: Kind = Kind.COMPLAINT) -> None:
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps({"version": version, "kind": kind}))


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(tmp_path / "data", Fake, tmp_path / "shipped")


def right(count: int) -> list[Example]:
    return [Example(str(n), "web", f"{n}", Kind.COMPLAINT, (), (), (), "en") for n in range(count)]


def said(kind: Kind) -> Classification:
    return Classification(Tag(kind.value, 0.9), language="en")


def make(models: Models, kind: Kind = Kind.COMPLAINT, taught: Sequence[Example] = (), **changes: Path) -> list[Example]:
    """Train a model that says this kind of everything; what it was taught."""
    learned: list[Example] = []

    def train(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
        learned.extend(examples)
        model(folder, version, kind)

    judgement = models.make(train, taught, HELD_OUT, changes.get("folder", models.candidate), lambda _: None)
    assert judgement.version == version_of(changes.get("folder", models.candidate))
    return learned


def in_use(models: Models) -> str:
    return version_of(models.present) if models.present else ""


def test_a_model_is_trained_installed_and_gone_back_from(models: Models) -> None:
    model(models.shipped, "shipped")
    assert in_use(models) == "shipped"
    make(models)
    assert in_use(models) == "shipped", "trained is not installed"
    models.install()
    first = in_use(models)
    assert first != "shipped"
    make(models, taught=right(3))
    models.install()
    second = in_use(models)
    assert second not in (first, "shipped")
    assert (models.go_back(), in_use(models)) == (first, first)
    assert (models.go_back(), in_use(models)) == (second, second), "done twice, it changes nothing"
    assert sorted(p.name for p in models.data.iterdir()) == sorted(["model.json", f"model-{first}", f"model-{second}"])
    make(models, taught=right(4))
    models.install()
    assert not (models.data / f"model-{first}").exists(), "one is kept to go back to, and no more"
    assert (models.go_back(), in_use(models)) == (second, second)


def test_going_back_from_the_first_model_puts_the_shipped_one_back(models: Models) -> None:
    model(models.shipped, "shipped")
    make(models)
    models.install()
    assert (models.go_back(), in_use(models)) == ("", "shipped")
    assert models.go_back() == in_use(models) != "shipped"


def test_what_was_in_use_is_kept_and_not_what_one_had_gone_back_from(models: Models) -> None:
    model(models.shipped, "shipped")
    make(models)
    models.install()
    models.go_back()
    make(models, taught=right(3))
    models.install()
    models.go_back()
    assert in_use(models) == "shipped"


def test_without_a_model_of_ones_own_there_is_nothing_to_go_back_to(models: Models) -> None:
    with pytest.raises(BadInput, match="nothing to go back to"):
        models.go_back()


def test_the_same_model_trained_again_is_installed_beside_the_one_in_use(models: Models) -> None:
    for _ in range(4):
        make(models)
        models.install()
    version = in_use(models)
    assert models.go_back() == version
    assert len([p for p in models.data.iterdir() if p.is_dir()]) == 2


@pytest.mark.parametrize("there", [("model", "model-before"), ("model",), ("model-before",)])
def test_folders_from_before_there_was_a_pointer_are_in_use_and_gone_back_to(
    models: Models, there: Sequence[str]
) -> None:
    model(models.shipped, "shipped")
    for name in there:
        model(models.data / name, f"old {name}")
    was = "old model" if "model" in there else "shipped"
    assert in_use(models) == was
    make(models)
    models.install()
    new = in_use(models)
    assert new not in (was, "shipped")
    assert models.go_back() == ("" if was == "shipped" else was)
    assert in_use(models) == was
    assert models.go_back() == new


@pytest.mark.parametrize("step", [1, 2])
def test_installing_that_dies_anywhere_leaves_what_was_in_use_and_can_be_done_again(
    models: Models, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    for _ in range(2):
        make(models)
        models.install()
    was = models.present
    make(models, taught=right(3))
    steps = iter(range(1, 9))
    for act in ("rename", "replace"):
        real = getattr(Path, act)

        def dying(self: Path, target: Path, real: Callable[[Path, Path], Path] = real) -> Path:
            if next(steps) == step:
                raise KeyboardInterrupt
            return real(self, target)

        monkeypatch.setattr(Path, act, dying)
    with pytest.raises(KeyboardInterrupt):
        models.install()
    monkeypatch.undo()
    assert models.present == was
    make(models, taught=right(3))
    models.install()
    assert models.present != was
    assert models.go_back() and models.present == was


def test_who_has_read_which_model_is_in_use_finds_that_one_whole_while_another_is_installed(models: Models) -> None:
    make(models)
    models.install()
    reading = models.present
    assert reading is not None
    version = version_of(reading)
    make(models, taught=right(3))
    models.install()
    assert version_of(reading) == version, "no file of it was changed under the reader"


@pytest.mark.parametrize("written", ["", "{", "[]", '{"present": "x"}', '{"present": "../x", "before": ""}'])
def test_a_pointer_that_cannot_be_read_means_the_shipped_model_until_the_next_is_installed(
    models: Models, written: str
) -> None:
    model(models.shipped, "shipped")
    models.data.mkdir()
    (models.data / "model.json").write_text(written)
    assert in_use(models) == "shipped"
    with pytest.raises(BadInput, match="remove that file"):
        models.go_back()
    make(models)
    models.install()
    assert in_use(models) != "shipped"
    assert models.go_back() == ""


def test_the_version_says_what_a_model_was_taught(models: Models) -> None:
    def version(taught: Sequence[Example]) -> str:
        make(models, taught=taught)
        return version_of(models.candidate)

    assert version(right(3)) == version(right(3)) != version(right(4))
    assert version(right(3)).startswith(f"{__version__}-")


def test_the_version_says_by_which_seed_it_was_taught(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    make(models)
    first = version_of(models.candidate)
    monkeypatch.setattr(learning, "SEED", 8)
    make(models)
    assert version_of(models.candidate) != first


def test_what_it_is_judged_on_is_never_taught(models: Models) -> None:
    more = Example("x", "web", "unseen", Kind.UPDATE, (), (), (), "en")
    assert make(models, taught=[*HELD_OUT, more]) == [more]


def test_a_model_for_another_folder_replaces_a_model_there_and_nothing_else(models: Models, tmp_path: Path) -> None:
    model(tmp_path / "out", "old")
    make(models, folder=tmp_path / "out")
    assert version_of(tmp_path / "out") != "old"
    assert models.present is None, "nothing is installed"
    (tmp_path / "mine").mkdir()
    with pytest.raises(BadInput, match="holds no model"):
        make(models, folder=tmp_path / "mine")
    assert not (tmp_path / "mine-part").exists()


def test_training_that_fails_leaves_the_model_that_is_there(models: Models, tmp_path: Path) -> None:
    model(tmp_path / "out", "old")

    def fails(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
        folder.mkdir()
        raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match="cannot be written: No space left"):
        models.make(fails, [], right(1), tmp_path / "out", lambda _: None)
    assert version_of(tmp_path / "out") == "old"


def test_a_new_model_is_judged_beside_the_present_one_and_the_shipped_one(models: Models) -> None:
    """Each step down may be small; the shipped model stands still."""
    model(models.shipped, "shipped", Kind.COMPLAINT)
    model(models.data / "model", "present", Kind.COMPLIMENT)

    def train(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
        model(folder, version, Kind.COMPLIMENT)

    judgement = models.make(train, [], HELD_OUT, models.candidate, lambda _: None)
    assert list(judgement.beside) == ["present: present", "shipped: shipped"]
    assert judgement.beside["present: present"].worse == ()
    assert "of complaints and escalations it misses 10 that the shipped one finds" in judgement.worse[0]
    assert [judged.measures["kind accuracy"] for judged in judgement.beside.values()] == [0.0, 1.0]
    assert judgement.measures["kind accuracy"] == 0.0


def test_without_a_model_of_ones_own_the_shipped_one_is_the_only_one_beside(models: Models) -> None:
    def train(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
        model(folder, version)

    assert models.make(train, [], HELD_OUT, models.candidate, lambda _: None).beside == {}
    model(models.shipped, "shipped")
    assert list(models.make(train, [], HELD_OUT, models.candidate, lambda _: None).beside) == ["shipped: shipped"]


def test_a_broken_model_of_ones_own_does_not_stop_training_and_is_told(tmp_path: Path) -> None:
    def load(folder: Path) -> Classifier:
        if folder.name == "model":
            raise UnfitModel("words.npz is missing")
        return Fake(folder)

    told: list[str] = []
    models = Models(tmp_path, load, tmp_path / "shipped")
    model(tmp_path / "model", "old")
    model(tmp_path / "shipped", "shipped")

    def train(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
        model(folder, version)

    judgement = models.make(train, [], HELD_OUT, models.candidate, told.append)
    assert list(judgement.beside) == ["shipped: shipped"]
    assert any("words.npz is missing. The new model is compared with the shipped one alone" in one for one in told)


def test_where_not_even_the_shipped_model_loads_that_is_told_before_the_long_training(tmp_path: Path) -> None:
    def broken(folder: Path) -> Classifier:
        raise RuntimeError("not an ONNX file")

    models = Models(tmp_path, broken, tmp_path / "shipped")
    model(tmp_path / "shipped", "old")
    with pytest.raises(BadInput, match="cannot be used: RuntimeError"):
        make(models)
    assert not models.candidate.exists()


def test_two_do_not_train_in_one_folder_at_once(models: Models) -> None:
    with models.alone(), pytest.raises(BadInput, match="another training is under way"), models.alone():
        pass
    with models.alone():
        pass
