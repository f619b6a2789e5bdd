#!/bin/sh
# Prints the path of a Python 3.11 or newer, or says plainly that there is none. `PYTHON=…` names one to use.
set -eu

for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if found=$("$name" -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null) \
        && [ -n "$found" ]; then
        echo "$found"
        exit 0
    fi
done
echo "intakebot needs Python 3.11 or newer, and ${PYTHON:-python3} is not: install it, or name it with 'make PYTHON=/path/to/python3'." >&2
exit 1
