#include <string.h>

#include "depthwise.h"

void depthwise_f32_scalar(const float* source, const std::size_t* taps, std::size_t count,
                          const float* weights, float bias, std::size_t pixels, float* tile) {
  for (std::size_t p = 0; p < pixels; ++p) {
    float sum = bias;
    for (std::size_t t = 0; t < count; ++t) sum += source[taps[t] + p] * weights[t];
    tile[p] = sum;
  }
}

void depthwise_u8_scalar(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                         const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                         std::size_t tile_step) {
  for (std::size_t e = 0; e < 4; ++e) {
    for (std::size_t p = 0; p < pixels; ++p) {
      std::int32_t sum = 0;
      for (std::size_t t = 0; t < count; ++t) {
        unsigned char x[4];
        signed char w[4];
        memcpy(x, source + taps[t] + p, 4);
        memcpy(w, weights + t, 4);
        sum += x[e] * w[e];
      }
      tile[e * tile_step + p] = sum;
    }
  }
}
