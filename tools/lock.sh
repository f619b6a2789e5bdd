#!/bin/sh
# Makes requirements/*.txt and assets/package-lock.json anew from pyproject.toml and assets/package.json: exact
# versions with hashes for every system and Python we support, and no addresses, so that any mirror can serve them.
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${1:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv

lock() {
    target=$1
    shift
    UV_PYTHON_DOWNLOADS=never "$scratch/venv/bin/uv" pip compile --quiet --universal --generate-hashes --upgrade \
        --python "$scratch/venv/bin/python" --python-version 3.11 \
        --no-header --no-emit-index-url --no-emit-find-links "$@" --output-file "$scratch/$target"
    mv "$scratch/$target" "requirements/$target"
}

lock run.txt pyproject.toml
lock dev.txt pyproject.toml --group dev --constraints requirements/run.txt
lock train.txt pyproject.toml --extra train --constraints requirements/dev.txt
lock build.txt --group build
lock node.txt --group node

if command -v npm >/dev/null; then
    rm -f assets/package-lock.json
    npm install --prefix assets --package-lock-only --ignore-scripts
else
    echo "npm is not on this machine: assets/package-lock.json is as it was." >&2
fi
