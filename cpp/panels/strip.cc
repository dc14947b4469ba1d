#include "strip.h"

#include <algorithm>

namespace {

/// Chunks of the inner dimension are about equally long, and no longer than one and a half times what the
/// kernel wants.
std::size_t chunk_length(const PanelProduct& p) {
  const std::size_t depth = p.padded_depth(), wanted = p.size.depth_chunk;
  const std::size_t chunks = std::max<std::size_t>((depth + wanted / 2) / wanted, 1);
  return ceil_div(ceil_div(depth, chunks), p.size.depth_step) * p.size.depth_step;
}

/// Part `index` of `parts` of the words that are read next, and come from far.
Ahead part_ahead(const std::uint32_t* next, std::size_t words, std::size_t parts, std::size_t index) {
  const std::size_t from = words * index / parts, to = words * (index + 1) / parts;
  return {reinterpret_cast<const std::byte*>(next + from), (to - from) * 4};
}

/// Beside fewer tiles the next chunk is too long to be asked for.
constexpr std::size_t fewest_tiles = 4;

/// Row number 0 of left panel `panel`, where it lies in memory.
const std::uint32_t* left_rows(const PanelProduct& p, std::size_t item, std::size_t panel) {
  return reinterpret_cast<const std::uint32_t*>(p.left_rows + item * p.left_item_step +
                                                panel * p.size.rows * p.left_step);
}

/// Lets a product ask for what is read next. All at once it would hold up the product's own loads.
void fetch_beside(TileOperands& tile, const Ahead& next) {
  tile.ahead = next.at;
  tile.ahead_step = ceil_div(next.bytes, std::max<std::size_t>(tile.depth, 1));
}

/// Words of right panels that stay in the first cache beside a left one and the result.
constexpr std::size_t kept_words = 5 * 1024;

std::size_t kept_panels(const PanelProduct& p, std::size_t length) {
  return std::max<std::size_t>(kept_words / (length * p.filled_width()), 1);
}

class Strip {
 public:
  Strip(const PanelProduct& p, std::size_t item, PanelRange panels, PanelRange block, const PanelSlot& slot,
        TileStores& stores)
      : p_(p),
        is_left_(p.packed == Side::left),
        item_(item),
        panels_(panels),
        block_(block),
        slot_(slot),
        stores_(stores),
        depth_(p.padded_depth()),
        length_(chunk_length(p)),
        fetches_(!is_left_ && !p.product_ahead && block.to - block.from >= fewest_tiles),
        keeps_(p.keeps_right()),
        right_step_(!p.fills   ? p.rows_step
                    : is_left_ ? p.filled_width()
                               : p.size.columns),
        filled_step_(p.fills ? PanelSlot::panel_words(p) : p.size.columns),
        last_filled_(p.filled_panels() - 1),
        whole_panels_(p.size.ends_in_tail(p.n) ? last_filled_ : p.n / p.size.columns),
        filled_(p.fills ? slot.panels : p.rows + item * p.rows_item_step + block.from * p.size.columns),
        packed_(p.panels + (item % p.packed_items) * p.packed_step) {}

  void run() {
    std::size_t from = 0;
    do {
      const std::size_t length = std::min(depth_ - from, length_);
      chunk(from, length);
      from += length;
    } while (from < depth_);
    if (length_ < depth_) stores_.flush();
  }

 private:
  void chunk(std::size_t from, std::size_t length) {
    const std::size_t count = block_.to - block_.from, kept = keeps_ ? kept_panels(p_, length) : count;
    for (std::size_t first = block_.from; first < block_.to; first += kept) {
      const std::size_t last = std::min(first + kept, block_.to);
      for (std::size_t i = panels_.from; i < panels_.to; ++i) {
        for (std::size_t f = first; f < last;) f += tiles(i, f, last, from, length);
      }
    }
  }

  /// Of packed panel i and filled ones from f on, as many as are done in one go; returns how many.
  std::size_t tiles(std::size_t i, std::size_t f, std::size_t last, std::size_t from, std::size_t length) {
    const bool is_last = from + length == depth_;
    TileOperands operands = operands_of(i, f, from, length);
    if (fetches_) fetch_beside(operands, ahead(i, f, from + length));
    if (keeps_ && f == block_.from && i + 1 < panels_.to) fetch_beside(operands, next_panel(i, from, length));
    const std::size_t row = (is_left_ ? i : f) * p_.size.rows;
    const std::size_t column = (is_left_ ? f : i) * p_.size.columns;
    if (is_last && p_.finish) {
      if (is_left_ && f < whole_panels_) operands.tiles = std::min(last, whole_panels_) - f;
      p_.finish(item_, row, column, operands);
    } else {
      multiply(operands, i, f, from + length);
      if (is_last) stores_.add(item_, row, column, static_cast<const std::uint32_t*>(operands.tile));
    }
    return operands.tiles;
  }

