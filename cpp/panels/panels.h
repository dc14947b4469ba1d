#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

struct Work;

/// How large the tiles of a kernel are: `rows` by `columns` words of 4 bytes, `columns` a multiple of
/// `lanes`.
struct TileSize {
  std::size_t rows, columns, lanes;
  /// The inner dimension of panels is filled up to a multiple of this many words.
  std::size_t depth_step = 1;
  /// Words that a left panel holds for each word of the operand: 2 where bytes are widened ahead.
  std::size_t left_words = 1;
  /// About so many words of the inner dimension are gone through before the next panel is taken up.
  std::size_t depth_chunk = 256;
  /// So few columns beside a whole tile are computed along with it.
  std::size_t tail = 0;
  /// Right panels of a chunk's length, as many as fit, stay in the first cache while packed left ones pass
  /// by; else each of these stays as right panels pass.
  bool keeps_right = false;

  constexpr std::size_t left_width() const { return rows * left_words; }

  /// Right panels that `n` columns are filled into, and the words of each for a step of the inner dimension.
  /// Panel p begins at column p * columns; the last one takes the columns beside it where they are few.
  constexpr std::size_t right_panels(std::size_t n) const {
    return ends_in_tail(n) ? n / columns : (n + columns - 1) / columns;
  }
  constexpr std::size_t right_width(std::size_t n) const {
    return ends_in_tail(n) ? columns + tail : columns;
  }
  constexpr bool ends_in_tail(std::size_t n) const {
    return n > columns && n % columns != 0 && n % columns <= tail;
  }
};

/// Operands of a tile: `left` is a panel of the kernel's own order, right[k, j] stands at word k * right_step
/// + j.
struct TileOperands {
  const void *left, *right;
  std::size_t right_step, depth, rows, columns;
  /// Aligned to 64 bytes. Columns beside a whole tile (TileSize::tail) lie behind it in an order of the
  /// kernel's own.
  void* tile;
  bool add;
  /// What the thread reads soon, so many bytes for each step of the inner dimension: the caches may be asked
  /// for them.
  const std::byte* ahead;
  std::size_t ahead_step;
  /// So many whole tiles side by side, all by the same left panel: each reads, and has the tile of its sums,
  /// so many words behind the one before. Only of what is stored at once (FinishTile) more than one.
  std::size_t tiles = 1, right_tile_step = 0, tile_step = 0;
};

/// tile[i * columns + j] = (add ? itself : 0) + sum over k < depth of left[k, i] * right[k, j] for i < rows
/// and j < vectors * lanes; the rest of the tile may be changed or left.
using tile_product = void(const TileOperands& tile);

class TileStores;

/// What a kernel may do while it computes, and where its rows lie.
struct Ahead {
  /// `bytes` bytes from `at` on that the thread reads soon: the caches may be asked for them.
  const std::byte* at;
  std::size_t bytes;
  /// Holds the tile that was computed before, if one waits: its rows may be stored meanwhile.
  TileStores* stores = nullptr;
  /// The left operand's rows lie in memory, so many bytes apart; 0: in a panel.
  std::size_t left_step = 0;
};

/// Stores the waiting tile's rows up to `row`, a multiple of 4, that are not stored yet.
void store_rows(TileStores& stores, std::size_t row);

/// tile_product, with what is done meanwhile.
using tile_product_ahead = void(const void* left, const void* right, std::size_t right_step,
                                std::size_t depth, std::size_t rows, std::size_t columns, void* tile,
                                bool add, const Ahead& ahead);

enum class Side : std::uint8_t { left, right };

/// A filler is never asked for more panels than this at once.
inline constexpr std::size_t most_filled_panels = 16;

/// Writes `count` whole panels of the side that is not packed ahead, each `padded depth * width` words, one
/// after the other. `scratch` has PanelProduct::scratch bytes. Called on any thread; must not throw.
using FillPanels = std::function<void(std::size_t item, std::size_t panel, std::size_t count,
                                      std::uint32_t* to, void* scratch)>;

