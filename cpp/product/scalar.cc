#include "product.h"

void panel_product_f64_scalar(const double* a, const double* b, std::size_t depth, std::size_t panels,
                              double* c, std::size_t stride) {
  for (std::size_t p = 0; p < panels; ++p, b += depth * panel_width, c += panel_width) {
    for (std::size_t i = 0; i < panel_width; ++i) {
      double sums[panel_width];
      for (std::size_t j = 0; j < panel_width; ++j) sums[j] = c[i * stride + j];
      for (std::size_t k = 0; k < depth; ++k) {
        const double x = a[k * panel_width + i];
        for (std::size_t j = 0; j < panel_width; ++j) sums[j] += x * b[k * panel_width + j];
      }
      for (std::size_t j = 0; j < panel_width; ++j) c[i * stride + j] = sums[j];
    }
  }
}
