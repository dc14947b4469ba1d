#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "elements.h"

struct Work;

/// Where runs of bytes lie that tuples of indices point to (ONNX's GatherND and ScatterND).
struct IndexedRuns {
  std::size_t batches, batch_bytes;  // of the data
  std::size_t count;                 // tuples of a batch
  std::vector<std::size_t> sizes;    // of the axes that a tuple goes by
  std::vector<std::size_t> strides;  // of these, in bytes
  std::size_t run;                   // bytes
};

/// y[b, k] = data[b, indices[b, k]], a run each; indices count from the end where negative. False where an
/// index lies outside: y then is not whole.
bool gather_runs(const Work& work, const std::byte* data, const IndexedRuns& where,
                 const std::int64_t* indices, std::byte* y);

/// The reverse: data[b, indices[b, k]] becomes updates[b, k], one after the other. Reductions are of float32.
bool scatter_runs(const std::byte* updates, const IndexedRuns& where, const std::int64_t* indices,
                  Scatter how, std::byte* data);
