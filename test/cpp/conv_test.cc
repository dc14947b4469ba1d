#include "conv/conv.h"

#include "dense.h"

namespace {

class ConvVariants : public testing::TestWithParam<ConvKernels> {};

TEST_P(ConvVariants, RunsAreCopiedAndNothingElse) {
  std::mt19937 random(1);
  const std::size_t taps[] = {0, 7, 3};
  for (int round = 0; round < 200; ++round) {
    std::vector<WordRun> runs;
    std::uint32_t to = 0, reach = 0;
    for (std::uint32_t count = random() % 6; count > 0; --count) {
      const std::uint32_t from = random() % 40, length = 1 + random() % 40;
      runs.push_back({from, to, length});
      to += length;
      reach = std::max(reach, from + length);
    }
    const std::size_t step = to + 3;
    const Aligned<std::uint32_t> source(reach + 7), target(2 * step + to);
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::uint32_t>(random());
    GetParam().copy(source.get(), taps, 3, runs.data(), runs.size(), target.get(), step);
    for (std::size_t t = 0; t < 3; ++t) {
      for (const WordRun& run : runs) {
        for (std::uint32_t i = 0; i < run.length; ++i) {
          ASSERT_EQ(target[t * step + run.to + i], source[taps[t] + run.from + i]);
        }
      }
      if (t < 2) {
        ASSERT_EQ(target[t * step + to], 0xa5a5a5a5u);
      }
    }
  }
}

TEST_P(ConvVariants, RowsAreCopiedAndSplit) {
  for (std::size_t count : {1, 2, 7, 8, 14, 15, 16, 17, 31, 32, 33, 48, 63, 65}) {
    const std::size_t rows = 3, step = count + 2, half = (count + 1) / 2 + 1;
    const Aligned<std::uint32_t> from((rows - 1) * step + count), to((rows - 1) * (count + 5) + count);
    const Aligned<std::uint32_t> even((rows - 1) * half + (count + 1) / 2),
        odd((rows - 1) * half + count / 2);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint32_t>(i * 2654435761u);
    GetParam().rows({from.get(), step}, rows, count, to.get(), count + 5);
    GetParam().split({from.get(), step}, rows, count, even.get(), odd.get(), half);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(to[r * (count + 5) + i], from[r * step + i]);
        ASSERT_EQ((i % 2 ? odd : even)[r * half + i / 2], from[r * step + i]) << count << " " << i;
      }
      if (r + 1 < rows) {  // what lies between rows is left as it was
        ASSERT_EQ(to[r * (count + 5) + count], 0xa5a5a5a5u);
        ASSERT_EQ(even[r * half + (count + 1) / 2], 0xa5a5a5a5u);
      }
    }
  }
}

TEST_P(ConvVariants, RowsArePaddedWithZeros) {
  for (const PaddedRow& row : {PaddedRow{0, 14, 16},
                               {1, 13, 16},
                               {1, 28, 32},
                               {17, 3, 48},
                               {0, 0, 16},
                               {3, 0, 8},
                               {2, 40, 56},
                               {5, 7, 12}}) {
    const std::size_t rows = 3, step = row.count + 4;
    const Aligned<std::uint32_t> from(rows * step), to(rows * row.length);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint32_t>(i * 2654435761u) | 1u;
    GetParam().padded({from.get(), step}, rows, row, to.get());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < row.length; ++i) {
        const bool inside = i >= row.left && i < row.left + row.count;
        ASSERT_EQ(to[r * row.length + i], inside ? from[r * step + i - row.left] : 0u)
            << row.left << " " << i;
      }
    }
  }
}

/// Every word of every panel is the pixel that the tap reads, or the pad.
TEST_P(ConvVariants, PanelsHoldWhatEachTapReads) {
  constexpr std::uint32_t pad = 0x80808080u;
  constexpr std::size_t items = 2;
  for (const TileSize& size : {TileSize{4, 8, 1}, TileSize{8, 48, 16}, TileSize{32, 32, 16, 16}}) {
    for (const ConvShape& s : conv_shapes()) {
      SCOPED_TRACE(text(s) + ", columns " + std::to_string(size.columns));
      const std::size_t image_words = s.channels * s.height * s.width;
      const Aligned<std::uint32_t> image(items * image_words);
      for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint32_t>(i);
      const std::size_t depth = (s.depth() + size.depth_step - 1) / size.depth_step * size.depth_step;
      const std::size_t panels = (s.pixels() + size.columns - 1) / size.columns;
      const FillPanels fill = conv_fill(s, image.get(), image_words, pad, size, GetParam());
      const Aligned<std::byte> scratch(conv_scratch(s, size));
      for (std::size_t from = 0; from < panels; from += 3) {
        const std::size_t count = std::min<std::size_t>(3, panels - from);
        const Aligned<std::uint32_t> got(count * depth * size.columns);
        fill(1, from, count, got.get(), scratch.get());
        for (std::size_t p = from * size.columns; p < std::min((from + count) * size.columns, s.pixels());
             ++p) {
          const std::size_t panel = p / size.columns - from;
          std::vector<std::uint32_t> want(s.depth(), pad);
          for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
            for (std::size_t c = 0; c < s.channels; ++c) {
              want[c * s.taps() + tap] = image[image_words + c * s.height * s.width + pixel];
            }
          });
          for (std::size_t k = 0; k < s.depth(); ++k) {
            ASSERT_EQ(got[(panel * depth + k) * size.columns + p % size.columns], want[k]) << p << " " << k;
          }
        }
      }
    }
  }
}

FOR_EACH_VARIANT(ConvVariants, conv_variants());

}  // namespace
