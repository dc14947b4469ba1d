#include <math.h>
#include <string.h>

#include <cmath>

#include "qgemm.h"

namespace {
#include "../activation/element.inc"
#include "element.inc"

constexpr std::size_t tile_rows = qgemm_size_scalar.rows, tile_columns = qgemm_size_scalar.columns;

/// Four bytes by four bytes, of the types given.
template <class Left, class Right>
std::uint32_t dot(const unsigned char* a, const unsigned char* b) {
  std::int32_t sum = 0;
  for (int e = 0; e < 4; ++e) sum += static_cast<Left>(a[e]) * static_cast<Right>(b[e]);
  return static_cast<std::uint32_t>(sum);
}

template <class Left, class Right>
void product(const void* left, const void* right, std::size_t right_step, std::size_t depth, std::size_t rows,
             std::size_t columns, void* tile, bool add) {
  const auto *a = static_cast<const unsigned char*>(left), *b = static_cast<const unsigned char*>(right);
  auto* c = static_cast<std::uint32_t*>(tile);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      std::uint32_t sum = add ? c[i * tile_columns + j] : 0;
      for (std::size_t k = 0; k < depth; ++k) {
        sum += dot<Left, Right>(a + (k * tile_rows + i) * 4, b + (k * right_step + j) * 4);
      }
      c[i * tile_columns + j] = sum;
    }
  }
}

}  // namespace

void qgemm_signed_left_scalar(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                              std::size_t rows, std::size_t columns, void* tile, bool add, const Ahead&) {
  product<std::int8_t, std::uint8_t>(left, right, right_step, depth, rows, columns, tile, add);
}

void qgemm_signed_right_scalar(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                               std::size_t rows, std::size_t columns, void* tile, bool add, const Ahead&) {
  product<std::uint8_t, std::int8_t>(left, right, right_step, depth, rows, columns, tile, add);
}

void qgemm_store_c4_scalar(const std::int32_t* tile, std::size_t width, std::size_t rows, std::size_t columns,
                           const Requantize& how, std::uint8_t* c, std::size_t stride) {
  for (std::size_t i = 0; i < (rows + 3) / 4 * 4; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const std::size_t at = i / 4 * stride + j * 4 + i % 4;
      c[at] = i < rows ? requantized(tile[i * width + j], how, i, at) : static_cast<std::uint8_t>(0);
    }
  }
}

void qgemm_store_rows_scalar(const std::int32_t* tile, std::size_t width, std::size_t rows,
                             std::size_t columns, const Requantize& how, std::uint8_t* c,
                             std::size_t stride) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      c[i * stride + j] = requantized(tile[i * width + j], how, j, i * stride + j);
    }
  }
}

void qgemm_store_f32_scalar(const std::int32_t* tile, std::size_t width, std::size_t rows,
                            std::size_t columns, const Dequantize& how, Side channels, float* c,
                            std::size_t stride) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const std::size_t channel = channels == Side::left ? i : j, at = i * stride + j;
      c[at] = dequantized(tile[i * width + j], how, channel, at);
    }
  }
}

void qgemm_store_activated_scalar(const std::int32_t* tile, std::size_t width, std::size_t rows,
                                  std::size_t columns, const Dequantize& how, const ByteScale& to,
                                  std::uint8_t* c, std::size_t stride) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const std::size_t at = i * stride + j;
      c[at] = quotient(dequantized(tile[i * width + j], how, j, at), to);
    }
  }
}

void qgemm_enter_scalar() {}
void qgemm_leave_scalar() {}
