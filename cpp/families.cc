#include "families.h"

#include <span>

#include "attention/kernels.h"
#include "blockgemm/blockgemm.h"
#include "bytes/bytes.h"
#include "channelsum/channelsum.h"
#include "conv/conv.h"
#include "convert/convert.h"
#include "depthwise/depthwise.h"
#include "elementwise/elementwise.h"
#include "errorsums/errorsums.h"
#include "gemm/gemm.h"
#include "gemv/gemv.h"
#include "histogram/histogram.h"
#include "minmax/minmax.h"
#include "narrowgemm/narrowgemm.h"
#include "normalization/normalization.h"
#include "pooling/pooling.h"
#include "product/product.h"
#include "qblockgemm/qblockgemm.h"
#include "qgemm/qgemm.h"
#include "qgemv/qgemv.h"
#include "qnarrowgemm/qnarrowgemm.h"
#include "quantize/quantize.h"
#include "recurrent/recurrent.h"
#include "reduction/reduction.h"
#include "transpose/transpose.h"
#include "winograd/winograd.h"

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
      family("conv", conv_variants(), conv_kernels()),
      family("gemm", gemm_variants(), gemm_kernels()),
      family("qgemm", qgemm_variants(), qgemm_kernels()),
      family("depthwise", depthwise_variants(), depthwise_kernels()),
      family("blockgemm", blockgemm_variants(), blockgemm_kernels()),
      family("qblockgemm", qblockgemm_variants(), qblockgemm_kernels()),
      family("gemv", gemv_variants(), gemv_kernels()),
      family("narrowgemm", narrow_variants(), narrow_kernels()),
      family("qnarrowgemm", qnarrow_variants(), qnarrow_kernels()),
      family("qgemv", qgemv_variants(), qgemv_kernels()),
      family("elementwise", elementwise_variants(), elementwise_kernels()),
      family("normalization", normalization_variants(), normalization_kernels()),
      family("attention", attention_variants(), attention_kernels(true)),
      family("reduction", reduction_variants(), reduction_kernels()),
      family("recurrent", recurrent_variants(), recurrent_kernels()),
      family("pooling", pooling_variants(), pooling_kernels()),
      family("bytes", byte_variants(), byte_kernels()),
      family("winograd", winograd_variants(), winograd_kernels()),
      family("transpose", transpose_variants(), transpose_kernels()),
  };
}
