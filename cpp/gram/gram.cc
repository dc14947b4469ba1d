#include "gram.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "../product/product.h"
#include "../threadPool.h"

namespace {

using Signed = std::ptrdiff_t;

/// The upper left corner of a patch.
struct Corner {
  Signed start;  // of channel 0, counted from x; may lie outside
  Signed y, x;
  bool inside;  // the whole patch is
};

/// A feature, seen from a corner.
struct Tap {
  Signed offset, y, x;
};

std::vector<Corner> corners_of(const PatchGeometry& g, const std::int32_t* positions, std::size_t count) {
  const Signed height = static_cast<Signed>(g.height), width = static_cast<Signed>(g.width);
  const Signed reach_y = static_cast<Signed>((g.kernel_y - 1) * g.dilation_y);
  const Signed reach_x = static_cast<Signed>((g.kernel_x - 1) * g.dilation_x);
  const std::size_t area = g.out_height * g.out_width;
  std::vector<Corner> corners(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t position = static_cast<std::size_t>(positions[i]);
    const std::size_t image = position / area, oy = position % area / g.out_width,
                      ox = position % g.out_width;
    const Signed y = static_cast<Signed>(oy * g.stride_y) - static_cast<Signed>(g.pad_top);
    const Signed x = static_cast<Signed>(ox * g.stride_x) - static_cast<Signed>(g.pad_left);
    const Signed start = static_cast<Signed>(image * g.channels) * height * width + y * width + x;
    const bool inside = y >= 0 && x >= 0 && y + reach_y < height && x + reach_x < width;
    corners[i] = {start, y, x, inside};
  }
  return corners;
}

/// Features of group 0. Those of another lie `channels / group` planes further.
std::vector<Tap> taps_of(const PatchGeometry& g) {
  std::vector<Tap> taps;
  taps.reserve(g.features());
  for (std::size_t c = 0; c < g.channels / g.group; ++c) {
    for (std::size_t ky = 0; ky < g.kernel_y; ++ky) {
      for (std::size_t kx = 0; kx < g.kernel_x; ++kx) {
        const std::size_t y = ky * g.dilation_y, x = kx * g.dilation_x;
        taps.push_back({static_cast<Signed>(c * g.height * g.width + y * g.width + x), static_cast<Signed>(y),
                        static_cast<Signed>(x)});
      }
    }
  }
  return taps;
}

class Patches {
 public:
  Patches(const float* x, const PatchGeometry& geometry, const std::int32_t* positions, std::size_t count)
      : x_(x),
        height_(static_cast<Signed>(geometry.height)),
        width_(static_cast<Signed>(geometry.width)),
        group_planes_(static_cast<Signed>(geometry.channels / geometry.group) * height_ * width_),
        corners_(corners_of(geometry, positions, count)),
        taps_(taps_of(geometry)) {}

  /// Packs features as the product wants them, and adds them up on the way: every panel comes by once.
  Pack pack(std::size_t group, double* sums) const {
    const Signed planes = static_cast<Signed>(group) * group_planes_;
    return [this, planes, sums](std::size_t panel, std::size_t from, std::size_t depth, double* to) {
      const std::size_t first = panel * panel_width, width = std::min(panel_width, taps_.size() - first);
      const Tap* taps = taps_.data() + first;
      for (std::size_t k = 0; k < depth; ++k, to += panel_width) {
        patch(corners_[from + k], planes, taps, width, to);
        for (std::size_t i = 0; i < width; ++i) sums[first + i] += to[i];
      }
    };
  }

 private:
  void patch(const Corner& corner, Signed planes, const Tap* taps, std::size_t width, double* to) const {
    const Signed start = corner.start + planes;
    for (std::size_t i = 0; i < width; ++i) {
      const Signed y = corner.y + taps[i].y, x = corner.x + taps[i].x;
      const bool inside = corner.inside || (y >= 0 && y < height_ && x >= 0 && x < width_);
      to[i] = inside ? static_cast<double>(x_[start + taps[i].offset]) : 0.0;
    }
    for (std::size_t i = width; i < panel_width; ++i) to[i] = 0;
  }

  const float* x_;
  Signed height_, width_, group_planes_;
  std::vector<Corner> corners_;
  std::vector<Tap> taps_;
};

}  // namespace

void gram_accumulate(const Work& work, const float* x, const PatchGeometry& geometry,
                     const std::int32_t* positions, std::size_t count, double* sums, double* gram) {
  const std::size_t n = geometry.features(), groups = geometry.group;
  if (n == 0 || count == 0) return;
  const Patches patches(x, geometry, positions, count);
  const auto accumulate = [&](const Work* inner, std::size_t group, const ProductSpace& space) {
    multiply(inner,
             {n, n, count, patches.pack(group, sums + group * n), {}, gram + group * n * n, n, Part::lower},
             space);
  };
  // One group is shared out among the threads; of many, each thread takes whole ones.
  const std::size_t workers = std::min(groups, work.pool.size());
  std::vector<ProductSpace> spaces;
  for (std::size_t w = 0; w < workers; ++w) spaces.emplace_back(n, 0);
  if (groups == 1) return accumulate(&work, 0, spaces[0]);
  work.for_each(workers, [&](std::size_t w) {
    for (std::size_t group = w; group < groups; group += workers) accumulate(nullptr, group, spaces[w]);
  });
}