  const std::uint32_t* packed(std::size_t i) const { return packed_ + i * depth_ * p_.packed_width(); }

  TileOperands operands_of(std::size_t i, std::size_t f, std::size_t from, std::size_t length) const {
    const bool in_place = f < panels_in_place(p_);
    const std::uint32_t* filled =
        in_place ? left_rows(p_, item_, f) : filled_ + (f - block_.from) * filled_step_;
    const std::uint32_t *left = is_left_ ? packed(i) : filled, *right = is_left_ ? filled : packed(i);
    const std::size_t row = (is_left_ ? i : f) * p_.size.rows;
    const std::size_t column = (is_left_ ? f : i) * p_.size.columns;
    // The last filled panel may have columns beside it.
    const std::size_t most = is_left_ && f == last_filled_ ? p_.n : p_.size.columns;
    const std::size_t tile =
        length == depth_ ? stores_.turn() : (i - panels_.from) * (block_.to - block_.from) + f - block_.from;
    return {left + from * (in_place ? 1 : p_.size.left_width()),
            right + from * right_step_,
            right_step_,
            length,
            std::min(p_.m - row, p_.size.rows),
            std::min(p_.n - column, most),
            slot_.tiles + tile * PanelSlot::tile_words(p_),
            from > 0,
            reinterpret_cast<const std::byte*>(left),
            0,
            1,
            filled_step_,
            length == depth_ ? 0 : PanelSlot::tile_words(p_)};
  }

  /// What the next packed panel has of this chunk. Read in this order it does not follow in memory.
  Ahead next_panel(std::size_t i, std::size_t from, std::size_t length) const {
    return {reinterpret_cast<const std::byte*>(packed(i + 1) + from * p_.packed_width()),
            length * p_.packed_width() * 4};
  }

  /// Tile f's share of the words of the next chunk, which begins at `from`; the next panel's follow this
  /// one's.
  Ahead ahead(std::size_t i, std::size_t f, std::size_t from) const {
    const std::size_t words = from < depth_                ? std::min(depth_ - from, length_)
                              : i + 1 < p_.packed_panels() ? length_
                                                           : 0;
    Ahead part = part_ahead(packed(i) + from * p_.packed_width(), words * p_.packed_width(),
                            block_.to - block_.from, f - block_.from);
    // Products of weights on the left are cut along the inner dimension: too short to store beside them.
    if (!is_left_) part.stores = &stores_;
    if (f < panels_in_place(p_)) part.left_step = p_.left_step;
    return part;
  }

  void multiply(const TileOperands& t, std::size_t i, std::size_t f, std::size_t next) const {
    if (p_.product_ahead) {
      p_.product_ahead(t.left, t.right, t.right_step, t.depth, t.rows, t.columns, t.tile, t.add,
                       ahead(i, f, next));
    } else {
      p_.product(t);
    }
  }

  const PanelProduct& p_;
  const bool is_left_;
  const std::size_t item_;
  const PanelRange panels_, block_;
  const PanelSlot& slot_;
  TileStores& stores_;
  const std::size_t depth_, length_;
  /// A right panel is too wide for what processors fetch ahead by themselves.
  const bool fetches_;
  const bool keeps_;
  const std::size_t right_step_, filled_step_, last_filled_;
  /// Right panels that hold whole tiles, and nothing beside them.
  const std::size_t whole_panels_;
  const std::uint32_t *filled_, *packed_;
};

}  // namespace

void strip(const PanelProduct& p, std::size_t item, PanelRange packed_panels, PanelRange block,
           const PanelSlot& slot, TileStores& stores) {
  Strip(p, item, packed_panels, block, slot, stores).run();
}

void whole_strip(const PanelProduct& p, std::size_t item, std::size_t packed_panel, PanelRange block,
                 const PanelSlot& slot, TileStores& stores) {
  for (std::size_t f = block.from; f < block.to; ++f) {
    const std::size_t column = f * p.size.columns;
    const std::size_t columns = f + 1 < p.filled_panels() ? p.size.columns : p.n - column;
    const std::uint32_t* filled = slot.panels + (f - block.from) * PanelSlot::panel_words(p);
    if (p.finish_whole) {
      p.finish_whole(item, packed_panel, filled, columns, column);
      continue;
    }
    std::uint32_t* tile = slot.tiles + stores.turn() * PanelSlot::tile_words(p);
    p.whole(item, packed_panel, filled, columns, tile);
    stores.add(item, packed_panel * p.size.rows, column, tile);
  }
}
