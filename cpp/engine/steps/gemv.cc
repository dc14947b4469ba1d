/// Linear layers of a few rows, whose weights come from memory once: as matmul, qmatmul and dynamicMatmul,
/// with other weights.
#include "gemv/gemv.h"

#include "../gemvWeights.h"
#include "../registry.h"
#include "linear.h"
#include "qgemv/qgemv.h"

namespace engine {
namespace {

using FloatProduct = std::function<void(const Work*, const GemvRows&)>;
using IntegerProduct = std::function<void(const Work*, const QGemvRows&, void* workspace)>;

/// The product by weights of whatever form they have.
FloatProduct float_product(const StepReader& reader, const FloatLinear& l) {
  const auto fits = [&](const auto& weights) {
    reader.expect(weights.rows == l.outputs && weights.depth == l.depth, "weights of the product");
  };
  if (reader.form(1) == "gemv.blocks") {
    const auto weights = reader.packed<BlockWeights>(1, "gemv.blocks");
    fits(*weights);
    return [=](const Work* work, const GemvRows& rows) { gemv_blocks(work, rows, *weights); };
  }
  if (reader.form(1) == "gemv.bitmap") {
    const auto weights = reader.packed<BitmapWeights>(1, "gemv.bitmap");
    fits(*weights);
    reader.expect(gemv_kernels().bitmap, "a processor with a kernel for bitmaps");
    return [=](const Work* work, const GemvRows& rows) { gemv_bitmap(work, rows, *weights); };
  }
  const auto weights = reader.packed<GemmWeights>(1, "gemm.right");
  reader.expect(weights->items == 1 && weights->size == l.outputs && weights->depth == l.depth,
                "weights of the product");
  return [=](const Work* work, const GemvRows& rows) {
    gemv(work, rows, weights->data(), gemm_kernels().size.columns);
  };
}

/// By integers: the product, and each output's sum of weights.
struct IntegerWay {
  IntegerProduct product;
  WeightSums sums;
  std::size_t depth;
};

IntegerWay integer_way(const StepReader& reader) {
  if (reader.form(1) == "qgemv.blocks") {
    const auto weights = reader.packed<QBlockWeights>(1, "qgemv.blocks");
    return {[=](const Work* work, const QGemvRows& rows, void* space) {
              qgemv_blocks(work, rows, *weights, space);
            },
            {weights, &weights->sums},
            weights->depth};
  }
  if (reader.form(1) == "qgemv.bitmap") {
    const auto weights = reader.packed<QBitmapWeights>(1, "qgemv.bitmap");
    reader.expect(qgemv_kernels().bitmap, "a processor with a kernel for bitmaps");
    return {[=](const Work* work, const QGemvRows& rows, void* space) {
              qgemv_bitmap(work, rows, *weights, space);
            },
            {weights, &weights->sums},
            weights->depth};
  }
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.right");
  reader.expect(weights->items == 1, "one matrix of weights");
  return {[=](const Work* work, const QGemvRows& rows, void* space) {
            qgemv(work, rows, {weights->data(), weights->size, weights->depth, qgemm_kernels()}, space);
          },
          {weights, &weights->sums},
          weights->depth};
}

}  // namespace

/// gemv: as FloatLinear, at most four rows, weights of the form gemm.right, gemv.blocks or gemv.bitmap
Step gemv_step(StepReader& reader) {
  const FloatLinear l = read_float_linear(reader);
  reader.expect(l.rows <= most_gemv_rows, "few rows");
  const FloatProduct product = float_product(reader, l);
  const auto run = [=](const Run& run) {
    product(&run.work,
            {l.rows, l.outputs, l.depth, run.at<const float>(l.x), run.at<float>(l.y), l.epilogue_of(run)});
  };
  return {run, 0, cpu::name(gemv_kernels().isa)};
}

/// qgemv.rows, .f32, .dynamic: as IntegerLinear, at most four rows, weights of the form qgemm.right,
/// qgemv.blocks or qgemv.bitmap
Step qgemv_step(StepReader& reader) {
  const auto [product, sums, depth] = integer_way(reader);
  const IntegerLinear l(reader, sums);
  reader.expect(l.output != Output::activated, "a variant that it has");
  reader.expect(l.rows <= most_gemv_rows && depth == (l.inputs + 3) / 4,
                "weights of the product, and few rows");
  const auto rows = [=](const Run& run, const IntegerLinear::Rules& rules) {
    return QGemvRows{l.rows,   l.outputs,         l.inputs,         run.at<const std::uint8_t>(l.x),
                     l.output, run.at<void>(l.y), rules.requantize, rules.dequantize};
  };
  const auto run = [=, product = product](const Run& run) {
    product(&run.work, rows(run, l.rules(run, run.scratch)), run.scratch + l.scratch_bytes());
  };
  const QGemvRows shape{l.rows, l.outputs, l.inputs, nullptr, l.output, nullptr, {}, {}};
  return {run, l.scratch_bytes() + qgemv_workspace(shape), cpu::name(qgemv_kernels().isa)};
}

}  // namespace engine
