#include "qpairs.h"

const QPairKernels* qpair_kernels(const QGemmKernels& dense) {
#ifdef ONNXPRESS_HAS_AVX2
  static constexpr TileSize size{pair_rows, 16, 8};
  static constexpr QPairKernels avx2{size, qpairs_product_avx2, {size, nullptr, qpairs_planes_avx2}};
  if (dense.isa == cpu::Isa::avx2) return &avx2;
#endif
  static_cast<void>(dense);
  return nullptr;
}
