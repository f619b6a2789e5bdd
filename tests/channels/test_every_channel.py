"""Every channel that our own package announces is met by the contract, and none of its duties is left out."""

from __future__ import annotations

from importlib.metadata import distribution
from types import ModuleType

from tests.channels import test_api_contract, test_assisted_contract
from tests.channels.email import test_contract as email
from tests.channels.telegram import test_contract as telegram
from tests.channels.webform import test_contract as webform

from intakebot.plugins import CHANNELS
from intakebot.testing import ReadingContract, ReceivingContract, RefusingContract, SendingContract

MODULES = (email, telegram, webform, test_api_contract, test_assisted_contract)


def test_every_channel_of_ours_is_met_by_the_contract() -> None:
    ours = {p.name: p.value for p in distribution("intakebot").entry_points if p.group == CHANNELS}
    met = {ours[one.name] for module in MODULES for one in contracts(module)}
    assert len(ours) >= 10 and met == set(ours.values()), "one class may stand for several names"


def test_every_channel_of_ours_takes_in_and_sends_or_refuses() -> None:
    found = [one for module in MODULES for one in contracts(module)]
    assert len(found) >= 7
    for one in found:
        assert issubclass(one, ReceivingContract), one
        assert issubclass(one, SendingContract) != issubclass(one, RefusingContract), one


def contracts(module: ModuleType) -> list[type[ReadingContract]]:
    """The contracts that a module runs."""
    found = [one for name, one in vars(module).items() if name.startswith("Test")]
    return [one for one in found if isinstance(one, type) and issubclass(one, ReadingContract)]
