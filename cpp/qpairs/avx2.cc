#include <immintrin.h>

#include "qpairs.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/unrolled.inc"

/// a plus the sums of neighboring halves of b. GCC would keep the ones in a register, and a vector of sums in
/// memory for it.
inline I add_halves(I a, I b) {
  alignas(32) static constexpr std::int16_t ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
#ifdef __GNUC__
  __asm__("vpmaddwd %1, %0, %0" : "+x"(b) : "m"(ones));
#else
  b = _mm256_madd_epi16(b, load_words(ones));
#endif
  return add(a, b);
}

/// Products of unsigned by signed bytes, two in a half.
inline I products(I pixels, I weights) { return _mm256_maddubs_epi16(pixels, weights); }
inline I weight_at(const std::uint32_t* value) { return splat_word(static_cast<std::int32_t>(*value)); }

/// Nothing beside the vectors.
struct NoPixel {};
constexpr std::size_t words = 1;

/// Pairs of words that all rows have in common.
template <int R, int V>
[[gnu::always_inline]] inline void add_pairs(const std::uint32_t* values, const std::uint8_t* indices,
                                             std::size_t pairs, const std::uint32_t* const (&right)[V],
                                             const std::uint32_t* table, I (&sums)[R][V]) {
  for (std::size_t b = 0; b < pairs; ++b, values += 2 * R, indices += 2) {
#ifdef __GNUC__
    __builtin_prefetch(values + 512, 0, 2);  // what fetches ahead by itself ends with a page
#endif
    const std::size_t first = table[indices[0]], second = table[indices[1]];
    I x[V], y[V];
    unrolled<V>([&](auto v) INLINED { x[v] = load_words(right[v] + first); });
    unrolled<V>([&](auto v) INLINED { y[v] = load_words(right[v] + second); });
    unrolled<R>([&](auto i) INLINED {
      const I p = weight_at(values + 2 * i), q = weight_at(values + 2 * i + 1);
      unrolled<V>([&](auto v) INLINED {
        sums[i][v] = add_halves(sums[i][v], _mm256_add_epi16(products(x[v], p), products(y[v], q)));
      });
    });
  }
}

/// Pairs of words, each row's own.
template <int R, int V>
[[gnu::always_inline]] inline void add_rest(const std::uint32_t* values, const std::uint8_t* indices,
                                            std::size_t pairs, const std::uint32_t* const (&right)[V],
                                            const std::uint32_t* table, I (&sums)[R][V]) {
  for (std::size_t b = 0; b < pairs; ++b, values += 2 * R, indices += 2 * R) {
    unrolled<R>([&](auto i) INLINED {
      const I p = weight_at(values + 2 * i), q = weight_at(values + 2 * i + 1);
      const std::size_t first = table[indices[2 * i]], second = table[indices[2 * i + 1]];
      unrolled<V>([&](auto v) INLINED {
        const I x = products(load_words(right[v] + first), p), y = products(load_words(right[v] + second), q);
        sums[i][v] = add_halves(sums[i][v], _mm256_add_epi16(x, y));
      });
    });
  }
}

/// Adds the products of a panel by V vectors of pixels; word k is read at right[v] + table[k].
template <int R, int V, class Beside>
[[gnu::always_inline]] inline void accumulate(const std::uint32_t* panel, const std::uint32_t*,
                                              std::size_t groups, const std::uint32_t* const (&right)[V],
                                              const std::uint32_t* table, I (&sums)[R][V], Beside&) {
  static_assert(R == pair_rows);
  constexpr std::size_t group = PairChunk::group;
  for (const std::uint32_t* const end = panel + groups * group; panel < end;) {
    const auto& chunk = *reinterpret_cast<const PairChunk*>(panel);
    const std::uint32_t* const values = panel + PairChunk::head_groups * group;
    const std::uint32_t* const indices = values + chunk.value_groups() * group;
    const std::uint32_t* const rest = indices + chunk.index_groups() * group;
    const std::uint32_t* const rest_indices = rest + chunk.rest_value_groups() * group;
    const std::uint32_t* const from = table + chunk.first;
    add_pairs(values, reinterpret_cast<const std::uint8_t*>(indices), chunk.pairs, right, from, sums);
    add_rest(rest, reinterpret_cast<const std::uint8_t*>(rest_indices), chunk.rest, right, from, sums);
    panel += chunk.groups * group;
  }
}

#include "../qgemm/steps.inc"
//
#include "../simd/kept.inc"
//
#include "../qblockgemm/noLonePixel.inc"
//
#include "../qblockgemm/planes.inc"

template <int V>
void tile_of(const std::uint32_t* panel, std::size_t groups, const std::uint32_t* right,
             const std::uint32_t* table, std::int32_t* tile, std::size_t columns) {
  constexpr int R = pair_rows;
  I sums[R][V];
  const std::uint32_t* from[V];
  unrolled<V>([&](auto v) {
    from[v] = right + v * lanes;
    unrolled<R>([&](auto i) { sums[i][v] = splat_word(0); });
  });
  NoPixel beside;
  accumulate<R, V>(panel, nullptr, groups, from, table, sums, beside);
  unrolled<R>([&](auto i) {
    unrolled<V>(
        [&](auto v) { store_words(tile + static_cast<std::size_t>(i) * columns + v * lanes, sums[i][v]); });
  });
}

}  // namespace

void qpairs_product_avx2(const std::uint32_t* panel, std::size_t groups, const std::uint32_t* right,
                         const std::uint32_t* table, std::size_t wanted, std::int32_t* tile,
                         std::size_t columns) {
  std::size_t j = 0;
  for (; j + lanes < wanted; j += 2 * lanes) tile_of<2>(panel, groups, right + j, table, tile + j, columns);
  if (j < wanted) tile_of<1>(panel, groups, right + j, table, tile + j, columns);
}

void qpairs_planes_avx2(const QPlanes& job) { planes<pair_rows, 2>(job); }
