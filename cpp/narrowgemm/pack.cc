#include "pack.h"

#include <algorithm>
#include <cstring>

namespace {

std::uint32_t nibble(const std::uint8_t* from, std::size_t at) {
  return (from[at / 2] >> (at % 2 * 4)) & 15u;
}

std::int32_t number(std::uint32_t nibble, bool is_signed) {
  const auto n = static_cast<std::int32_t>(nibble);
  return is_signed && n > 7 ? n - 16 : n;
}

/// Shifts are left out where all of them are 0.
bool needs_shifts(const NarrowView& v) { return v.zeros || v.zero != (v.is_signed ? 0 : 8); }

class Packer {
 public:
  Packer(const NarrowView& view, const NarrowPanel& shape) : v_(view), p_(shape) {}

  /// Block b of the panel from output `first` on.
  void block(std::size_t first, std::size_t b, std::uint32_t* to) const {
    const std::size_t count = std::min(p_.width, v_.outputs - first);
    std::uint32_t* words = to + p_.width * (p_.has_shifts ? 2 : 1);
    for (std::size_t j = 0; j < count; ++j) {
      const float scale = v_.scales[(first + j) * v_.scale_at.outer + b * v_.scale_at.inner];
      std::memcpy(to + j, &scale, 4);
      if (p_.has_shifts) {
        const float shift = -scale * static_cast<float>(zero(first + j, b) - (v_.is_signed ? 0 : 8));
        std::memcpy(to + p_.width + j, &shift, 4);
      }
      for (std::size_t w = 0; w < p_.block_words; ++w)
        words[w * p_.width + j] = word(first + j, b * v_.block + 8 * w);
    }
  }

 private:
  std::int32_t zero(std::size_t output, std::size_t b) const {
    if (!v_.zeros) return v_.zero;
    return number(nibble(v_.zeros, output * v_.zero_at.outer + b * v_.zero_at.inner), v_.is_signed);
  }

  /// Eight inputs from k on; those beyond the last are never multiplied by anything but 0.
  std::uint32_t word(std::size_t output, std::size_t k) const {
    std::uint32_t all = 0;
    for (std::size_t e = 0; e < 8 && k + e < v_.inputs; ++e) {
      const std::uint32_t q = nibble(v_.nibbles, output * v_.at.outer + (k + e) * v_.at.inner);
      all |= (v_.is_signed ? q : q ^ 8u) << (4 * e);
    }
    return all;
  }

  const NarrowView& v_;
  const NarrowPanel& p_;
};

}  // namespace

NarrowPanels narrow_shape(const NarrowView& view, std::size_t width) {
  return {view.outputs, view.inputs, {nullptr, width, view.blocks(), view.block / 8, needs_shifts(view)}};
}

NarrowPanels pack_narrow(const NarrowView& view, const NarrowPanels& shape, std::uint32_t* to) {
  NarrowPanels w = shape;
  w.first.data = to;
  std::memset(to, 0, w.bytes());
  const Packer packer(view, w.first);
  for (std::size_t p = 0; p < w.panels(); ++p, to += w.first.words()) {
    for (std::size_t b = 0; b < w.first.blocks; ++b)
      packer.block(p * w.first.width, b, to + b * w.first.block_step());
  }
  return w;
}
