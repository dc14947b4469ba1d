#include "../registry.h"
#include "convShape.h"
#include "depthwise/depthwise.h"
#include "dynamicRule.h"
#include "qblockgemm/planesConv.h"
#include "qgemm/qgemm.h"
#include "qpairs/conv.h"
#include "requantize.h"

namespace engine {
namespace {

/// Bytes of a C4 image of so many channels.
std::size_t c4_bytes(std::size_t channels, std::size_t pixels) {
  return product_of({(channels + 3) / 4, pixels, 4});
}

/// The sizes of a convolution. `items`: images times groups.
struct Sizes {
  std::size_t items, groups, m;
  ConvShape shape;

  std::size_t image_words() const { return shape.channels * shape.height * shape.width; }
};

/// A convolution as its step has read it.
struct Convolution : Sizes {
  std::uint32_t pad;
  std::size_t x, y;
  SumRule rule;
};

/// Four times the zero point.
std::uint32_t word_of(std::uint32_t zero_point) { return zero_point * 0x01010101u; }

/// Bytes, stored as they are computed. `weights`: what `panels` point into.
Step step_in_planes(const Convolution& c, const std::shared_ptr<const void>& weights,
                    const std::vector<WeightPanels>& panels, const QBlockKernel& kernel,
                    std::size_t threads) {
  const auto problem = [=](const std::vector<WeightPanels>& all, const void* image, std::uint8_t* to) {
    return PlanesConv{
        c.items, c.m, {c.shape, image, c.image_words(), c.pad}, all, to, c4_bytes(c.m, c.shape.pixels()), {}};
  };
  const auto run = [=, &kernel, kept = weights](const Run& run) {
    PlanesConv conv = problem(panels, run.at<const void>(c.x), run.at<std::uint8_t>(c.y));
    conv.requantize = c.rule.bytes(run);
    planes_conv(&run.work, conv, run.scratch, kernel);
  };
  return {run, planes_workspace(problem(panels, nullptr, nullptr), threads, kernel),
          cpu::name(qgemm_kernels().isa)};
}

std::vector<WeightPanels> panels_of(const IntegerWeights& weights) {
  std::vector<WeightPanels> panels;
  for (std::size_t i = 0; i < weights.items; ++i)
    panels.push_back({weights.data() + i * weights.step, nullptr, nullptr, weights.depth});
  return panels;
}

Step step_by_pairs(const Convolution& c, const std::shared_ptr<const PairedIntegers>& weights,
                   std::size_t threads) {
  const auto problem = [=](const void* image, std::uint8_t* to) {
    return QPairConv{c.items,
                     c.m,
                     {c.shape, image, c.image_words(), c.pad},
                     weights->items,
                     to,
                     c4_bytes(c.m, c.shape.pixels()),
                     {}};
  };
  const auto run = [=](const Run& run) {
    QPairConv conv = problem(run.at<const void>(c.x), run.at<std::uint8_t>(c.y));
    conv.requantize = c.rule.bytes(run);
    qpair_conv(&run.work, conv, run.scratch, *qpair_kernels());
  };
  return {run, qpair_conv_workspace(problem(nullptr, nullptr), threads, *qpair_kernels()),
          cpu::name(qgemm_kernels().isa)};
}

/// The product of one image, or of none yet, as tiles of sums.
QGemm product_in_tiles(const Sizes& c, const IntegerWeights& weights, Output output, std::uint32_t pad,
                       const void* image, void* to) {
  const std::size_t pixels = c.shape.pixels();
  QGemm g{};
  g.items = c.items;
  g.m = c.m;
  g.n = pixels;
  g.depth = c.shape.depth();
  g.packed = Side::left;
  g.panels = weights.data();
  g.packed_step = weights.step;
  g.packed_items = c.groups;
  g.fill = conv_fill(c.shape, image, c.image_words(), pad, qgemm_kernels().size);
  g.scratch = conv_scratch(c.shape, qgemm_kernels().size);
  g.output = output;
  g.c = to;
  g.stride = output == Output::c4 ? 4 * pixels : pixels;
  g.item_step = output == Output::c4 ? c4_bytes(c.m, pixels) : c.m * pixels;
  return g;
}

/// Bytes or floats, from tiles of sums.
Step step_in_tiles(const Convolution& c, const std::shared_ptr<const IntegerWeights>& weights, bool to_bytes,
                   std::size_t threads) {
  const auto product = [=](const void* image, void* to) {
    return product_in_tiles(c, *weights, to_bytes ? Output::c4 : Output::f32, c.pad, image, to);
  };
  const auto run = [=](const Run& run) {
    QGemm g = product(run.at<const void>(c.x), run.at<void>(c.y));
    if (to_bytes) {
      g.requantize = c.rule.bytes(run);
    } else {
      g.dequantize = c.rule.floats(run);
    }
    qgemm(&run.work, g, run.scratch);
  };
  return {run, qgemm_workspace(product(nullptr, nullptr), threads), cpu::name(qgemm_kernels().isa)};
}

}  // namespace

/// qconv.c4, qconv.f32: x (C4), weights (qgemm.left, of c4 perhaps qpairs, one item a group), what SumRule
/// reads -> y; images, groups, output channels of a group, input channels of a group, zero point of x, shape
/// (its channels in fours), SumRule. Groups of c4 have multiples of four channels.
Step qconv_step(StepReader& reader) {
  const bool to_bytes = reader.variant() == "c4";
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size(), inputs = reader.size();
  const std::size_t zero_point = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const bool by_pairs = to_bytes && reader.form(1) == "qpairs";
  const auto pairs = by_pairs ? reader.packed<PairedIntegers>(1, "qpairs") : nullptr;
  const auto weights = by_pairs ? nullptr : reader.packed<IntegerWeights>(1, "qgemm.left");
  const bool fit = by_pairs
                       ? pairs->fit(groups, m, shape.depth())
                       : weights->items == groups && weights->size == m && weights->depth == shape.depth();
  reader.expect(groups > 0 && fit && shape.channels == (inputs + 3) / 4 && zero_point < 256,
                "weights of the convolution");
  reader.expect(groups == 1 || (inputs % 4 == 0 && (m % 4 == 0 || !to_bytes)), "groups of whole words");
  const std::size_t image_words = shape.channels * shape.height * shape.width;
  const std::size_t x = reader.input(0, product_of({images, groups, image_words, 4}));
  const std::size_t bytes = c4_bytes(groups * m, shape.pixels()),
                    floats = product_of({groups * m, shape.pixels()});
  const std::size_t elements = images * (to_bytes ? bytes : floats);
  const WeightSums sums = by_pairs ? WeightSums(pairs, &pairs->sums) : WeightSums(weights, &weights->sums);
  const SumRule rule(reader, 2, sums, static_cast<std::int32_t>(zero_point), elements, to_bytes);
  const std::size_t y = reader.output(0, elements * (to_bytes ? 1 : sizeof(float)));
  const Convolution convolution{
      {images * groups, groups, m, shape}, word_of(static_cast<std::uint32_t>(zero_point)), x, y, rule};
  if (by_pairs) return step_by_pairs(convolution, pairs, reader.threads());
  const QBlockKernel* const at_once = to_bytes ? dense_planes_kernel() : nullptr;
  return at_once ? step_in_planes(convolution, weights, panels_of(*weights), *at_once, reader.threads())
                 : step_in_tiles(convolution, weights, to_bytes, reader.threads());
}

/// dynamicConv: x (C4), weights (qgemm.left, one item a group), what DynamicRule reads -> y (floats); images,
/// groups, output channels of a group, input channels of a group, number of multipliers, shape (its channels
/// in fours), DynamicRule
Step dynamic_conv_step(StepReader& reader) {
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size(), inputs = reader.size(),
                    factors = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.left");
  reader.expect(groups > 0 && weights->items == groups && weights->size == m &&
                    weights->depth == shape.depth() && shape.channels == (inputs + 3) / 4,
                "weights of the convolution");
  reader.expect(groups == 1 || inputs % 4 == 0, "groups of whole words");
  const Sizes sizes{images * groups, groups, m, shape};
  const std::size_t x = reader.input(0, product_of({images, groups, sizes.image_words(), 4}));
  const std::size_t elements = product_of({images, groups, m, shape.pixels()});
  const std::size_t zero = reader.input(2, 1);
  const DynamicRule rule(reader, WeightSums(weights, &weights->sums), factors, elements);
  const std::size_t y = reader.output(0, elements * sizeof(float));
  const auto run = [=](const Run& run) {
    // The zero point has been found by the step before.
    const std::uint32_t pad = word_of(*run.at<const std::uint8_t>(zero));
    QGemm g = product_in_tiles(sizes, *weights, Output::f32, pad, run.at<const void>(x), run.at<float>(y));
    g.dequantize = rule.floats(run, run.scratch);
    qgemm(&run.work, g, run.scratch + rule.scratch_bytes());
  };
  const QGemm none = product_in_tiles(sizes, *weights, Output::f32, 0, nullptr, nullptr);
  return {run, rule.scratch_bytes() + qgemm_workspace(none, reader.threads()),
          cpu::name(qgemm_kernels().isa)};
}

/// qdepthwise: x (C4), weights (qdepthwise), what SumRule reads -> y (C4); images, channels, zero point of x,
/// shape of one plane, SumRule
Step qdepthwise_step(StepReader& reader) {
  const std::size_t images = reader.size(), channels = reader.size(), zero_point = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<IntegerWeights>(1, "qdepthwise");
  reader.expect(
      weights->size == channels && weights->depth == shape.taps() && shape.channels == 1 && zero_point < 256,
      "weights of the convolution");
  const std::size_t x = reader.input(0, images * c4_bytes(channels, shape.height * shape.width));
  const std::size_t elements = images * c4_bytes(channels, shape.pixels());
  const SumRule rule(reader, 2, WeightSums(weights, &weights->sums), static_cast<std::int32_t>(zero_point),
                     elements, true);
  const std::size_t y = reader.output(0, elements);
  const auto run = [=](const Run& run) {
    QDepthwise layer{};
    layer.images = images;
    layer.channels = channels;
    layer.shape = shape;
    layer.x = run.at<const std::uint8_t>(x);
    layer.x_zero_point = static_cast<std::uint8_t>(zero_point);
    layer.weights = weights->data();
    layer.c = run.at<std::uint8_t>(y);
    layer.requantize = rule.bytes(run);
    depthwise(&run.work, layer, run.scratch);
  };
  return {run, depthwise_workspace(shape, reader.threads()), cpu::name(depthwise_kernels().isa)};
}

}  // namespace engine
