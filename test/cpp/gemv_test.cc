#include "gemv/gemv.h"

#include <functional>

#include "linear.h"
#include "qgemv/qgemv.h"

namespace {

/// Ragged in all directions, one large enough to be shared among threads.
constexpr LinearShape shapes[] = {{1, 1, 1},   {1, 5, 7},    {2, 16, 33},
                                  {3, 50, 64}, {4, 97, 130}, {1, 300, 515}};

/// The variant of a table that is chosen where an instruction set is the best one.
template <class Kernels>
const Kernels& of_isa(std::span<const Kernels> rows, cpu::Isa isa) {
  for (const Kernels& row : rows) {
    if (row.isa <= isa && cpu::has(row.isa)) return row;
  }
  return rows.back();
}

class GemvVariants : public testing::TestWithParam<GemvKernels> {
 protected:
  using Product = std::function<void(const Work&, const GemvRows&)>;

  /// Calls `prepare(shape, weights)` for a product by each of several weights, and holds that to its twin.
  template <class Prepare>
  void expect_twin(Prepare prepare) {
    std::size_t round = 0;
    std::normal_distribution<float> normal;
    for (const LinearShape& s : shapes) {
      for (const unsigned kept : {0u, 2u, 9u, 16u}) {
        SCOPED_TRACE(text(s) + ", " + std::to_string(kept) + " of 16 kept");
        const std::vector<float> w =
            sparse_weights<float>(s, 1, 1, kept, [&](auto& random) { return normal(random); });
        expect_twin(s, w, activations()[round++ % activations().size()], prepare(s, w));
      }
    }
  }

 private:
  static void expect_twin(const LinearShape& s, const std::vector<float>& w, const Activation& f,
                          const Product& product) {
    const FloatLinearLayer l{s, s.inputs, f};
    std::vector<float> first;
    with_pools([&](const Work& work) {
      std::vector<float> y = l.start;
      product(
          work,
          {s.rows, s.outputs, s.inputs, l.x.data(), y.data(), {l.bias.data(), Side::right, 0, y.data(), f}});
      l.expect_twin(y, w);
      if (!first.empty()) {
        ASSERT_EQ(y, first);
      }
      first = y;
    });
  }
};

TEST_P(GemvVariants, DenseEqualsTwin) {
  const GemmKernels& packer = of_isa(gemm_variants(), GetParam().isa);
  expect_twin([&](const LinearShape& s, const std::vector<float>& w) -> Product {
    const std::size_t size = gemm_packed_size(Side::right, s.outputs, s.inputs, packer);
    const auto panels = std::make_shared<Aligned<float>>(size);
    gemm_pack(Side::right, {w.data(), s.outputs, s.inputs, s.inputs, 1}, panels->get(), packer);
    return [=, this, width = packer.size.columns](const Work& work, const GemvRows& rows) {
      gemv(&work, rows, panels->get(), width, GetParam());
    };
  });
}

TEST_P(GemvVariants, BlocksEqualTwin) {
  expect_twin([&](const LinearShape& s, const std::vector<float>& w) -> Product {
    const BlockWeights packed = pack_blocks({w.data(), s.outputs, s.inputs, s.inputs, 1}, 16);
    return
        [=, this](const Work& work, const GemvRows& rows) { gemv_blocks(&work, rows, packed, GetParam()); };
  });
}

TEST_P(GemvVariants, BitmapsEqualTwin) {
  if (!GetParam().bitmap) GTEST_SKIP() << "no kernel for bitmaps";
  expect_twin([&](const LinearShape& s, const std::vector<float>& w) -> Product {
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
    for (const LinearShape& s : shapes) {
      for (const unsigned kept : {0u, 2u, 9u, 16u}) {
        SCOPED_TRACE(text(s) + ", " + std::to_string(kept) + " of 16 kept");
        const auto w = sparse_weights<std::int8_t>(s, 1, 1, kept, draw_byte);
        expect_exact(s, w, prepare(s, WeightView{w.data(), s.outputs, s.inputs, 1, s.inputs, 1}));
      }
    }
  }

 private:
  static void expect_exact(const LinearShape& s, const std::vector<std::int8_t>& w, const Product& product) {
    const IntegerLinearLayer l(s);
    std::vector<std::uint8_t> bytes(s.rows * s.outputs);
    std::vector<float> floats(s.rows * s.outputs);
    with_pools([&](const Work& work) {
      QGemvRows rows{s.rows, s.outputs, s.inputs, l.x.data(), Output::rows, bytes.data(), {}, {}};
      l.describe(rows);
      const Aligned<std::byte> space(qgemv_workspace(rows));
      product(work, rows, space.get());
      rows.output = Output::f32, rows.y = floats.data();
      product(work, rows, space.get());
      l.expect_exact(floats, bytes, w);
    });
  }
};

TEST_P(QGemvVariants, DenseIsExact) {
  const QGemmKernels& packer = of_isa(qgemm_variants(), GetParam().isa);
  expect_exact([&](const LinearShape&, const WeightView& w) -> Product {
    const auto panels =
        std::make_shared<Aligned<std::uint32_t>>(qgemm_packed_size(Side::right, w.size, w.depth(), packer));
    qgemm_pack(Side::right, w, panels->get(), nullptr, packer);
    return [=, this, &packer](const Work& work, const QGemvRows& rows, void* space) {
      qgemv(&work, rows, {panels->get(), w.size, w.depth(), packer}, space, GetParam());
    };
  });
}

TEST_P(QGemvVariants, BlocksAreExact) {
  expect_exact([&](const LinearShape&, const WeightView& w) -> Product {
    const QBlockWeights packed = pack_qblocks(w, 16, gemv_block_format);
    return [=, this](const Work& work, const QGemvRows& rows, void* space) {
      qgemv_blocks(&work, rows, packed, space, GetParam());
    };
  });
}

TEST_P(QGemvVariants, BitmapsAreExact) {
  if (!GetParam().bitmap) GTEST_SKIP() << "no kernel for bitmaps";
  expect_exact([&](const LinearShape&, const WeightView& w) -> Product {
    const QBitmapWeights packed = pack_qbitmap(w);
    return [=, this](const Work& work, const QGemvRows& rows, void* space) {
      qgemv_bitmap(&work, rows, packed, space, GetParam());
    };
  });
}

FOR_EACH_VARIANT(QGemvVariants, qgemv_variants());

}  // namespace
