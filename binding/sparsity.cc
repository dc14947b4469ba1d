#include "sparsity.h"

#include <algorithm>

#include "functions.h"
#include "sparsity/filledBlocks.h"

Sparsity sparsity_of(Arguments& arguments, std::size_t index, std::size_t columns) {
  const Span<double> given = arguments.array<double>(index, "pattern", 5);
  if (given.size != 5) return {};
  const auto size = [&](std::size_t at) {
    const double value = given.data[at];
    arguments.expect(value >= 1 && value < 2147483648.0, "sizes of at least 1", "pattern",
                     std::to_string(value));
    return value >= 1 && value < 2147483648.0 ? static_cast<std::size_t>(value) : 1;
  };
  const bool groups = given.data[0] == 1;
  const Sparsity pattern{groups ? Sparsity::Kind::n_of_m : Sparsity::Kind::block, size(1), size(2),
                         given.data[3], size(4)};
  arguments.expect(pattern.ratio >= 0 && pattern.ratio <= 1, "a ratio from 0 to 1", "pattern",
                   std::to_string(pattern.ratio));
  arguments.expect(!groups || (columns % pattern.columns == 0 && pattern.kept <= pattern.columns),
                   "n of m with an m that divides the columns", "pattern", "another");
  return pattern;
}

/// selectMask(scores, rows, columns, pattern, mask, out): out = [0], or [1] when scores or their sums are NaN
Napi::Value select_mask(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), columns = arguments.size(2, "columns");
  const Span<float> scores = arguments.array<float>(0, "scores", rows * columns);
  const Sparsity pattern = sparsity_of(arguments, 3, columns);
  const Span<void> mask = arguments.integers(4, "mask", 8, rows * columns);
  const Span<double> out = arguments.array<double>(5, "out", 1);
  return arguments.start([=](const Work& work) {
    std::uint8_t* const to = static_cast<std::uint8_t*>(mask.data);
    out.data[0] = select_mask(work, scores.data, rows, columns, pattern, to) ? 0 : 1;
  });
}

/// filledBlocks(elements, outputs, inputs, taps, rows, columns): a number, at once; elements are floats, or
/// integers of 8 bits
Napi::Value filled_blocks(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const BlockGrid blocks{arguments.size(1, "outputs"), arguments.size(2, "inputs"), arguments.size(3, "taps"),
                         arguments.size(4, "rows"), arguments.size(5, "columns")};
  const bool fits = std::min({blocks.outputs, blocks.inputs, blocks.taps, blocks.rows, blocks.columns}) >= 1;
  arguments.expect(fits, "sizes of at least 1", "blocks", "0");
  const std::size_t count = blocks.outputs * blocks.inputs * blocks.taps;
  const bool is_float =
      info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float32_array;
  const Span<float> floats = is_float ? arguments.array<float>(0, "elements", count) : Span<float>{};
  const Span<void> integers = is_float ? Span<void>{} : arguments.integers(0, "elements", 8, count);
  if (arguments.complain()) return info.Env().Undefined();
  const std::size_t filled = is_float
                                 ? filled_blocks(floats.data, blocks)
                                 : filled_blocks(static_cast<const unsigned char*>(integers.data), blocks);
  return Napi::Number::New(info.Env(), static_cast<double>(filled));
}
