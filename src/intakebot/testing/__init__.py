"""Testing: what every channel owes, as tests. A package that brings a channel runs them with pytest on its own.

Subclass `ChannelContract` in a test file, say how your channel is met from outside, and run pytest; the extra
`intakebot[testing]` installs what it needs. A channel that only takes in, or only sends, is made of the parts it
owes. Our own channels pass the same tests. `docs/plugins.md` walks through it.

    class TestScannedPost(ChannelContract):
        name = "scanned_post"
        ...

    class TestPhone(ReceivingContract, RefusingContract):
        name = "phone"
        ...

Each test names the duty in `channels/base.py` that it is about.
"""

import pytest

for _module in ("reading", "contract"):
    pytest.register_assert_rewrite(f"intakebot.testing.{_module}")  # so that a failure shows the values

from intakebot.testing.contract import (  # noqa: E402
    ChannelContract,
    ReceivingContract,
    RefusingContract,
    SendingContract,
)
from intakebot.testing.reading import ReadingContract  # noqa: E402
from intakebot.testing.scene import NOW, FarSide, Mood, Sample, outbound  # noqa: E402

__all__ = [
    "NOW",
    "ChannelContract",
    "FarSide",
    "Mood",
    "ReadingContract",
    "ReceivingContract",
    "RefusingContract",
    "Sample",
    "SendingContract",
    "outbound",
]
