#include "gemv/gemv.h"

#include <functional>

#include "dense.h"
#include "qgemv/qgemv.h"

namespace {

struct Shape {
  std::size_t rows, outputs, inputs;
};

/// Ragged in all directions, one large enough to be shared among threads.
constexpr Shape shapes[] = {{1, 1, 1}, {1, 5, 7}, {2, 16, 33}, {3, 50, 64}, {4, 97, 130}, {1, 300, 515}};

std::string text(const Shape& s) {
  return std::to_string(s.rows) + " x " + std::to_string(s.inputs) + " x " + std::to_string(s.outputs);
}

/// The variant of a table that belongs to an instruction set.
template <class Kernels>
const Kernels& of_isa(std::span<const Kernels> rows, cpu::Isa isa) {
  for (const Kernels& row : rows) {
    if (row.isa == isa) return row;
  }
  return rows.back();
}

/// Weights [outputs][inputs] of which `kept` of 16 are not zero.
template <class T, class Draw>
std::vector<T> sparse(const Shape& s, unsigned kept, Draw draw) {
  std::mt19937 random(5);
  std::vector<T> w(s.outputs * s.inputs);
  for (T& each : w) {
    if (random() % 16 < kept) each = draw(random);
  }
  return w;
}

class GemvVariants : public testing::TestWithParam<GemvKernels> {
 protected:
  using Product = std::function<void(const Work&, const GemvRows&)>;

  /// Calls `prepare(shape, weights)` for a product by each of several weights, and holds that to its twin.
  template <class Prepare>
  void expect_twin(Prepare prepare) {
    std::size_t round = 0;
    std::normal_distribution<float> normal;
    for (const Shape& s : shapes) {
      for (const unsigned kept : {0u, 2u, 9u, 16u}) {
        SCOPED_TRACE(text(s) + ", " + std::to_string(kept) + " of 16 kept");
        const std::vector<float> w = sparse<float>(s, kept, [&](auto& random) { return normal(random); });
        expect_twin(s, w, activations()[round++ % activations().size()], prepare(s, w));
      }
    }
  }

 private:
  static void expect_twin(const Shape& s, const std::vector<float>& w, const Activation& f,
                          const Product& product) {
    const std::vector<float> x = values(s.rows * s.inputs, 1), bias = values(s.outputs, 2),
                             start = values(s.rows * s.outputs, 3);
    std::vector<float> first;
    with_pools([&](const Work& work) {
      std::vector<float> y = start;
      product(work,
              {s.rows, s.outputs, s.inputs, x.data(), y.data(), {bias.data(), Side::right, 0, y.data(), f}});
      for (std::size_t at = 0; at < y.size(); ++at) {
        const std::size_t r = at / s.outputs, i = at % s.outputs;
        double sum = static_cast<double>(bias[i]) + static_cast<double>(start[at]);
        double magnitudes =
            std::fabs(static_cast<double>(bias[i])) + std::fabs(static_cast<double>(start[at]));
        for (std::size_t k = 0; k < s.inputs; ++k) {
          const double term =
              static_cast<double>(x[r * s.inputs + k]) * static_cast<double>(w[i * s.inputs + k]);
          sum += term;
          magnitudes += std::fabs(term);
        }
        const double want = exact(sum, f);
        ASSERT_NEAR(y[at], want, float_bound(s.inputs + 4, magnitudes, want, f));
      }
      if (!first.empty()) {
        ASSERT_EQ(y, first);
      }
      first = y;
    });
  }
};

TEST_P(GemvVariants, DenseEqualsTwin) {
  const GemmKernels& packer = of_isa(gemm_variants(), GetParam().isa);
  expect_twin([&](const Shape& s, const std::vector<float>& w) -> Product {
    const std::size_t size = gemm_packed_size(Side::right, s.outputs, s.inputs, packer);
    const auto panels = std::make_shared<Aligned<float>>(size);
    gemm_pack(Side::right, {w.data(), s.outputs, s.inputs, s.inputs, 1}, panels->get(), packer);
    return [=, this, width = packer.size.columns](const Work& work, const GemvRows& rows) {
      gemv(&work, rows, panels->get(), width, GetParam());
    };
  });
}

TEST_P(GemvVariants, BlocksEqualTwin) {
  expect_twin([&](const Shape& s, const std::vector<float>& w) -> Product {
    const BlockWeights packed = pack_blocks({w.data(), s.outputs, s.inputs, s.inputs, 1}, 16);
    return
        [=, this](const Work& work, const GemvRows& rows) { gemv_blocks(&work, rows, packed, GetParam()); };
  });
}

TEST_P(GemvVariants, BitmapsEqualTwin) {
  if (!GetParam().bitmap) GTEST_SKIP() << "no kernel for bitmaps";
  expect_twin([&](const Shape& s, const std::vector<float>& w) -> Product {
    // As MatMul has them: outputs side by side.
    std::vector<float> turned(w.size());
    for (std::size_t at = 0; at < w.size(); ++at) turned[at % s.inputs * s.outputs + at / s.inputs] = w[at];
    const BitmapWeights packed = pack_bitmap({turned.data(), s.outputs, s.inputs, 1, s.outputs});
    return
        [=, this](const Work& work, const GemvRows& rows) { gemv_bitmap(&work, rows, packed, GetParam()); };
  });
}

FOR_EACH_VARIANT(GemvVariants, gemv_variants());

class QGemvVariants : public testing::TestWithParam<QGemvKernels> {
 protected:
  using Product = std::function<void(const Work&, const QGemvRows&, void*)>;

