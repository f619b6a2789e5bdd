"""Learning: what staff corrected becomes examples, a worse model is refused, and the one before can come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from intakebot.classifiers.base import Classifier
from intakebot.classifiers.corpus import Example, parse
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need, Tag
from intakebot.domain.records import Labelling
from intakebot.domain.redaction import Particulars
from intakebot.errors import BadInput
from intakebot.learning import Models, Say, judge, lessons, redacted_lines, version_of
from intakebot.store.corrections import CorrectedMessage

AMA = Particulars(("Ama Mensah",), ("ama@tenant.example",), ("3 Elm Close",))


def corrected(text: str = "It leaks.", channel: str = "email", **labels: object) -> CorrectedMessage:
    given = Labelling(**{"kind": Kind.COMPLAINT, **labels})  # type: ignore[arg-type]
    return CorrectedMessage(7, channel, text, given, "en", AMA)


def test_a_corrected_message_is_an_example_with_the_labels_staff_gave_it() -> None:
    message = corrected(categories=("rents", "asb"), flags=("legal_action", "accessibility_need"), needs=("bsl",))
    (example,) = lessons([message])
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
        return lessons([corrected(**labels)])[0]  # type: ignore[arg-type]

    spam = of(kind=Kind.NOT_FOR_US, categories=("other",), flags=("legal_action",), needs=("bsl",))
    assert spam.labels == frozenset()
    assert of(flags=("emergency_hazard", "significant_hazard")).flags == (Flag.EMERGENCY_HAZARD,)
    assert of(flags=("accessibility_need",)).flags == ()
    assert of(needs=("bsl",)).flags == (Flag.ACCESSIBILITY_NEED,)
    assert of(categories=("of_another_classifier", "asb")).categories == (Category.ASB,)


def test_channels_are_named_as_evaluation_files_name_them() -> None:
    channels = [lessons([corrected(channel=c)])[0].channel for c in ("email", "relay_uk", "telegram", "pigeon")]
    assert channels == ["email", "relay", "telegram", "web"]


def test_exported_lines_are_examples_without_anybody_in_them() -> None:
    told = corrected("Subject: Ama Mensah\n\nI told Priya Shah at 3 elm close. 07700 900123", needs=("bsl",))
    (line,) = redacted_lines([told], ["Priya Shah"])
    (example,) = parse([line], "export")
    assert example.text == "Subject: [name]\n\nI told [name] at [address]. [phone]"
    assert (example.kind, example.flags, example.needs) == (Kind.COMPLAINT, (Flag.ACCESSIBILITY_NEED,), (Need.BSL,))
    assert set(json.loads(line)) == {"id", "channel", "text", "labels"}, "nothing else leaves the machine"


def right(count: int, kind: Kind = Kind.COMPLAINT, flags: Sequence[Flag] = ()) -> list[Example]:
    return [Example(str(n), "web", f"{n}", kind, (), tuple(flags), (), "en") for n in range(count)]


def said(kind: Kind = Kind.COMPLAINT, *flags: Flag) -> Classification:
    return Classification(Tag(kind.value, 0.9), flags=tuple(Tag(flag.value, 0.9) for flag in flags))


def answers(count: int, missed: Sequence[int], found: Classification, other: Classification) -> list[Classification]:
    return [other if n in missed else found for n in range(count)]


def refused(lost: Sequence[int], gained: Sequence[int]) -> bool:
    """Whether a model is refused that misses these of 100 messages with safeguarding, and finds those."""
    examples = right(100, flags=[Flag.SAFEGUARDING])
    found, none = said(Kind.COMPLAINT, Flag.SAFEGUARDING), said()
    _, worse = judge(examples, answers(100, gained, found, none), answers(100, lost, found, none))
    return any("messages with safeguarding" in reason for reason in worse)


def test_a_model_that_misses_more_than_one_message_beyond_chance_is_worse() -> None:
    assert not refused([], [])
    assert not refused([1, 2], []), "two of two that differ: chance is 1.4, and one more is allowed"
    assert refused([1, 2, 3], [])
    assert not refused([1, 2, 3, 4], [5]), "three more of five that differ: chance is 2.2"
    assert refused([1, 2, 3, 4, 5], [6])
    assert not refused([], [1, 2, 3, 4, 5])


@pytest.mark.parametrize("flag", [Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT])
def test_every_safety_flag_is_watched_and_the_sentence_says_which(flag: Flag) -> None:
    found, examples = said(Kind.COMPLAINT, flag), right(20, flags=[flag])
    _, worse = judge(examples, [found] * 20, [said()] * 20)
    assert worse[0].startswith(f"of messages with {flag.value} it misses 20 that the present one finds")


def test_complaints_and_escalations_taken_for_something_less_are_counted_together() -> None:
    examples = [*right(50), *right(50, Kind.ESCALATION)]
    before = [said(e.kind) for e in examples]
    swapped = [said(Kind.COMPLAINT)] * 100
    assert not any("complaints and escalations" in w for w in judge(examples, before, swapped)[1])
    lost = [said(Kind.ENQUIRY)] * 4 + before[4:]
    assert any("complaints and escalations" in w for w in judge(examples, before, lost)[1])


def test_a_flag_that_is_no_safety_flag_may_be_found_less_often() -> None:
    examples = right(20, flags=[Flag.LEGAL_ACTION])
    assert judge(examples, [said(Kind.COMPLAINT, Flag.LEGAL_ACTION)] * 20, [said()] * 20)[1] == ()


def test_a_lower_mean_of_the_main_measures_is_worse_by_more_than_half_a_hundredth() -> None:
    examples = right(1000, Kind.ENQUIRY)
    found, other = said(Kind.ENQUIRY), said(Kind.UPDATE)

    def worse(wrong: int) -> tuple[str, ...]:
        return judge(examples, [found] * 1000, answers(1000, range(wrong), found, other))[1]

    assert worse(10) == ()  # half of the main measures see nothing of it
    (sentence,) = worse(12)
    assert sentence == "the mean of the main measures is 0.006 lower; 0.005 is allowed"


def test_flags_said_of_everything_find_all_and_still_make_a_model_worse() -> None:
    danger = (Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING)
    examples = [*right(10, flags=danger), *right(90)]
    before = [*[said(Kind.COMPLAINT, *danger)] * 10, *[said()] * 90]
    (sentence,) = judge(examples, before, [said(Kind.COMPLAINT, *danger)] * 100)[1]
    assert "mean of the main measures" in sentence


def test_scores_stand_side_by_side_and_without_a_present_model_nothing_is_worse() -> None:
    examples = right(10, flags=[Flag.HATE_INCIDENT])
    scores, worse = judge(examples, None, [said(Kind.ENQUIRY)] * 10)
    assert worse == ()
    assert [score.name for score in scores] == [
        "kind accuracy",
        "recall of complaint + escalation",
        "categories macro-F1",
        "categories hit@1",
        "needs micro-F1",
        "safety flags macro-F1",
        "recall of emergency_hazard",
        "recall of safeguarding",
        "recall of domestic_abuse",
        "recall of hate_incident",
    ]
    by_name = {score.name: (score.present, score.new) for score in scores}
    assert by_name["kind accuracy"] == (None, 0.0)
    assert by_name["recall of hate_incident"] == (None, 0.0)
    assert by_name["recall of safeguarding"] == (None, None)


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


def make(models: Models, kind: Kind = Kind.COMPLAINT, taught: Sequence[Example] = (), **changes: Path) -> list[Example]:
    """Train a model that says this kind of everything; what it was taught."""
    learned: list[Example] = []

    def train(examples: Sequence[Example], folder: Path, version: str, say: Say) -> None:
        learned.extend(examples)
        model(folder, version, kind)

    judgement = models.make(train, taught, HELD_OUT, changes.get("folder", models.candidate), lambda _: None)
    assert judgement.new == version_of(changes.get("folder", models.candidate))
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
    assert sorted(p.name for p in models.data.iterdir()) == ["model", "model-before"]


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


def stopped_at(models: Models, monkeypatch: pytest.MonkeyPatch, step: int, act: Callable[[], object]) -> None:
    """Do it, and die just before the renaming of this number."""
    count = 0
    rename = Path.rename

    def dying(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == step:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", dying)
        act()


@pytest.mark.parametrize("there", [("model", "model-before"), ("model",), ("model-before",), ()])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_installing_that_dies_anywhere_leaves_a_whole_model_and_can_be_done_again(
    models: Models, monkeypatch: pytest.MonkeyPatch, step: int, there: Sequence[str]
) -> None:
    model(models.shipped, "shipped")
    for name in there:
        model(models.data / name, f"old {name}")
    was = "old model" if "model" in there else ""
    make(models)
    stopped_at(models, monkeypatch, min(step, len(there) + 1), models.install)
    assert in_use(models) in (was, "shipped")
    models.install()
    assert in_use(models) not in (was, "shipped")
    assert models.go_back() == was, "what was in use is kept, however often it was tried"


@pytest.mark.parametrize("step", [1, 2, 3])
def test_going_back_that_dies_anywhere_loses_no_model(
    models: Models, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    model(models.data / "model-before", "first")
    model(models.data / "model", "second")
    stopped_at(models, monkeypatch, step, models.go_back)
    models.go_back()
    versions = {version_of(models.data / name) for name in ("model", "model-before")}
    assert versions == {"first", "second"}


def test_the_version_says_what_a_model_was_taught(models: Models) -> None:
    def version(taught: Sequence[Example]) -> str:
        make(models, taught=taught)
        return version_of(models.candidate)

    assert version(right(3)) == version(right(3)) != version(right(4))


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

    def fails(examples: Sequence[Example], folder: Path, version: str, say: Say) -> None:
        folder.mkdir()
        raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match="cannot be written: No space left"):
        models.make(fails, [], right(1), tmp_path / "out", lambda _: None)
    assert version_of(tmp_path / "out") == "old"


def test_a_present_model_that_does_not_load_is_told_before_the_long_training(tmp_path: Path) -> None:
    def broken(folder: Path) -> Classifier:
        raise RuntimeError("not an ONNX file")

    models = Models(tmp_path, broken, tmp_path / "shipped")
    model(tmp_path / "model", "old")
    with pytest.raises(BadInput, match=r"cannot be loaded \(RuntimeError\)"):
        make(models)
    assert not models.candidate.exists()


def test_two_do_not_train_in_one_folder_at_once(models: Models) -> None:
    with models.alone(), pytest.raises(BadInput, match="another training is under way"), models.alone():
        pass
    with models.alone():
        pass
