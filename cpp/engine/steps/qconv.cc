#include "../registry.h"
#include "convShape.h"
#include "depthwise/depthwise.h"
#include "qgemm/qgemm.h"
#include "requantize.h"

namespace engine {
namespace {

/// Bytes of a C4 image of so many channels.
std::size_t c4_bytes(std::size_t channels, std::size_t pixels) {
  return product_of({(channels + 3) / 4, pixels, 4});
}

}  // namespace

/// qconv.c4, qconv.f32: x (C4), weights (qgemm.left, one item a group), what SumRule reads -> y; images,
/// groups, output channels of a group, input channels of a group, zero point of x, shape (its channels in
/// fours), SumRule. Groups of c4 have multiples of four channels.
Step qconv_step(StepReader& reader) {
  const bool to_bytes = reader.variant() == "c4";
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size(), inputs = reader.size();
  const std::size_t zero_point = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.left");
  reader.expect(groups > 0 && weights->items == groups && weights->size == m &&
                    weights->depth == shape.depth() && shape.channels == (inputs + 3) / 4 && zero_point < 256,
                "weights of the convolution");
  reader.expect(groups == 1 || (inputs % 4 == 0 && (m % 4 == 0 || !to_bytes)), "groups of whole words");
  const std::size_t image_words = shape.channels * shape.height * shape.width;
  const std::size_t x = reader.input(0, product_of({images, groups, image_words, 4}));
  const std::size_t bytes = c4_bytes(groups * m, shape.pixels()),
                    floats = product_of({groups * m, shape.pixels()});
  const std::size_t elements = images * (to_bytes ? bytes : floats);
  const SumRule rule(reader, 2, weights->sums, static_cast<std::int32_t>(zero_point), elements, to_bytes);
  const std::size_t y = reader.output(0, elements * (to_bytes ? 1 : sizeof(float)));
  const auto product = [=](const void* image, void* to) {
    QGemm g{};
    g.items = images * groups;
    g.m = m;
    g.n = shape.pixels();
    g.depth = shape.depth();
    g.packed = Side::left;
    g.panels = weights->data();
    g.packed_step = weights->step;
    g.packed_items = groups;
    g.fill = conv_fill(shape, image, image_words, static_cast<std::uint32_t>(zero_point) * 0x01010101u,
                       qgemm_kernels().size);
    g.scratch = conv_scratch(shape, qgemm_kernels().size);
    g.output = to_bytes ? Output::c4 : Output::f32;
    g.c = to;
    g.stride = to_bytes ? 4 * shape.pixels() : shape.pixels();
    g.item_step = to_bytes ? c4_bytes(m, shape.pixels()) : m * shape.pixels();
    return g;
  };
  const auto run = [=](const Run& run) {
    QGemm g = product(run.at<const void>(x), run.at<void>(y));
    if (to_bytes) {
      g.requantize = rule.bytes(run);
    } else {
      g.dequantize = rule.floats(run);
    }
    qgemm(&run.work, g, run.scratch);
  };
  return {run, qgemm_workspace(product(nullptr, nullptr), reader.threads()), cpu::name(qgemm_kernels().isa)};
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
  const SumRule rule(reader, 2, weights->sums, static_cast<std::int32_t>(zero_point), elements, true);
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
