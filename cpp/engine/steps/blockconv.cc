/// Convolutions whose weights are zero in blocks: as conv and qconv, with other weights.
#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "epilogue.h"
#include "requantize.h"

namespace engine {

namespace {

/// Smaller results may be computed from panels, which are filled from whole images.
constexpr std::size_t fewest_halved_pixels = 128;

using Weights = std::shared_ptr<const BlockedWeights>;

Weights read_weights(StepReader& reader, const FloatConvolution& c) {
  const auto weights = reader.packed<BlockedWeights>(1, "blockgemm");
  reader.expect(weights->items.size() == c.groups && weights->items[0].rows == c.m &&
                    weights->items[0].depth == c.shape.depth(),
                "weights of the convolution");
  return weights;
}

BlockConv problem(const FloatConvolution& c, const Weights& weights, const float* image, float* to) {
  BlockConv conv{};
  conv.items = c.images * c.groups;
  conv.m = c.m;
  conv.input = {c.shape, image, c.shape.channels * c.shape.height * c.shape.width, 0};
  conv.weights = weights->items;
  conv.c = to;
  conv.item_step = c.m * c.shape.pixels();
  conv.epilogue.bias_step = c.m;
  conv.epilogue.activation = c.epilogue.activation;
  return conv;
}

BlockConv problem(const FloatConvolution& c, const Weights& weights, const Run& run) {
  BlockConv conv = problem(c, weights, run.at<const float>(c.x), run.at<float>(c.y));
  conv.epilogue.bias = c.epilogue.bias_of(run);
  conv.epilogue.residual = c.epilogue.residual_of(run);
  return conv;
}

/// blockconv.halves: whether x lies in halves, whether y and the residual do; then as blockconv, these being
/// the upper halves of their rows. Behind the other inputs the lower halves of x and of the residual, behind
/// y its lower half.
Step halves_step(StepReader& reader) {
  const bool x_halved = reader.flag(), y_halved = reader.flag();
  const FloatConvolution c = read_float_convolution(reader, x_halved ? 2 : 1, y_halved ? 2 : 1);
  const Weights weights = read_weights(reader, c);
  reader.expect(c.images * c.groups == 1 && c.m % weights->items[0].block_rows == 0, "one image in halves");
  reader.expect(!x_halved || c.shape.height % 2 == 0, "an image of two halves");
  reader.expect(!y_halved || c.shape.out_height % 2 == 0, "a result of two halves");
  const bool is_cut = y_halved || c.shape.is_pointwise();
  reader.expect(!is_cut || c.shape.pixels() >= fewest_halved_pixels, "halves of some vectors");
  const std::size_t has_bias = c.epilogue.has_bias, has_residual = c.epilogue.has_residual;
  const std::size_t y_bytes = c.m * c.shape.pixels() * sizeof(float) / 2,
                    behind = 2 + has_bias + has_residual;
  const std::size_t x =
      x_halved ? reader.input(behind, c.shape.channels * c.shape.height * c.shape.width * sizeof(float) / 2)
               : 0;
  const std::size_t residual = y_halved && has_residual ? reader.input(behind + x_halved, y_bytes) : 0;
  const std::size_t y = y_halved ? reader.output(1, y_bytes) : 0;
  const auto run = [=](const Run& run) {
    BlockConv conv = problem(c, weights, run);
    if (x_halved) conv.input.lower = run.at<const float>(x);
    if (y_halved) conv.lower_c = run.at<float>(y);
    if (y_halved && has_residual) conv.lower_residual = run.at<const float>(residual);
    block_conv(&run.work, conv, run.scratch);
  };
  float somewhere = 0;  // never read
  BlockConv planned = problem(c, weights, nullptr, nullptr);
  if (x_halved) planned.input.lower = &somewhere;
  if (y_halved) planned.lower_c = &somewhere;
  return {run, block_conv_workspace(planned, reader.threads()), cpu::name(blockgemm_kernels().isa)};
}

}  // namespace

/// blockconv: as read_float_convolution, weights of the form blockgemm
Step blockconv_step(StepReader& reader) {
  if (reader.variant() == "halves") return halves_step(reader);
  const FloatConvolution c = read_float_convolution(reader);
  const Weights weights = read_weights(reader, c);
  const auto run = [=](const Run& run) { block_conv(&run.work, problem(c, weights, run), run.scratch); };
  return {run, block_conv_workspace(problem(c, weights, nullptr, nullptr), reader.threads()),
          cpu::name(blockgemm_kernels().isa)};
}

/// qblockconv.c4, .f32: as qconv, weights of the form qblockgemm
Step qblockconv_step(StepReader& reader) {
  const bool to_bytes = reader.variant() == "c4";
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size(), inputs = reader.size();
  const std::size_t zero_point = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<BlockedIntegers>(1, "qblockgemm");
  reader.expect(groups > 0 && weights->items.size() == groups && weights->items[0].rows == m &&
                    weights->items[0].depth == shape.depth() && shape.channels == (inputs + 3) / 4 &&
                    zero_point < 256,
                "weights of the convolution");
  reader.expect(groups == 1 || (inputs % 4 == 0 && (m % 4 == 0 || !to_bytes)), "groups of whole words");
  const std::size_t image_words = shape.channels * shape.height * shape.width;
  const std::size_t x = reader.input(0, product_of({images, groups, image_words, 4}));
  const std::size_t planes = (groups * m + 3) / 4;
  const std::size_t elements = product_of({images, to_bytes ? 4 * planes : groups * m, shape.pixels()});
  const SumRule rule(reader, 2, WeightSums(weights, &weights->sums), static_cast<std::int32_t>(zero_point),
                     elements, to_bytes);
  const std::size_t y = reader.output(0, elements * (to_bytes ? 1 : sizeof(float)));
  const QBlockKernel& kernel = *qblock_kernel(weights->block_rows);
  const auto problem = [=](const void* image, void* to) {
    QBlockConv conv{};
    conv.items = images * groups;
    conv.m = m;
    conv.input = {shape, image, image_words, static_cast<std::uint32_t>(zero_point) * 0x01010101u};
    conv.weights = weights->items;
    conv.output = to_bytes ? Output::c4 : Output::f32;
    conv.c = to;
    conv.item_step = to_bytes ? (m + 3) / 4 * 4 * shape.pixels() : m * shape.pixels();
    return conv;
  };
  const auto run = [=, &kernel](const Run& run) {
    QBlockConv conv = problem(run.at<const void>(x), run.at<void>(y));
    if (to_bytes) {
      conv.requantize = rule.bytes(run);
    } else {
      conv.dequantize = rule.floats(run);
    }
    qblock_conv(&run.work, conv, run.scratch, kernel);
  };
  const char* const isa = cpu::name(weights->block_rows == 32 ? cpu::Isa::amx : qblockgemm_kernels().isa);
  return {run, qblock_conv_workspace(problem(nullptr, nullptr), reader.threads(), kernel), isa};
}

}  // namespace engine
