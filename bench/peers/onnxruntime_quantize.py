"""One job of onnxruntime.quantization: python onnxruntime_quantize.py <job> <json options>; the last line it prints is
what it has to say. Imports are not timed."""

import json
import logging
import os
import statistics
import sys
import tempfile
import time

import numpy
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

logging.disable(logging.WARNING)


class NpyFolder(CalibrationDataReader):
    """Feeds of a model with one input, from the first files of a folder."""

    def __init__(self, folder, input_name, limit):
        names = sorted(name for name in os.listdir(folder) if name.endswith(".npy"))[:limit]
        self.paths = iter([os.path.join(folder, name) for name in names])
        self.input_name = input_name

    def get_next(self):
        path = next(self.paths, None)
        return None if path is None else {self.input_name: numpy.load(path)}


def input_name(path):
    return onnx.load(path, load_external_data=False).graph.input[0].name


def pre_process(model, prepared):
    """Where shapes stay unknown it gives up, and its documentation says to skip that part."""
    try:
        quant_pre_process(model, prepared)
    except Exception as error:
        if "symbolic shape inference" not in str(error):
            raise
        quant_pre_process(model, prepared, skip_symbolic_shape=True)


def static(options):
    """The documented flow: pre-process (unless told not to), then quantize to QDQ with int8 weights."""
    reader = NpyFolder(options["samples"], input_name(options["model"]), options.get("limit"))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        prepared = options["model"]
        if options.get("preProcess", True):
            prepared = os.path.join(folder, "prepared.onnx")
            pre_process(options["model"], prepared)
        quantize_static(
            prepared,
            options["result"],
            reader,
            quant_format=QuantFormat.QDQ,
            per_channel=options.get("perChannel", True),
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod[options["method"]],
        )
    return {"seconds": time.perf_counter() - start, "bytes": os.path.getsize(options["result"])}


def dynamic(options):
    """As documented, without pre-processing, which is optional here."""
    start = time.perf_counter()
    quantize_dynamic(
        options["model"], options["result"], per_channel=options["perChannel"], weight_type=QuantType.QInt8
    )
    return {"seconds": time.perf_counter() - start, "bytes": os.path.getsize(options["result"])}


def load(options):
    runs = []
    for _ in range(options["repeats"]):
        start = time.perf_counter()
        model = onnx.load(options["model"])
        runs.append(time.perf_counter() - start)
        del model
    return {"seconds": statistics.median(runs), "slowest": max(runs)}


if __name__ == "__main__":
    print(json.dumps({"static": static, "dynamic": dynamic, "open": load}[sys.argv[1]](json.loads(sys.argv[2]))))
