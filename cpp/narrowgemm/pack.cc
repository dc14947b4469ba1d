#include "pack.h"

#include <algorithm>
#include <cstring>

namespace {

/// What unsigned integers are more than those of a panel.
std::int32_t middle(const NarrowView& v) { return v.is_signed ? 0 : 1 << (v.bits - 1); }

/// The bits of integer `at`.
std::uint32_t bits_at(const NarrowView& v, const std::uint8_t* from, std::size_t at) {
  return v.bits == 8 ? from[at] : (from[at / 2] >> (at % 2 * 4)) & 15u;
}

std::int32_t number_at(const NarrowView& v, const std::uint8_t* from, std::size_t at) {
  const auto n = static_cast<std::int32_t>(bits_at(v, from, at));
  return v.is_signed && n >> (v.bits - 1) ? n - (1 << v.bits) : n;
}

/// Shifts are left out where all of them are 0.
bool needs_shifts(const NarrowView& v) { return v.zeros || v.zero != middle(v); }

class Packer {
 public:
  Packer(const NarrowView& view, const NarrowPanel& shape, NarrowOrder order)
      : v_(view), p_(shape), order_(order) {}

  /// Block b of the panel from output `first` on.
  void block(std::size_t first, std::size_t b, std::uint32_t* to) const {
    const std::size_t count = std::min(p_.width, v_.outputs - first);
    std::uint32_t* words = to + p_.head();
    for (std::size_t j = 0; j < count; ++j) {
      const float scale = v_.scales[(first + j) * v_.scale_at.outer + b * v_.scale_at.inner];
      std::memcpy(to + j, &scale, 4);
      if (p_.has_shifts) {
        const float shift = -scale * static_cast<float>(zero(first + j, b) - middle(v_));
        std::memcpy(to + p_.width + j, &shift, 4);
      }
      if (v_.bits == 4) {
        put_nibbles(first + j, b, words + j);
      } else if (order_ == NarrowOrder::words) {
        put_words(first + j, b, words + j);
      } else {
        put_bytes(first + j, b, reinterpret_cast<std::uint8_t*>(words) + j);
      }
    }
  }

 private:
  std::int32_t zero(std::size_t output, std::size_t b) const {
    if (!v_.zeros) return v_.zero;
    return number_at(v_, v_.zeros, output * v_.zero_at.outer + b * v_.zero_at.inner);
  }

  /// An input's bits; those beyond the last are never multiplied by anything but 0.
  std::uint32_t value(std::size_t output, std::size_t k) const {
    if (k >= v_.inputs) return 0;
    const std::uint32_t q = bits_at(v_, v_.integers, output * v_.at.outer + k * v_.at.inner);
    return q ^ static_cast<std::uint32_t>(middle(v_));
  }

  void put_bytes(std::size_t output, std::size_t b, std::uint8_t* to) const {
    for (std::size_t k = 0; k < v_.block; ++k)
      to[k * p_.width] = static_cast<std::uint8_t>(value(output, b * v_.block + k));
  }

  void put_words(std::size_t output, std::size_t b, std::uint32_t* to) const {
    for (std::size_t k = 0; k < v_.block; ++k)
      to[(k / 8 * 2 + k % 2) * p_.width] |= value(output, b * v_.block + k) << (k % 8 / 2 * 8);
  }

  void put_nibbles(std::size_t output, std::size_t b, std::uint32_t* to) const {
    for (std::size_t k = 0; k < v_.block; ++k)
      to[k / 8 * p_.width] |= value(output, b * v_.block + k) << (k % 8 * 4);
  }

  const NarrowView& v_;
  const NarrowPanel& p_;
  const NarrowOrder order_;
};

}  // namespace

NarrowPanels narrow_shape(const NarrowView& view, std::size_t width) {
  return {view.outputs,
          view.inputs,
          {nullptr, width, view.blocks(), view.block * view.bits / 32, view.bits, needs_shifts(view)}};
}

NarrowPanels pack_narrow(const NarrowView& view, const NarrowPanels& shape, NarrowOrder order,
                         std::uint32_t* to) {
  NarrowPanels w = shape;
  w.first.data = to;
  std::memset(to, 0, w.bytes());
  const Packer packer(view, w.first, order);
  for (std::size_t p = 0; p < w.panels(); ++p, to += w.first.words()) {
    for (std::size_t b = 0; b < w.first.blocks; ++b)
      packer.block(p * w.first.width, b, to + b * w.first.block_step());
  }
  return w;
}
