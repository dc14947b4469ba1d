#include "bytes/bytes.h"

#include <algorithm>

#include "../../roundUp.h"
#include "../registry.h"
#include "broadcast.h"
#include "bytes/c4.h"
#include "window.h"

namespace engine {
namespace {

C4Image read_image(StepReader& reader) {
  C4Image image{reader.size(), reader.size(), reader.size()};
  product_of({image.images, image.channels + 4, image.pixels});
  return image;
}

std::int32_t byte_sized(StepReader& reader) {
  const std::int64_t number = reader.integer();
  reader.expect(number >= -255 && number <= 255, "zero points of bytes");
  return static_cast<std::int32_t>(number);
}

}  // namespace

/// table: x (bytes), table (256 bytes) -> y; bytes
Step table_step(StepReader& reader) {
  const std::size_t n = reader.size();
  const std::size_t x = reader.input(0, n), table = reader.input(1, 256), y = reader.output(0, n);
  const ByteKernels& kernels = byte_kernels();
  return {[=, &kernels](const Run& run) {
            constexpr std::size_t piece = 65536;
            run.work.for_each(ceil_div(n, piece), [&](std::size_t k) {
              const std::size_t first = k * piece;
              kernels.look_up(run.at<const std::uint8_t>(x) + first, std::min(piece, n - first),
                              run.at<const std::uint8_t>(table), run.at<std::uint8_t>(y) + first);
            });
          },
          0, cpu::name(kernels.isa)};
}

/// qbinary.add, .mul: l, r (bytes) -> y; ratios of l and r, fixed, zero points of l and r, low, high,
/// broadcast. qbinary.addByChannel, .mulByChannel: l (C4), r (one pixel of C4) -> y; the same, then planes
/// and pixels of a plane
Step qbinary_step(StepReader& reader) {
  const std::string_view variant = reader.variant();
  ByteArithmetic how{};
  how.is_product = variant.substr(0, 3) == "mul";
  how.l_ratio = reader.real();
  how.r_ratio = reader.real();
  how.fixed = reader.real();
  how.l_zero = reader.real();
  how.r_zero = reader.real();
  how.low = reader.real();
  how.high = reader.real();
  reader.expect(how.low >= 0 && how.high <= 255, "bounds of bytes");
  const ByteKernels& kernels = byte_kernels();
  if (variant.size() > 3) {
    const std::size_t planes = reader.size(), pixels = reader.size(), bytes = product_of({planes, pixels, 4});
    const std::size_t l = reader.input(0, bytes), r = reader.input(1, planes * 4),
                      y = reader.output(0, bytes);
    return {[=](const Run& run) {
              run.work.for_each(planes, [&](std::size_t p) {
                kernels.by_channel(how, run.at<const std::uint8_t>(l) + 4 * p * pixels,
                                   run.at<const std::uint8_t>(r) + 4 * p, 4 * pixels,
                                   run.at<std::uint8_t>(y) + 4 * p * pixels);
              });
            },
            0, cpu::name(kernels.isa)};
  }
  const Broadcast shape = read_broadcast(reader, 2);
  const std::size_t l = reader.input(0, shape.span(0)), r = reader.input(1, shape.span(1)),
                    y = reader.output(0, shape.elements());
  return {[=](const Run& run) {
            for_runs(run.work, shape, [&](const auto& at, std::size_t n, std::size_t to) {
              kernels.arithmetic(how, run.at<const std::uint8_t>(l) + at[0], shape.step(0),
                                 run.at<const std::uint8_t>(r) + at[1], shape.step(1), n,
                                 run.at<std::uint8_t>(y) + to);
            });
          },
          0, cpu::name(kernels.isa)};
}

/// c4.pack, .unpack: bytes -> bytes; images, channels, pixels, flip. c4.quantize: floats -> C4; images,
/// channels, pixels, scale, zero point. c4.dequantize: C4 -> floats; the same.
Step c4_step(StepReader& reader) {
  const std::string_view variant = reader.variant();
  const C4Image image = read_image(reader);
  const std::size_t rows = image.images * image.channels * image.pixels;
  const char* const isa = cpu::name(byte_kernels().isa);
  if (variant == "pack" || variant == "unpack") {
    const bool packs = variant == "pack";
    const std::size_t flip = reader.size();
    reader.expect(flip == 0 || flip == 128, "a flip of 0 or 128");
    const std::size_t x = reader.input(0, packs ? rows : image.bytes()),
                      y = reader.output(0, packs ? image.bytes() : rows);
    const auto turn = packs ? c4_pack : c4_unpack;
    return {[=](const Run& run) {
              turn(run.work, image, run.at<const std::uint8_t>(x), static_cast<std::uint8_t>(flip),
                   run.at<std::uint8_t>(y));
            },
            0, isa};
  }
  const float scale = reader.real();
  const std::int32_t zero = byte_sized(reader);
  if (variant == "quantize") {
    const std::size_t x = reader.input(0, rows * sizeof(float)), y = reader.output(0, image.bytes());
    const QuantizeRule rule{scale, zero, 0, 255};
    return {[=](const Run& run) {
              c4_quantize(run.work, image, run.at<const float>(x), rule, run.at<std::uint8_t>(y));
            },
            0, isa};
  }
  reader.expect(variant == "dequantize", "a variant that it has");
  const std::size_t x = reader.input(0, image.bytes()), y = reader.output(0, rows * sizeof(float));
  const DequantizeRule rule{scale, zero, 0};
  return {[=](const Run& run) {
            c4_dequantize(run.work, image, run.at<const std::uint8_t>(x), rule, run.at<float>(y));
          },
          0, isa};
}

/// qpool.max, qpool.average: x (C4) -> y (C4); planes, window, whether padding counts, padding behind the
/// height and the width, multiplier, zero points of x and y
Step qpool_step(StepReader& reader) {
  C4Average average{};
  PoolSpec& spec = average.spec;
  spec.kind = reader.variant() == "max" ? Pooling::max : Pooling::average;
  const std::size_t planes = reader.size();
  spec.window = read_window(reader);
  spec.counts_padding = reader.flag();
  spec.end_pad_height = reader.integer();
  spec.end_pad_width = reader.integer();
  average.multiplier = reader.real();
  average.x_zero = byte_sized(reader);
  average.zero = byte_sized(reader);
  const auto& [height, width] = spec.window;
  const std::size_t x = reader.input(0, product_of({planes, height.in, width.in, 4})),
                    y = reader.output(0, product_of({planes, height.out, width.out, 4}));
  if (spec.kind == Pooling::max) {
    return {[=, spec = spec](const Run& run) {
              pool(run.work, run.at<const std::uint32_t>(x), planes, spec, run.at<std::uint32_t>(y),
                   run.scratch);
            },
            pool_workspace(spec, reader.threads()), cpu::name(pooling_kernels().isa)};
  }
  return {[=](const Run& run) {
            c4_average(run.work, planes, average, run.at<const std::uint8_t>(x), run.at<std::uint8_t>(y));
          },
          0, cpu::name(byte_kernels().isa)};
}

}  // namespace engine
