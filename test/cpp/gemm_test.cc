#include "gemm/gemm.h"

#include <memory>
#include <utility>

#include "dense.h"

namespace {

std::vector<float> some(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& v : x) v = normal(random);
  return x;
}

Aligned<float> packed(Side side, const MatrixView& m, const GemmKernels& kernels) {
  Aligned<float> panels(gemm_packed_size(side, m.size, m.depth, kernels));
  gemm_pack(side, m, panels.get(), kernels);
  return panels;
}

void run(const Work* work, const Gemm& g, const GemmKernels& kernels) {
  const Aligned<std::byte> space(gemm_workspace(g, work ? work->pool.size() : 1, kernels));
  gemm(work, g, space.get(), kernels);
}

/// Sum of products and of their magnitudes, in double.
struct Sum {
  double value = 0, magnitudes = 0;
  std::size_t terms = 3;

  void add(double term) {
    value += term;
    magnitudes += std::fabs(term);
    ++terms;
  }
  void expect_near(float got, const Activation& f) const {
    const double want = exact(value, f);
    ASSERT_NEAR(got, want, float_bound(terms, magnitudes, want, f));
  }
};

class GemmVariants : public testing::TestWithParam<GemmKernels> {};

struct Sizes {
  std::size_t m, n, depth;
};

/// Rows of activations by packed weights, with everything an epilogue may hold.
TEST_P(GemmVariants, LinearFormEqualsTwinOnAnyNumberOfThreads) {
  for (const Sizes& s : {Sizes{1, 1, 1},
                         {1, 1000, 37},
                         {3, 5, 0},
                         {7, 49, 64},
                         {33, 100, 257},
                         {64, 96, 600},
                         {200, 17, 300}}) {
    SCOPED_TRACE(std::to_string(s.m) + " x " + std::to_string(s.n) + " x " + std::to_string(s.depth));
    const std::size_t a_stride = s.depth + 3, stride = s.n + 2;
    const std::vector<float> a = some(s.m * a_stride, 1), w = some(s.depth * s.n, 2), bias = some(s.n, 3);
    const std::vector<float> residual = some(s.m * stride, 4);
    // The weights lie as MatMul has them, [depth][n].
    const Aligned<float> right = packed(Side::right, {w.data(), s.n, s.depth, 1, s.n}, GetParam());
    const Activation f = activations()[(s.m + s.n) % activations().size()];
    std::vector<float> first;
    with_pools([&](const Work& work) {
      std::vector<float> c(s.m * stride, -77.0f);
      Gemm g{};
      g.items = 1, g.m = s.m, g.n = s.n, g.depth = s.depth;
      g.packed = Side::right, g.panels = right.get(), g.packed_items = 1;
      g.fill = gemm_fill(Side::left, {a.data(), s.m, s.depth, a_stride, 1}, 0, GetParam());
      g.c = c.data(), g.stride = stride;
      g.epilogue = {bias.data(), Side::right, 0, residual.data(), f};
      run(&work, g, GetParam());
      for (std::size_t i = 0; i < s.m; ++i) {
        for (std::size_t j = 0; j < stride; ++j) {
          if (j >= s.n) {
            ASSERT_EQ(c[i * stride + j], -77.0f);
            continue;
          }
          Sum sum;
          for (std::size_t k = 0; k < s.depth; ++k) {
            sum.add(static_cast<double>(a[i * a_stride + k]) * static_cast<double>(w[k * s.n + j]));
          }
          sum.add(bias[j]);
          sum.add(residual[i * stride + j]);
          sum.expect_near(c[i * stride + j], f);
        }
      }
      if (!first.empty()) {
        ASSERT_EQ(c, first);
      }
      first = c;
    });
  }
}

