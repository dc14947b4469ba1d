"""A layer's least squares in float64, row by row, and SparseGPT: python scipy_solve.py <json options>; the last line it
prints is what it has to say. Reads what jobs/solve.mjs leaves; imports and reading are not timed."""

import json
import os
import sys
import time

import numpy
import scipy.linalg

BLOCK = 128


def timed(work):
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def solve(weights, damped, mask):
    """Weights that stay, solved for exactly: H[K, K] z = H[K, :] w for the columns K that a row keeps."""
    solution = numpy.zeros_like(weights)
    wanted = weights @ damped
    for row, kept in enumerate(mask):
        columns = numpy.flatnonzero(kept)
        factor = scipy.linalg.cho_factor(damped[numpy.ix_(columns, columns)], lower=True, check_finite=False)
        solution[row, columns] = scipy.linalg.cho_solve(factor, wanted[row, columns], check_finite=False)
    return solution


def sparsegpt(weights, damped, ratio):
    """Frantar and Alistarh 2023, Algorithm 1: masks by w² / d² in blocks of columns, errors handed to those behind."""
    weights = weights.copy()
    inverse = scipy.linalg.cholesky(scipy.linalg.inv(damped), lower=False)
    columns = weights.shape[1]
    for first in range(0, columns, BLOCK):
        last = min(first + BLOCK, columns)
        block, inner = weights[:, first:last], inverse[first:last, first:last]
        scores = block**2 / numpy.diag(inner) ** 2
        pruned = scores <= numpy.sort(scores, axis=None)[int(scores.size * ratio) - 1]
        errors = numpy.zeros_like(block)
        for column in range(last - first):
            kept = numpy.where(pruned[:, column], 0, block[:, column])
            errors[:, column] = (block[:, column] - kept) / inner[column, column]
            block[:, column:] -= numpy.outer(errors[:, column], inner[column, column:])
            block[:, column] = kept
        weights[:, last:] -= errors @ inverse[first:last, last:]
    return weights


def magnitude(weights, ratio):
    """The smallest weights set to zero, and nothing made up for."""
    threshold = numpy.sort(numpy.abs(weights), axis=None)[int(weights.size * ratio) - 1]
    return numpy.where(numpy.abs(weights) <= threshold, 0, weights)


def error(weights, changed, gram):
    """Mean square of the outputs' error as a share of their variance."""
    difference = weights - changed
    return float(numpy.sum((difference @ gram) * difference) / numpy.sum((weights @ gram) * weights))


def main(options):
    def read(name, kind, *shape):
        return numpy.fromfile(os.path.join(options["folder"], name), dtype=kind).reshape(shape)

    rows, columns, ratio = options["rows"], options["columns"], options["ratio"]
    weights = read("weights.f32", numpy.float32, rows, columns).astype(numpy.float64)
    gram = read("gram.f64", numpy.float64, columns, columns)
    mask = read("mask.u8", numpy.uint8, rows, columns)
    damped = gram + options["damping"] * numpy.mean(numpy.diag(gram)) * numpy.eye(columns)
    exact, seconds = timed(lambda: solve(weights, damped, mask))
    gpt, gpt_seconds = timed(lambda: sparsegpt(weights, damped, ratio))
    ours = read("solution.f32", numpy.float32, rows, columns).astype(numpy.float64)
    searched = read("searched.f32", numpy.float32, rows, columns).astype(numpy.float64)
    return {
        "seconds": seconds,
        "sparsegptSeconds": gpt_seconds,
        "difference": float(numpy.linalg.norm(ours - exact) / numpy.linalg.norm(exact)),
        "zeros": {"sparsegpt": float(numpy.mean(gpt == 0)), "searched": float(numpy.mean(searched == 0))},
        "errors": {
            "magnitude": error(weights, magnitude(weights, ratio), gram),
            "sparsegpt": error(weights, gpt, gram),
            "searched": error(weights, searched, gram),
            "ours": error(weights, ours, gram),
            "exact": error(weights, exact, gram),
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
