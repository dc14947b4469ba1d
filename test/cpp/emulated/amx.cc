#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "amx.h"

namespace emulated {
namespace {

constexpr int tiles = 8, most_rows = 16, most_bytes = 64;

/// As in the processor, a thread's own; nothing is left of it after a release.
struct State {
  bool is_configured = false;
  int rows[tiles] = {}, row_bytes[tiles] = {};
  std::uint8_t bytes[tiles][most_rows][most_bytes] = {};
};
thread_local State state;

/// What the processor answers with an exception.
void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "Expected %s of a program that uses AMX\n", what);
  std::abort();
}

void expect_configured(int tile) {
  expect(state.is_configured, "tile registers configured on this thread");
  expect(tile >= 0 && tile < tiles && state.rows[tile] > 0, "a tile register of the configuration");
}

void expect_fitting(int sums, int left, int right) {
  for (int tile : {sums, left, right}) expect_configured(tile);
  expect(state.rows[sums] == state.rows[left] && state.row_bytes[sums] == state.row_bytes[right] &&
             state.row_bytes[left] == 4 * state.rows[right],
         "tiles whose sizes go together");
}

template <class Left, class Right>
void dot(int sums, int left, int right) {
  expect_fitting(sums, left, right);
  for (int m = 0; m < state.rows[sums]; ++m) {
    std::int32_t row[most_bytes / 4];
    std::memcpy(row, state.bytes[sums][m], sizeof row);
    for (int k = 0; k < state.row_bytes[left]; ++k)
      for (int n = 0; n < most_bytes / 4; ++n)
        row[n] += static_cast<Left>(state.bytes[left][m][k]) *
                  static_cast<Right>(state.bytes[right][k / 4][4 * n + k % 4]);
    std::memcpy(state.bytes[sums][m], row, sizeof row);
  }
}

float without_subnormal(float x) {
  return std::fabs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0f, x) : x;
}

/// The bfloat16 number in a half of a word.
float lower(std::uint32_t word) { return without_subnormal(std::bit_cast<float>(word << 16)); }
float upper(std::uint32_t word) { return without_subnormal(std::bit_cast<float>(word & 0xffff0000u)); }

}  // namespace

/// Bytes 16 to 31 of a configuration say how many bytes the rows of each tile have, 48 to 55 how many rows.
void load_config(const void* config) {
  const auto* bytes = static_cast<const std::uint8_t*>(config);
  expect(bytes[0] == 1, "palette 1");
  state = {};
  state.is_configured = true;
  for (int tile = 0; tile < tiles; ++tile) {
    state.row_bytes[tile] = bytes[16 + 2 * tile] | bytes[17 + 2 * tile] << 8;
    state.rows[tile] = bytes[48 + tile];
    expect(state.rows[tile] <= most_rows && state.row_bytes[tile] <= most_bytes,
           "tiles of up to 16 rows of 64 bytes");
  }
}

void release() { state = {}; }

void zero(int tile) {
  expect_configured(tile);
  std::memset(state.bytes[tile], 0, sizeof state.bytes[tile]);
}

void load(int tile, const void* from, std::size_t step) {
  zero(tile);
  for (int row = 0; row < state.rows[tile]; ++row)
    std::memcpy(state.bytes[tile][row], static_cast<const std::uint8_t*>(from) + row * step,
                static_cast<std::size_t>(state.row_bytes[tile]));
}

void store(int tile, void* to, std::size_t step) {
  expect_configured(tile);
  for (int row = 0; row < state.rows[tile]; ++row)
    std::memcpy(static_cast<std::uint8_t*>(to) + row * step, state.bytes[tile][row],
                static_cast<std::size_t>(state.row_bytes[tile]));
}

void dot_unsigned_signed(int sums, int left, int right) { dot<std::uint8_t, std::int8_t>(sums, left, right); }

void dot_signed_unsigned(int sums, int left, int right) { dot<std::int8_t, std::uint8_t>(sums, left, right); }

/// Products of two such numbers are exact in a float, so that only additions round.
void dot_halves(int sums, int left, int right) {
  expect_fitting(sums, left, right);
  constexpr int columns = most_bytes / 4;
  for (int m = 0; m < state.rows[sums]; ++m) {
    std::uint32_t a[columns], b[columns];
    float even[columns] = {}, odd[columns] = {}, row[columns];
    std::memcpy(a, state.bytes[left][m], sizeof a);
    for (int k = 0; k < state.rows[right]; ++k) {
      std::memcpy(b, state.bytes[right][k], sizeof b);
      for (int n = 0; n < columns; ++n) {
        even[n] = without_subnormal(even[n] + lower(a[k]) * lower(b[n]));
        odd[n] = without_subnormal(odd[n] + upper(a[k]) * upper(b[n]));
      }
    }
    std::memcpy(row, state.bytes[sums][m], sizeof row);
    for (int n = 0; n < columns; ++n)
      row[n] = without_subnormal(without_subnormal(row[n]) + without_subnormal(even[n] + odd[n]));
    std::memcpy(state.bytes[sums][m], row, sizeof row);
  }
}

}  // namespace emulated