/// Images times groups, weights packed once a group; the residual lies where the result goes.
TEST_P(GemmVariants, ConvolutionFormEqualsTwinOnAnyNumberOfThreads) {
  constexpr std::size_t images = 2, groups = 2;
  std::size_t round = 0;
  for (const ConvShape& s : conv_shapes()) {
    const std::size_t m = 1 + 5 * (round % 8), n = s.pixels(), depth = s.depth();
    const Activation f = activations()[round++ % activations().size()];
    SCOPED_TRACE(text(s) + ", channels out " + std::to_string(m));
    const std::size_t image_size = s.channels * s.height * s.width;
    const std::vector<float> x = some(images * groups * image_size, 1), w = some(groups * m * depth, 2);
    const std::vector<float> bias = some(groups * m, 3), start = some(images * groups * m * n, 4);
    const std::size_t step = gemm_packed_size(Side::left, m, depth, GetParam());
    const Aligned<float> left(groups * step);
    for (std::size_t g = 0; g < groups; ++g) {
      gemm_pack(Side::left, {w.data() + g * m * depth, m, depth, depth, 1}, left.get() + g * step,
                GetParam());
    }
    std::vector<float> first;
    with_pools([&](const Work& work) {
      std::vector<float> c = start;
      Gemm g{};
      g.items = images * groups, g.m = m, g.n = n, g.depth = depth;
      g.packed = Side::left, g.panels = left.get(), g.packed_step = step, g.packed_items = groups;
      g.fill = conv_fill(s, x.data(), image_size, 0, GetParam().size);
      g.scratch = conv_scratch(s, GetParam().size);
      g.c = c.data(), g.stride = n, g.item_step = m * n;
      g.epilogue = {bias.data(), Side::left, m, c.data(), f};
      run(&work, g, GetParam());
      for (std::size_t at = 0; at < c.size(); ++at) {
        const std::size_t p = at % n, i = at / n % m, item = at / n / m;
        Sum sum;
        for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
          for (std::size_t k = 0; k < s.channels; ++k) {
            sum.add(static_cast<double>(x[item * image_size + k * s.height * s.width + pixel]) *
                    static_cast<double>(w[(item % groups * m + i) * depth + k * s.taps() + tap]));
          }
        });
        sum.add(bias[item % groups * m + i]);
        sum.add(start[at]);
        sum.expect_near(c[at], f);
      }
      if (!first.empty()) {
        ASSERT_EQ(c, first);
      }
      first = c;
    });
  }
}

/// More weights than go through the inner dimension together, beside pixels of several panels and a few more.
TEST_P(GemmVariants, ManyRowsOfManyStepsEqualTwinOnAnyNumberOfThreads) {
  for (const auto& [m, n, depth] : {Sizes{301, 53, 601}, {70, 49, 200}, {3, 75, 450}}) {
    const std::vector<float> w = some(m * depth, 1), x = some(depth * n, 2), bias = some(m, 3),
                             before = some(m * n, 4);
    const Aligned<float> left = packed(Side::left, {w.data(), m, depth, depth, 1}, GetParam());
    std::vector<Sum> sums(m * n);
    for (std::size_t at = 0; at < m * n; ++at) {
      const std::size_t i = at / n, j = at % n;
      for (std::size_t k = 0; k < depth; ++k)
        sums[at].add(static_cast<double>(w[i * depth + k]) * static_cast<double>(x[k * n + j]));
      sums[at].add(bias[i]);
      sums[at].add(before[at]);
    }
    std::vector<float> first;
    with_pools([&](const Work& work) {
      std::vector<float> c = before;
      Gemm g{};
      g.items = 1, g.m = m, g.n = n, g.depth = depth;
      g.packed = Side::left, g.panels = left.get(), g.packed_items = 1;
      g.fill = gemm_fill(Side::right, {x.data(), n, depth, 1, n}, 0, GetParam());
      g.c = c.data(), g.stride = n;
      g.epilogue = {bias.data(), Side::left, 0, c.data(), {ActivationKind::relu}};
      run(&work, g, GetParam());
      for (std::size_t at = 0; at < m * n; ++at) sums[at].expect_near(c[at], {ActivationKind::relu});
      if (!first.empty()) {
        ASSERT_EQ(c, first);
      }
      first = c;
    });
  }
}

/// Whether rows are read where they lie is the driver's choice, and does not show.
TEST_P(GemmVariants, RowsInPlaceGiveTheSameBits) {
  constexpr std::size_t items = 3, depth = 601;
  for (const auto& [m, n] :
       {std::pair<std::size_t, std::size_t>{5, 48}, {16, 112}, {64, 32}, {9, 50}, {80, 64}}) {
    SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(n));
    const std::size_t row_step = n + 5, item_step = depth * row_step - 5;
    const std::vector<float> w = some(m * depth, 1), x = some(items * item_step, 2);
    const Aligned<float> left = packed(Side::left, {w.data(), m, depth, depth, 1}, GetParam());
    // Nothing lies behind the last row: sanitizers see what is read there.
    const std::unique_ptr<float[]> exact_end(new float[x.size()]);
    std::copy(x.begin(), x.end(), exact_end.get());
    const auto product = [&](const Work* work, bool in_place) {
      std::vector<float> c(items * m * n, -77.0f);
      Gemm g{};
      g.items = items, g.m = m, g.n = n, g.depth = depth;
      g.packed = Side::left, g.panels = left.get(), g.packed_items = 1;
      g.fill = gemm_fill(Side::right, {x.data(), n, depth, 1, row_step}, item_step, GetParam());
      if (in_place) g.rows = exact_end.get(), g.rows_step = row_step, g.rows_item_step = item_step;
      g.c = c.data(), g.stride = n, g.item_step = m * n;
      run(work, g, GetParam());
      return c;
    };
    const std::vector<float> filled = product(nullptr, false);
    with_pools([&](const Work& work) { ASSERT_EQ(product(&work, true), filled); });
  }
}

