#include "pooling.h"

#include <algorithm>

#include "../select.h"
#include "../taskShares.h"
#include "../threadPool.h"
#include "rows.h"
#include "wholePlane.h"

std::size_t WindowAxis::first(std::size_t k) const {
  const std::int64_t before = pad - static_cast<std::int64_t>(k * dilation);
  return before <= 0 ? 0 : std::min(out, (static_cast<std::size_t>(before) + stride - 1) / stride);
}

std::size_t WindowAxis::last(std::size_t k) const {
  const std::int64_t room = static_cast<std::int64_t>(in) - 1 + pad - static_cast<std::int64_t>(k * dilation);
  return room < 0 ? 0 : std::min(out, static_cast<std::size_t>(room) / stride + 1);
}

std::size_t WindowAxis::taps(std::size_t o, bool counts_padding, std::int64_t end_pad) const {
  const std::int64_t from = counts_padding ? -pad : 0;
  const std::int64_t to = static_cast<std::int64_t>(in) + (counts_padding ? end_pad : 0);
  std::size_t count = 0;
  for (std::size_t k = 0; k < kernel; ++k) count += at(o, k) >= from && at(o, k) < to;
  return count;
}

std::span<const PoolingKernels> pooling_variants() {
#define KERNEL(isa) {cpu::Isa::isa, pool_join_f32_##isa, pool_join_u8_##isa},
  static constexpr PoolingKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const PoolingKernels& pooling_kernels() {
  static const PoolingKernels& chosen = fastest(pooling_variants());
  return chosen;
}

std::size_t pool_workspace(const PoolSpec& spec, std::size_t threads) {
  const std::size_t bytes = std::max(PoolRows<float>::bytes(spec), WholePlane<float>::bytes(spec));
  return bytes * std::max<std::size_t>(threads, 1);
}

namespace {

/// Results of so few words are not divided: threads would have lines of them in common.
constexpr std::size_t small_plane = 1024;

template <class Word>
void pool_whole_planes(const Work& work, const Word* x, std::size_t planes, const PoolSpec& spec, Word* y,
                       void* workspace) {
  const auto& [height, width] = spec.window;
  const std::size_t threads = work.pool.size(), words = height.in * width.in;
  TaskShares shares(planes, threads);
  work.for_each(threads, [&](std::size_t index) {
    auto* const own = static_cast<std::byte*>(workspace) + index * WholePlane<Word>::bytes(spec);
    const WholePlane<Word> whole(spec, own);
    shares.take(&work.cancelled, [&](std::size_t task) { whole.pool(x + task * words, y + task * words); });
  });
}

template <class Word>
void pool_planes(const Work& work, const Word* x, std::size_t planes, const PoolSpec& spec, Word* y,
                 void* workspace) {
  if (WholePlane<Word>::fits(spec)) return pool_whole_planes(work, x, planes, spec, y, workspace);
  const auto& [height, width] = spec.window;
  // Threads begin with the rows that they are likely to have computed in the layer before.
  const std::size_t threads = work.pool.size();
  const std::size_t parts = height.out * width.out < small_plane ? 1 : std::min(threads, height.out);
  TaskShares shares(parts * planes, threads);
  work.for_each(threads, [&](std::size_t index) {
    const PoolRows<Word> rows(spec, static_cast<std::byte*>(workspace) + index * PoolRows<Word>::bytes(spec));
    shares.take(&work.cancelled, [&](std::size_t task) {
      const std::size_t part = task / planes, p = task % planes;
      for (std::size_t o = height.out * part / parts; o < height.out * (part + 1) / parts; ++o)
        rows.pool(x + p * height.in * width.in, o, y + (p * height.out + o) * width.out);
    });
  });
}

}  // namespace

void pool(const Work& work, const float* x, std::size_t planes, const PoolSpec& spec, float* y,
          void* workspace) {
  pool_planes(work, x, planes, spec, y, workspace);
}

void pool(const Work& work, const std::uint32_t* x, std::size_t planes, const PoolSpec& spec,
          std::uint32_t* y, void* workspace) {
  pool_planes(work, x, planes, spec, y, workspace);
}
