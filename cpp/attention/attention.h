#pragma once
#include <cstddef>

#include "../gemm/gemm.h"
#include "../normalization/normalization.h"

struct Work;

/// A matrix of each item as gemm takes it, item i's at data + i * item_step.
struct ItemMatrix {
  MatrixView matrix;
  std::size_t item_step;

  MatrixView at(std::size_t item) const {
    MatrixView moved = matrix;
    moved.data += item * item_step;
    return moved;
  }
};

/// y[item] = softmax(queries keys^T * factor + mask) values (Vaswani et al., arXiv:1706.03762). Scores stay
/// in the caches: there is one block of rows of them a thread. The same bits as gemm, masked_softmax and gemm
/// one after the other.
struct Attention {
  std::size_t items;
  ItemMatrix queries;  // left: size m, depth d > 0
  ItemMatrix keys;     // right: size n > 0, depth d
  ItemMatrix values;   // right: size w, depth n
  /// Of row i of an item: row item * m + i.
  ScoreMask mask;
  float* y;  // [items][m][w]
};

/// Bytes that `attention` needs for a pool of `threads` threads.
std::size_t attention_workspace(const Attention& attention, std::size_t threads);

/// The same bits for any number of threads. `workspace` is aligned to 64 bytes. Cancelled work leaves y
/// unfinished. Does not throw.
void attention(const Work& work, const Attention& attention, void* workspace);
