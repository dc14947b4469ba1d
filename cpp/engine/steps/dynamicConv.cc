/// Convolutions whose activations are quantized by the range that they have at run time.
#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "epilogue.h"
#include "memory/lines.h"
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
                    weights->depth == shape.depth() && shape.channels == (inputs + 3) / 4 &&
                    (factors == 1 || factors == channels),
                "weights of the convolution");
  reader.expect(groups == 1 || inputs % 4 == 0, "groups of whole words");
  const std::size_t image_words = shape.channels * shape.height * shape.width, pixels = shape.pixels();
  const std::size_t x = reader.input(0, product_of({images, groups, image_words, 4})),
                    zero = reader.input(2, 1), multiplier = reader.input(3, factors * sizeof(float));
  const std::size_t elements = product_of({images, channels, pixels});
  const EpilogueSpec epilogue = read_epilogue(reader, 4, channels, elements);
  const std::size_t y = reader.output(0, elements * sizeof(float));
  // In the scratch: the zero point's share of each channel, the channels' multipliers, then the product's
  // own.
  const std::size_t own = whole_lines(channels * sizeof(float));
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
    auto* const bias = reinterpret_cast<std::int32_t*>(run.scratch);
    auto* const scales = reinterpret_cast<float*>(run.scratch + own);
    const std::uint32_t point = *run.at<const std::uint8_t>(zero);
    const float* const given = run.at<const float>(multiplier);
    for (std::size_t c = 0; c < channels; ++c) {
      bias[c] = static_cast<std::int32_t>(0u - point * static_cast<std::uint32_t>(weights->sums[c]));
      scales[c] = given[factors == 1 ? 0 : c];
    }
    QGemm g = product(run.at<const void>(x), point * 0x01010101u, run.at<float>(y));
    g.dequantize = {bias, scales, epilogue.bias_of(run), epilogue.residual_of(run), epilogue.activation};
    qgemm(&run.work, g, run.scratch + 2 * own);
  };
  return {run, 2 * own + qgemm_workspace(product(nullptr, 0, nullptr), reader.threads()),
          cpu::name(qgemm_kernels().isa)};
}

}  // namespace engine