  template <class Prepare>
  void expect_exact(Prepare prepare) {
    for (const Shape& s : shapes) {
      for (const unsigned kept : {0u, 2u, 9u, 16u}) {
        SCOPED_TRACE(text(s) + ", " + std::to_string(kept) + " of 16 kept");
        const auto w = sparse<std::int8_t>(
            s, kept, [](auto& draw) { return static_cast<std::int8_t>(draw() % 9 ? draw() : 0x80); });
        expect_exact(s, w, prepare(s, WeightView{w.data(), s.outputs, s.inputs, 1, s.inputs, 1}));
      }
    }
  }

 private:
  static void expect_exact(const Shape& s, const std::vector<std::int8_t>& w, const Product& product) {
    std::mt19937 random(7);
    std::vector<std::uint8_t> x(s.rows * s.inputs), bytes(s.rows * s.outputs);
    for (auto& v : x) v = static_cast<std::uint8_t>(random() % 5 ? random() : 255);
    std::vector<std::int32_t> bias(s.outputs);
    std::vector<float> multiplier(s.outputs), floats(s.rows * s.outputs);
    for (auto& v : bias) v = static_cast<std::int32_t>(random() % 2001) - 1000;
    for (auto& v : multiplier) v = 0.0005f + 0.00001f * static_cast<float>(random() % 100);
    with_pools([&](const Work& work) {
      QGemvRows rows{s.rows, s.outputs, s.inputs, x.data(), Output::rows, bytes.data(), {}, {}};
      rows.requantize.bias = bias.data(), rows.requantize.multiplier = multiplier.data();
      rows.requantize.zero_point = 9;
      rows.dequantize = {bias.data(), multiplier.data(), nullptr, nullptr, {}};
      const Aligned<std::byte> space(qgemv_workspace(rows));
      product(work, rows, space.get());
      rows.output = Output::f32, rows.y = floats.data();
      product(work, rows, space.get());
      for (std::size_t at = 0; at < bytes.size(); ++at) {
        const std::size_t r = at / s.outputs, i = at % s.outputs;
        std::int32_t sum = bias[i];
        for (std::size_t k = 0; k < s.inputs; ++k) sum += x[r * s.inputs + k] * w[i * s.inputs + k];
        const float scaled = static_cast<float>(sum) * multiplier[i];
        ASSERT_EQ(floats[at], scaled) << at;
        ASSERT_EQ(bytes[at], std::min(std::max(std::nearbyint(scaled) + 9, 0.0f), 255.0f)) << at;
      }
    });
  }
};

TEST_P(QGemvVariants, DenseIsExact) {
  const QGemmKernels& packer = of_isa(qgemm_variants(), GetParam().isa);
  expect_exact([&](const Shape&, const WeightView& w) -> Product {
    const auto panels =
        std::make_shared<Aligned<std::uint32_t>>(qgemm_packed_size(Side::right, w.size, w.depth(), packer));
    qgemm_pack(Side::right, w, panels->get(), nullptr, packer);
    return [=, this, &packer](const Work& work, const QGemvRows& rows, void* space) {
      qgemv(&work, rows, {panels->get(), w.size, w.depth(), packer}, space, GetParam());
    };
  });
}

TEST_P(QGemvVariants, BlocksAreExact) {
  expect_exact([&](const Shape&, const WeightView& w) -> Product {
    const QBlockWeights packed = pack_qblocks(w, 16, gemv_block_format);
    return [=, this](const Work& work, const QGemvRows& rows, void* space) {
      qgemv_blocks(&work, rows, packed, space, GetParam());
    };
  });
}

TEST_P(QGemvVariants, BitmapsAreExact) {
  if (!GetParam().bitmap) GTEST_SKIP() << "no kernel for bitmaps";
  expect_exact([&](const Shape&, const WeightView& w) -> Product {
    const QBitmapWeights packed = pack_qbitmap(w);
    return [=, this](const Work& work, const QGemvRows& rows, void* space) {
      qgemv_bitmap(&work, rows, packed, space, GetParam());
    };
  });
}

FOR_EACH_VARIANT(QGemvVariants, qgemv_variants());

}  // namespace
