"""Write the next migration from what changed in the schema: `python tools/make_migration.py "what changed"`.

Read what it wrote, give it a name that says what it does, and set HEAD in store/migrations/__init__.py.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine


def main(what: str) -> None:
    """Bring an empty database to the newest step, compare it with the schema, and write the difference."""
    config = Config()
    config.set_main_option("script_location", "intakebot.store:migrations")
    newest = ScriptDirectory.from_config(config).get_current_head()
    number = f"{int(newest or 0) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            if newest:
                command.upgrade(config, "head")
            command.revision(config, message=what, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "change")
