#pragma once
#include <cstddef>
#include <cstdint>

#include "../gemm/gemm.h"
#include "../normalization/normalization.h"
#include "../quantize/quantize.h"

struct Work;

/// A matrix of each item as gemm takes it, item i's at data + i / shared * item_step.
struct ItemMatrix {
  MatrixView matrix;
  std::size_t item_step;
  /// So many items have one in common.
  std::size_t shared = 1;

  MatrixView at(std::size_t item) const {
    MatrixView moved = matrix;
    moved.data += item / shared * item_step;
    return moved;
  }
};

/// Where the rows of a result go, the last axis being the rows of an item, and as what: floats, or what
/// QuantizeLinear makes of them.
struct AttentionResult {
  RowAxes rows;
  bool in_bytes = false;
  QuantizeRule rule{};
  void* to = nullptr;
};

/// result[item] = softmax(queries keys^T * factor + mask) values (Vaswani et al., arXiv:1706.03762). Scores
/// stay in the caches: there is one block of rows of them a thread. Errors are those of a product (gemm.h),
/// of attention_weights_f32, and of a product of depth n by weights that sum up to 1; where the result is
/// bytes, products may be those of halves (kernels.h).
struct Attention {
  std::size_t items;
  ItemMatrix queries;  // left: size m, depth d > 0
  ItemMatrix keys;     // right: size n > 0, depth d
  ItemMatrix values;   // right: size w, depth n
  /// Of row i of an item, here and in the result: row item * m + i.
  ScoreMask mask;
  AttentionResult result;
};

/// Bytes that `attention` needs for a pool of `threads` threads.
std::size_t attention_workspace(const Attention& attention, std::size_t threads);

/// The same bits for any number of threads. `workspace` is aligned to 64 bytes. Cancelled work leaves the
/// result unfinished. Does not throw.
void attention(const Work& work, const Attention& attention, void* workspace);
