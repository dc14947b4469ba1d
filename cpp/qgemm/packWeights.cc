#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "../roundUp.h"
#include "../transpose/transpose.h"
#include "qgemm.h"

namespace {

std::uint32_t word_of(std::int8_t a, std::int8_t b, std::int8_t c, std::int8_t d) {
  const auto byte = [](std::int8_t value) -> std::uint32_t { return static_cast<std::uint8_t>(value); };
  return byte(a) | byte(b) << 8 | byte(c) << 16 | byte(d) << 24;
}

/// Packs weights panel by panel: a panel's channels as rows of words first, and these where the kernel wants
/// them.
class PanelPacker {
 public:
  PanelPacker(Side side, const WeightView& w, const QGemmKernels& kernels)
      : w_(w),
        left_(side == Side::left),
        width_(left_ ? kernels.size.rows : kernels.size.columns),
        words_(left_ ? kernels.size.left_words : 1),
        group_(left_ ? kernels.size.depth_step : 1),
        depth_(round_up(w.depth(), kernels.size.depth_step)),
        rows_(width_ * depth_) {}

  std::size_t panel_words() const { return width_ * words_ * depth_; }

  void pack(std::size_t first, std::uint32_t* to, std::int32_t* sums) {
    const std::size_t count = std::min(width_, w_.size - first);
    if (count < width_) std::fill_n(to, panel_words(), 0u);
    if (!left_ && w_.outer == 1 && w_.taps == 1) return pack_columns(first, count, to, sums);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int8_t* const from = w_.data + (first + i) * w_.outer;
      auto* const row = reinterpret_cast<std::uint32_t*>(rows_.data() + i * depth_);
      read_row(from, row);
      const auto* const bytes = reinterpret_cast<const std::int8_t*>(row);
      if (sums) sums[first + i] = std::accumulate(bytes, bytes + 4 * depth_, std::int32_t{0});
    }
    arrange(count, to);
  }

 private:
  /// Words of a channel: four inputs at a tap each, 0 beyond the last input.
  void read_row(const std::int8_t* from, std::uint32_t* row) const {
    if (w_.taps == 1 && w_.inner == 1) {
      std::memcpy(row, from, w_.inputs);
      std::memset(reinterpret_cast<std::int8_t*>(row) + w_.inputs, 0, 4 * depth_ - w_.inputs);
      return;
    }
    const std::size_t taps = w_.taps, step = w_.inner, whole = w_.inputs / 4;
    for (std::size_t k = 0; k < whole; ++k, from += 4 * step) {
      for (std::size_t t = 0; t < taps; ++t)
        *row++ = word_of(from[t], from[step + t], from[2 * step + t], from[3 * step + t]);
    }
    const std::size_t left = w_.inputs % 4;
    const auto at = [&](std::size_t e, std::size_t t) {
      return e < left ? from[e * step + t] : std::int8_t{0};
    };
    for (std::size_t t = 0; t < taps && left > 0; ++t)
      *row++ = word_of(at(0, t), at(1, t), at(2, t), std::int8_t{0});
    std::fill_n(row, depth_ - w_.depth(), 0u);
  }

  /// A linear layer's channels side by side, four inputs at a time.
  void pack_columns(std::size_t first, std::size_t count, std::uint32_t* to, std::int32_t* sums) const {
    static constexpr std::int8_t none[256] = {};
    if (sums) std::fill_n(sums + first, count, 0);
    for (std::size_t k = 0; k < w_.depth(); ++k, to += width_) {
      const std::int8_t* rows[4];
      for (std::size_t e = 0; e < 4; ++e)
        rows[e] = 4 * k + e < w_.inputs ? w_.data + (4 * k + e) * w_.inner + first : none;
      for (std::size_t i = 0; i < count; ++i) to[i] = word_of(rows[0][i], rows[1][i], rows[2][i], rows[3][i]);
      for (std::size_t i = 0; i < count && sums; ++i)
        sums[first + i] += rows[0][i] + rows[1][i] + rows[2][i] + rows[3][i];
    }
    std::fill_n(to, (depth_ - w_.depth()) * width_, 0u);
  }

  void arrange(std::size_t count, std::uint32_t* to) const {
    if (group_ == 1 && words_ == 1)
      return transpose(rows_.data(), depth_, count, depth_, reinterpret_cast<float*>(to), width_);
    const auto* const rows = reinterpret_cast<const std::uint32_t*>(rows_.data());
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < depth_; k += group_)
        put(rows + i * depth_ + k, to + (k / group_ * width_ + i) * group_ * words_);
    }
  }

  /// A group of a channel's words, or one as two pairs of halves.
  void put(const std::uint32_t* from, std::uint32_t* to) const {
    if (words_ == 1) {
      std::copy_n(from, group_, to);
      return;
    }
    std::int8_t bytes[4];
    std::memcpy(bytes, from, 4);
    const std::int16_t halves[4] = {bytes[0], bytes[2], bytes[1], bytes[3]};
    std::memcpy(to, halves, 8);
  }

  const WeightView& w_;
  const bool left_;
  const std::size_t width_, words_, group_, depth_;
  std::vector<float> rows_;  // words, which are moved as floats
};

}  // namespace

std::size_t qgemm_packed_size(Side side, std::size_t size, std::size_t depth, const QGemmKernels& kernels) {
  const TileSize& tile = kernels.size;
  const std::size_t words = side == Side::left ? tile.left_words : 1;
  const std::size_t width = side == Side::left ? tile.rows : tile.columns;
  return round_up(size, width) * words * round_up(depth, tile.depth_step);
}

void qgemm_pack(Side side, const WeightView& w, std::uint32_t* to, std::int32_t* sums,
                const QGemmKernels& kernels) {
  const std::size_t width = side == Side::left ? kernels.size.rows : kernels.size.columns;
  PanelPacker packer(side, w, kernels);
  for (std::size_t i = 0; i < w.size; i += width, to += packer.panel_words()) packer.pack(i, to, sums);
}