/// Computes the last chunk of the tiles from `row` and `column` of item's result on and stores them.
using FinishTile =
    std::function<void(std::size_t item, std::size_t row, std::size_t column, const TileOperands& tile)>;

/// Takes a finished tile: rows `row` … `row + rows - 1` and columns alike of item's result.
using StoreTile = std::function<void(std::size_t item, std::size_t row, std::size_t column, std::size_t rows,
                                     std::size_t columns, const void* tile)>;

/// Computes a tile from packed panel `panel` of item's operand and a filled panel.
using WholeTile = std::function<void(std::size_t item, std::size_t panel, const std::uint32_t* filled,
                                     std::size_t columns, void* tile)>;

/// The same, stored at `column` of the result.
using FinishWholeTile = std::function<void(std::size_t item, std::size_t panel, const std::uint32_t* filled,
                                           std::size_t columns, std::size_t column)>;

/// `items` products of [m, depth] by [depth, n], words of 4 bytes. The operand of side `packed` lies in
/// panels of which item i takes those at panels + (i % packed_items) * packed_step; the other is filled block
/// by block.
struct PanelProduct {
  std::size_t items = 1, m, n, depth;
  TileSize size;
  tile_product* product = nullptr;
  /// Takes the place of `product` unless it is null.
  tile_product_ahead* product_ahead = nullptr;
  /// Called on a thread before its first tile and after its last; may be null.
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
  Side packed;
  const std::uint32_t* panels;
  std::size_t packed_step = 0, packed_items = 1;
  /// Takes the place of `product` and `panels` where packed panels are no plain matrices: a whole tile at
  /// once.
  WholeTile whole;
  /// Takes the place of `whole` and `store` unless it is empty.
  FinishWholeTile finish_whole;
  FillPanels fill;
  /// Where the right operand's rows lie in memory, whole vectors of them, so that tiles may read them there
  /// unless panels are filled. Packed panels are on the left.
  bool fills = true;
  const std::uint32_t* rows = nullptr;
  std::size_t rows_step = 0, rows_item_step = 0;
  /// Where the left operand's rows lie in memory, of padded_depth() words and `left_step` bytes apart, so
  /// that `product_ahead` may read those of whole panels there; null where all panels are filled. Packed
  /// panels are on the right.
  const std::byte* left_rows = nullptr;
  std::size_t left_step = 0, left_item_step = 0;
  StoreTile store;
  /// Takes the place of `store` unless it is empty.
  FinishTile finish;
  std::size_t scratch = 0;

  std::size_t padded_depth() const {
    return (depth + size.depth_step - 1) / size.depth_step * size.depth_step;
  }
  bool keeps_right() const;
  /// Packed panels that go through the chunks of the inner dimension together.
  std::size_t group() const;
  /// Panels of the side that is filled, and of the one that is packed.
  std::size_t filled_panels() const;
  std::size_t packed_panels() const;
  /// Words of such a panel for each step of the inner dimension.
  std::size_t filled_width() const { return packed == Side::left ? size.right_width(n) : size.left_width(); }
  std::size_t packed_width() const { return packed == Side::left ? size.left_width() : size.columns; }
};

/// Into how many pieces the packed side is cut where there are `blocks` blocks: threads get equally many
/// tasks, but each piece fills its block anew.
std::size_t pieces_for(std::size_t blocks, std::size_t threads, std::size_t most);

/// Bytes that multiply_panels needs to work on `threads` threads at once.
std::size_t panel_workspace(const PanelProduct& product, std::size_t threads);

/// The same result for any number of threads: terms are added in the order of the inner index, in chunks of
/// fixed length. `workspace` has panel_workspace(product, work ? work->pool.size() : 1) bytes and is aligned
/// to
/// 64. Without `work` everything is done by the calling thread. Cancelled work leaves the result unfinished.
/// Does not throw.
void multiply_panels(const Work* work, const PanelProduct& product, void* workspace);
