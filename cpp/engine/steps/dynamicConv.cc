/// Convolutions whose activations are quantized by the range that they have at run time.
#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "dynamicRule.h"
#include "qgemm/qgemm.h"

namespace engine {

/// dynamicConv: x (C4), weights (qgemm.left, one item a group), zero point of x (a byte), multipliers (one,
/// or one a channel), bias or nothing, residual or nothing -> y (floats); images, groups, output channels of
/// a group, input channels of a group, number of multipliers, shape (its channels in fours), epilogue
Step dynamic_conv_step(StepReader& reader) {
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size(), inputs = reader.size(),
                    factors = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.left");
  const std::size_t channels = product_of({groups, m});
  reader.expect(groups > 0 && weights->items == groups && weights->size == m &&
                    weights->depth == shape.depth() && shape.channels == (inputs + 3) / 4,
                "weights of the convolution");
  reader.expect(groups == 1 || inputs % 4 == 0, "groups of whole words");
  const std::size_t image_words = shape.channels * shape.height * shape.width, pixels = shape.pixels();
  const std::size_t x = reader.input(0, product_of({images, groups, image_words, 4}));
  const std::size_t elements = product_of({images, channels, pixels});
  const std::size_t zero = reader.input(2, 1);
  const DynamicRule rule(reader, WeightSums(weights, &weights->sums), factors, elements);
  const std::size_t y = reader.output(0, elements * sizeof(float));
  const auto product = [=](const void* image, std::uint32_t pad, float* to) {
    QGemm g{};
    g.items = images * groups;
    g.m = m;
    g.n = pixels;
    g.depth = shape.depth();
    g.packed = Side::left;
    g.panels = weights->data();
    g.packed_step = weights->step;
    g.packed_items = groups;
    g.fill = conv_fill(shape, image, image_words, pad, qgemm_kernels().size);
    g.scratch = conv_scratch(shape, qgemm_kernels().size);
    g.output = Output::f32;
    g.c = to;
    g.stride = pixels;
    g.item_step = m * pixels;
    return g;
  };
  const auto run = [=](const Run& run) {
    // The zero point has been found by the step before.
    const std::uint32_t point = *run.at<const std::uint8_t>(zero);
    QGemm g = product(run.at<const void>(x), point * 0x01010101u, run.at<float>(y));
    g.dequantize = rule.floats(run, run.scratch);
    qgemm(&run.work, g, run.scratch + rule.scratch_bytes());
  };
  return {run, rule.scratch_bytes() + qgemm_workspace(product(nullptr, 0, nullptr), reader.threads()),
          cpu::name(qgemm_kernels().isa)};
}

}  // namespace engine
