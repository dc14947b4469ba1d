#include "rows.h"

#include <algorithm>
#include <cstring>

#include "../roundUp.h"
#include "../threadPool.h"
#include "../transpose/transpose.h"

namespace {

constexpr std::size_t most_words = 2048;  // of a tile: 16 outputs by 128 rows, 32 by 32

/// Rows whose words are whole and aligned: a transposition, a cache line of each row at a time.
void fill_whole(const ByteRows& x, std::size_t first, std::size_t rows, std::size_t width, float* to) {
  constexpr std::size_t line = 16;
  const auto* from = reinterpret_cast<const float*>(x.data + first * x.step);
  for (std::size_t k = 0; k < x.words(); k += line) {
    transpose(from + k, x.step / 4, rows, std::min(line, x.words() - k), to + k * width, width);
  }
}

void fill_ragged(const ByteRows& x, std::size_t first, std::size_t rows, std::size_t width,
                 std::uint32_t* to) {
  for (std::size_t i = 0; i < rows; ++i) {
    const std::byte* from = x.data + (first + i) * x.step;
    for (std::size_t k = 0; k < x.words(); ++k) {
      std::uint32_t word = 0;
      std::memcpy(&word, from + 4 * k, std::min<std::size_t>(4, x.bytes - 4 * k));
      to[k * width + i] = word;
    }
  }
}

void fill_panel(const ByteRows& x, std::size_t first, std::size_t width, std::uint32_t* to) {
  const std::size_t rows = std::min(width, x.rows - first);
  if (x.bytes % 4 == 0 && x.step % 4 == 0 && reinterpret_cast<std::uintptr_t>(x.data) % 4 == 0) {
    fill_whole(x, first, rows, width, reinterpret_cast<float*>(to));
  } else {
    fill_ragged(x, first, rows, width, to);
  }
  if (rows == width) return;
  for (std::size_t k = 0; k < x.words(); ++k) std::fill(to + k * width + rows, to + (k + 1) * width, 0u);
}

}  // namespace

FillPanels row_panels(const ByteRows& rows, std::size_t width) {
  return [=](std::size_t, std::size_t panel, std::size_t count, std::uint32_t* to, void*) {
    for (std::size_t p = 0; p < count; ++p, to += rows.words() * width) {
      fill_panel(rows, (panel + p) * width, width, to);
    }
  };
}

/// Few rows take narrower panels.
std::size_t RowTiles::width() const { return std::min(kernel.columns, round_up(x.rows, kernel.lanes)); }

std::size_t RowTiles::table_bytes() const { return round_up(depth * sizeof(std::uint32_t), 64); }

PanelProduct RowTiles::product(const std::uint32_t* table) const {
  PanelProduct p{};
  p.m = outputs;
  p.n = x.rows;
  p.depth = depth;
  p.size = {outputs_in_tile(), width(), kernel.lanes};
  p.enter = enter;
  p.leave = leave;
  p.packed = Side::left;
  p.fill = row_panels(x, width());
  p.whole = [this, table](std::size_t, std::size_t panel, const std::uint32_t* right, std::size_t wanted,
                          void* tile) {
    alignas(64) std::uint32_t sums[most_words];
    const std::size_t together = outputs_in_tile(), first = panel * together;
    const std::size_t inside = std::min(outputs - first, together);
    for (std::size_t i = 0; i < inside; i += kernel.rows) {
      block((first + i) / kernel.rows, right, table, wanted, sums + i * kernel.columns);
    }
    transpose(reinterpret_cast<const float*>(sums), kernel.columns, inside, wanted, static_cast<float*>(tile),
              together);
  };
  p.store = [this](std::size_t, std::size_t output, std::size_t row, std::size_t outputs_now,
                   std::size_t rows_now,
                   const void* tile) { store(row, output, rows_now, outputs_now, tile); };
  return p;
}

std::size_t RowTiles::workspace(std::size_t threads) const {
  return table_bytes() + panel_workspace(product(nullptr), threads);
}

void RowTiles::run(const Work* work, void* workspace) const {
  auto* const table = static_cast<std::uint32_t*>(workspace);
  for (std::size_t k = 0; k < depth; ++k) table[k] = static_cast<std::uint32_t>(k * width());
  multiply_panels(work, product(table), static_cast<std::byte*>(workspace) + table_bytes());
}
