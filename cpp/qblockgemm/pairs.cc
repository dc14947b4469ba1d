#include "pairs.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "../roundUp.h"

namespace {

constexpr std::size_t most_rows = 8;
/// Of the weights on one side of zero that go into one sum of 16 bits.
constexpr int most_load = 128;

/// A block, and its loads: for each two weights of a row their sums on either side of zero.
struct Block {
  std::uint32_t index = 0;
  std::array<std::array<std::int8_t, 4>, most_rows> weights{};
  std::array<std::int16_t, 4 * most_rows> loads{};
  std::int16_t heaviest = 0;
  bool taken = false;

  void weigh() {
    for (std::size_t i = 0; i < most_rows; ++i) {
      for (std::size_t half = 0; half < 2; ++half) {
        const int a = weights[i][2 * half], b = weights[i][2 * half + 1];
        std::int16_t* const load = loads.data() + 4 * i + 2 * half;
        load[0] = static_cast<std::int16_t>(std::max(a, 0) + std::max(b, 0));
        load[1] = static_cast<std::int16_t>(-std::min(a, 0) - std::min(b, 0));
      }
    }
    heaviest = *std::max_element(loads.begin(), loads.end());
  }
};

/// Moves weights on one side of zero, `excess` in all, from a sum to another.
void move(std::int8_t* from, std::int8_t* to, int excess, int side) {
  for (int e = 0; e < 2; ++e) {
    const int moved = std::min(std::max(side * from[e], 0), excess);
    from[e] = static_cast<std::int8_t>(from[e] - side * moved);
    to[e] = static_cast<std::int8_t>(to[e] + side * moved);
    excess -= moved;
  }
}

/// What is too much in a block beside another, which it then lacks.
Block take_rest(Block& block, const Block& other) {
  Block rest;
  rest.index = block.index;
  for (std::size_t at = 0; at < block.loads.size(); ++at) {
    const int excess = block.loads[at] + other.loads[at] - most_load;
    const std::size_t row = at / 4, half = at / 2 % 2 * 2;
    if (excess > 0) move(&block.weights[row][half], &rest.weights[row][half], excess, at % 2 == 0 ? 1 : -1);
  }
  block.weigh();
  rest.weigh();
  return rest;
}

bool fit(const Block& a, const Block& b) {
  int over = 0;
  for (std::size_t at = 0; at < a.loads.size(); ++at) over |= a.loads[at] + b.loads[at] > most_load;
  return over == 0;
}

/// What two blocks are too much beside each other, in all.
int excess(const Block& a, const Block& b) {
  int sum = 0;
  for (std::size_t at = 0; at < a.loads.size(); ++at)
    sum += std::max(a.loads[at] + b.loads[at] - most_load, 0);
  return sum;
}

/// A panel's blocks, two by two.
class Pairs {
 public:
  void take(const Block& block) {
    blocks_.push_back(block);
    blocks_.back().weigh();
    if (blocks_.back().heaviest > most_load) blocks_.push_back(take_rest(blocks_.back(), Block{}));
  }

  /// Heavy ones look for others first: a block, or the rest of one. Who finds none is cut to fit another.
  std::vector<Block> find() {
    while (!blocks_.empty()) {
      std::stable_sort(blocks_.begin(), blocks_.end(),
                       [](const Block& a, const Block& b) { return a.heaviest > b.heaviest; });
      for (std::size_t i = 0; i < blocks_.size(); ++i) {
        if (!blocks_[i].taken) join(blocks_[i], i + 1);
      }
      blocks_ = std::move(rests_);
      rests_.clear();
    }
    return std::move(pairs_);
  }

 private:
  void join(Block& block, std::size_t next) {
    const auto fits = [&](const Block& other) { return !other.taken && fit(block, other); };
    const auto later = blocks_.begin() + static_cast<std::ptrdiff_t>(next);
    if (const auto other = std::find_if(later, blocks_.end(), fits); other != blocks_.end()) {
      other->taken = true;
      return pair(block, *other);
    }
    if (const auto rest = std::find_if(rests_.begin(), rests_.end(), fits); rest != rests_.end()) {
      pair(block, *rest);
      rests_.erase(rest);
      return;
    }
    Block* const least = least_beside(block, next);
    if (!least) {
      Block none;
      none.index = block.index;
      return pair(block, none);
    }
    least->taken = true;
    rests_.push_back(take_rest(block, *least));
    pair(block, *least);
  }

  Block* least_beside(const Block& block, std::size_t next) {
    Block* found = nullptr;
    int least = 0;
    for (std::size_t i = next; i < blocks_.size(); ++i) {
      if (blocks_[i].taken) continue;
      const int much = excess(block, blocks_[i]);
      if (found && much >= least) continue;
      found = &blocks_[i], least = much;
    }
    return found;
  }

  void pair(const Block& a, const Block& b) {
    pairs_.push_back(a);
    pairs_.push_back(b);
  }

  std::vector<Block> blocks_, rests_, pairs_;
};

Block block_of(const QBlockWeights& w, std::size_t at) {
  Block block;
  block.index = w.indices[at];
  std::memcpy(block.weights.data(), w.values.data() + at * w.block_rows, 4 * w.block_rows);
  return block;
}

}  // namespace

QBlockWeights in_safe_pairs(const QBlockWeights& singles) {
  const std::size_t rows = singles.block_rows;
  QBlockWeights packed{singles.rows, singles.depth, rows, {0}, {}, {}, singles.sums, singles.kept};
  for (std::size_t panel = 0; panel + 1 < singles.first.size(); ++panel) {
    Pairs pairs;
    for (std::size_t at = singles.first[panel]; at < singles.first[panel + 1]; ++at)
      pairs.take(block_of(singles, at));
    for (const Block& block : pairs.find()) {
      const std::size_t at = packed.indices.size();
      packed.indices.push_back(block.index);
      packed.values.resize((at / 2 + 1) * 2 * rows);
      for (std::size_t i = 0; i < rows; ++i)
        std::memcpy(packed.values.data() + at / 2 * 2 * rows + 2 * i + at % 2, block.weights[i].data(), 4);
    }
    packed.first.push_back(packed.indices.size());
  }
  packed.values.resize(packed.values.size() + QBlockWeights::slack);
  return packed;
}
