"""Messages as other software sends them to the API: say what matters, the rest is plausible."""

from __future__ import annotations

import json
from typing import Any


def values(**changes: Any) -> dict[str, Any]:
    """A message's fields; None takes one out."""
    resident = {"name": "Ama Mensah", "email": "ama@tenant.example", "address": "1 Tide Street, Larkmere"}
    told = {"channel": "phone", "text": "The lift is broken again and nobody came. I want to complain."}
    return {key: value for key, value in (told | {"resident": resident} | changes).items() if value is not None}


def document(**changes: Any) -> bytes:
    """A message as it is sent."""
    return json.dumps(values(**changes)).encode()