TEST_P(GemmVariants, AnEmptyResultIsNoWork) {
  const ConvShape s{1, 4, 4, 3, 3, 1, 1, 1, 1, 0, 0, 2, 0};
  const Aligned<float> left(gemm_packed_size(Side::left, 5, 9, GetParam()));
  Gemm g{};
  g.m = 5, g.n = s.pixels(), g.depth = s.depth();
  g.packed = Side::left, g.panels = left.get();
  g.fill = conv_fill(s, nullptr, 0, 0, GetParam().size), g.scratch = conv_scratch(s, GetParam().size);
  run(nullptr, g, GetParam());
}

TEST_P(GemmVariants, CancelledWorkEnds) {
  const std::vector<float> a(400 * 400, 1.0f);
  const Aligned<float> right = packed(Side::right, {a.data(), 400, 400, 1, 400}, GetParam());
  std::vector<float> c(400 * 400, 5.0f);
  ThreadPool pool(2);
  const std::atomic<bool> cancelled{true};
  const Work work{pool, cancelled};
  Gemm g{};
  g.items = 1, g.m = g.n = g.depth = g.stride = 400;
  g.packed = Side::right, g.panels = right.get(), g.packed_items = 1;
  g.fill = gemm_fill(Side::left, {a.data(), 400, 400, 400, 1}, 0, GetParam());
  g.c = c.data();
  run(&work, g, GetParam());
  EXPECT_EQ(c, std::vector<float>(400 * 400, 5.0f));
}

/// What the contract allows beyond float_bound.
double cancellation(double x, double want, const Activation& f) {
  if (f.kind == ActivationKind::hard_swish || f.kind == ActivationKind::hard_sigmoid) {
    return 0x1p-23 * (1 + std::fabs(x)) * (f.kind == ActivationKind::hard_swish ? std::fabs(x) + 1 : 1);
  }
  if (f.kind != ActivationKind::gelu_tanh) return 0;
  return 1e-6 * std::fabs(want) * std::fabs(1.6 * (x + 0.044715 * x * x * x));
}

TEST_P(GemmVariants, StoresApplyEveryActivation) {
  const TileSize size = GetParam().size;
  const Aligned<float> tile(size.rows * size.columns);
  std::vector<float> x = values(10 * tile.size(), 1);
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] *= 10;
  for (const float extreme : {0.0f, -0.0f, 1e30f, -1e30f, infinity, 1e-30f, -1e-40f}) x.push_back(extreme);
  x.resize((x.size() + tile.size() - 1) / tile.size() * tile.size());
  for (const Activation& f : activations()) {
    for (std::size_t from = 0; from < x.size(); from += tile.size()) {
      for (std::size_t columns : {std::size_t{1}, size.columns - 1, size.columns}) {
        std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(from), tile.size(), tile.get());
        std::vector<float> c(size.rows * columns, -7.0f);
        GetParam().store(tile.get(), size.columns, size.rows, columns, {nullptr, nullptr, nullptr, 0, f},
                         c.data(), columns);
        for (std::size_t i = 0; i < c.size(); ++i) {
          const double in = tile[i / columns * size.columns + i % columns], want = exact(in, f);
          if (std::isinf(want)) {
            ASSERT_EQ(c[i], want);
            continue;
          }
          ASSERT_NEAR(c[i], want, float_bound(0, 0, want, f) + cancellation(in, want, f))
              << "activation " << static_cast<int>(f.kind) << " of " << in;
        }
      }
    }
  }
}

TEST_P(GemmVariants, NanStaysNan) {
  const TileSize size = GetParam().size;
  const Aligned<float> tile(size.rows * size.columns);
  std::fill_n(tile.get(), tile.size(), not_a_number);
  for (const Activation& f : activations()) {
    std::vector<float> c(tile.size());
    GetParam().store(tile.get(), size.columns, size.rows, size.columns, {nullptr, nullptr, nullptr, 0, f},
                     c.data(), size.columns);
    for (float y : c) ASSERT_TRUE(std::isnan(y)) << "activation " << static_cast<int>(f.kind);
  }
}

FOR_EACH_VARIANT(GemmVariants, gemm_variants());

}  // namespace
