#!/usr/bin/env bash
# Installs the Python peers into bench/.venv, which the benches then find. PYTHON names the interpreter to use.
set -euo pipefail
cd "$(dirname "$0")"
"${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --requirement peers/requirements.txt
.venv/bin/python -c 'import onnx, onnxruntime; print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)'
