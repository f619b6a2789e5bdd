"""Testing: what every channel owes, as tests. A package that brings a channel runs them with pytest on its own.

Subclass `ChannelContract` in a test file, say how your channel is met from outside, and run pytest; the extra
`intakebot[testing]` installs what it needs. Our own channels pass the same tests. `docs/plugins.md` walks through it.

    class TestScannedPost(ChannelContract):
        name = "scanned_post"
        ...

Each test names the duty in `channels/base.py` that it is about.
"""

import pytest

pytest.register_assert_rewrite("intakebot.testing.contract")  # so that a failure shows the values

from intakebot.testing.contract import ChannelContract  # noqa: E402
from intakebot.testing.scene import NOW, FarSide, Mood, Sample, outbound  # noqa: E402

__all__ = ["NOW", "ChannelContract", "FarSide", "Mood", "Sample", "outbound"]
