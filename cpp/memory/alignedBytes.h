#pragma once
#include <cstddef>
#include <memory>

#include "lines.h"
#include "slab.h"

/// Frees memory, by what its size and slab say that it was made by.
struct AlignedDelete {
  std::shared_ptr<Slab> slab;
  std::size_t size = 0;

  void operator()(std::byte* bytes) const;
};

/// Memory that starts at a cache line, so that no vector load crosses two. Not initialized.
using AlignedBytes = std::unique_ptr<std::byte[], AlignedDelete>;

/// Large ones ask the system for large pages, small ones are cut from slabs of such: weights and activations
/// that are walked through once a run otherwise spend up to an eighth of the run on looking pages up
/// (ResNet-50, float32, measured). Throws std::bad_alloc.
AlignedBytes aligned_bytes(std::size_t size);
