"""The network as training fits it and as it is written for reading: the same answers. Needs the extra `train`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")

_PIECES = 40


def test_one_message_is_read_alike_alone_and_among_longer_ones() -> None:
    from intakebot.classifiers.network import Network

    torch.manual_seed(1)
    network = Network(_PIECES).eval()
    ids = torch.tensor([[3, 9, 27, 5, 8], [4, 16, 25, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        together = network(ids, mask)
        alone = network(ids[1:, :3])
    for both, one in zip(together[:2], alone[:2], strict=True):
        assert torch.allclose(both[1], one[0], atol=1e-4)
    assert torch.allclose(together[2][1, :3], alone[2][0], atol=1e-4)


def test_what_is_written_answers_as_what_was_trained(tmp_path: Path) -> None:
    import numpy as np
    import onnxruntime

    from intakebot.classifiers.encoder import NETWORK
    from intakebot.classifiers.network import Network
    from intakebot.classifiers.training import _export

    torch.manual_seed(1)
    network = Network(_PIECES)
    _export(network, tmp_path)
    session = onnxruntime.InferenceSession(str(tmp_path / NETWORK), providers=["CPUExecutionProvider"])
    for length in (2, 7, 30):
        ids = torch.arange(length)[None] % _PIECES
        with torch.no_grad():
            trained = network(ids)
        written = session.run(None, {"ids": ids.numpy()})
        for ours, theirs in zip(trained, written, strict=True):
            assert ours.shape == theirs.shape
            assert np.abs(ours.numpy() - theirs).max() < 0.2  # weights in eight bits
