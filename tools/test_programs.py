"""See that what some tests need is there: Chromium for the pages, Dovecot as the mailbox to poll, Pango for PDF.

What is missing is installed from Debian's packages where that is allowed (as root, or with a sudo that asks no
password). Where it is not, it says exactly what to install: an error when CI is set, else the tests that need the
program are skipped with the reason. Standard library only; run by `make test`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library

# A program, under any of its names, and the Debian packages that bring it. Liberation is the free metric twin of Arial.
PROGRAMS = (
    (("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), ("chromium", "fonts-liberation")),
    (("dovecot",), ("dovecot-imapd",)),
)
# A library, and the Debian package that brings it.
LIBRARIES = (("pango-1.0", "libpango-1.0-0"), ("pangoft2-1.0", "libpangoft2-1.0-0"))
SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def main() -> int:
    """Install what is missing; 0 unless CI is set and something still is."""
    packages = missing()
    if not packages:
        return 0
    install(packages)
    packages = missing()
    if not packages:
        return 0
    print(
        f"test programs: not found, and could not be installed: {' '.join(packages)}. As root, run\n"
        f"    apt-get update && apt-get install {' '.join(packages)}\n"
        "or install your system's own packages of them. Until then the tests that need them are skipped.",
        file=sys.stderr,
    )
    return 1 if os.environ.get("CI") == "true" else 0


def missing() -> list[str]:
    """The Debian packages of every program and library that is not on this machine."""
    absent = (packages for names, packages in PROGRAMS if not any(shutil.which(name, path=SEARCH) for name in names))
    programs = [package for packages in absent for package in packages]
    return programs + [package for library, package in LIBRARIES if find_library(library) is None]


def install(packages: list[str]) -> None:
    """Try `apt-get`, as whoever may; what came of it is seen by looking again."""
    if shutil.which("apt-get") is None:
        return
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return
        apt = ["sudo", "-n", *apt]
    print(f"test programs: installing {' '.join(packages)} from Debian's packages", file=sys.stderr, flush=True)
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *command], stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)


if __name__ == "__main__":
    sys.exit(main())
