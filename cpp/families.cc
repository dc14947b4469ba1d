#include "families.h"

#include <span>

#include "channelsum/channelsum.h"
#include "convert/convert.h"
#include "errorsums/errorsums.h"
#include "histogram/histogram.h"
#include "minmax/minmax.h"
#include "product/product.h"
#include "quantize/quantize.h"

namespace {

template <class Kernels>
Family family(const char* name, std::span<const Kernels> rows, const Kernels& chosen) {
  Family made{name, {}, chosen.isa};
  for (const Kernels& row : rows) made.variants.push_back(row.isa);
  return made;
}

}  // namespace

std::vector<Family> families() {
  return {
      family("minmax", min_max_variants(), min_max_kernels()),
      family("histogram", histogram_variants(), histogram_kernels()),
      family("quantize", quantize_variants(), quantize_kernels()),
      family("errorsums", error_sum_variants(), error_sum_kernels()),
      family("channelsum", channel_sum_variants(), channel_sum_kernels()),
      family("convert", convert_variants(), convert_kernels()),
      family("product", product_variants(), product_kernels()),
  };
}
