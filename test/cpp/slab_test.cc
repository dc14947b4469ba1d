#ifdef __linux__
#include "memory/slab.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "memory/alignedBytes.h"
#include "memory/pageVector.h"

namespace {

struct Piece {
  std::byte* bytes;
  std::size_t size;
  std::byte mark;
};

void expect_marks(const Piece& piece) {
  ASSERT_TRUE(
      std::all_of(piece.bytes, piece.bytes + piece.size, [&](std::byte byte) { return byte == piece.mark; }));
}

TEST(Slab, PiecesKeepWhatIsWrittenToThemWhileOthersComeAndGo) {
  Slab slab(large_page);
  std::mt19937 random(7);
  std::vector<Piece> pieces;
  for (int turn = 0; turn < 2000; ++turn) {
    if (!pieces.empty() && random() % 2 == 0) {
      std::swap(pieces[random() % pieces.size()], pieces.back());
      expect_marks(pieces.back());
      slab.give_back(pieces.back().bytes, pieces.back().size);
      pieces.pop_back();
      continue;
    }
    const std::size_t size = 1 + random() % (random() % 4 == 0 ? 300000 : 5000);
    std::byte* const bytes = slab.take(size);
    if (!bytes) continue;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % 64, 0u);
    pieces.push_back({bytes, size, static_cast<std::byte>(turn)});
    std::memset(bytes, turn & 255, size);
  }
  for (const Piece& piece : pieces) expect_marks(piece);
}

TEST(Slab, GapsGrowTogether) {
  Slab slab(large_page);
  constexpr std::size_t quarter = large_page / 4;
  std::byte* pieces[4];
  for (std::byte*& piece : pieces) piece = slab.take(quarter - 1);
  EXPECT_EQ(slab.take(1), nullptr);
  for (const int i : {0, 2, 1}) slab.give_back(pieces[i], quarter - 1);
  EXPECT_EQ(slab.take(3 * quarter), pieces[0]);
  EXPECT_EQ(slab.take(1), nullptr);
  slab.give_back(pieces[0], 3 * quarter);
  slab.give_back(pieces[3], quarter - 1);
  EXPECT_EQ(slab.take(4 * quarter), pieces[0]);
}

TEST(Slab, IsSharedByThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (std::size_t i = 0; i < 200; ++i) {
        const std::size_t size = 1000 + i * 997 % 100000;
        const AlignedBytes bytes = aligned_bytes(size);
        std::memset(bytes.get(), t, size);
        ASSERT_EQ(std::count(bytes.get(), bytes.get() + size, static_cast<std::byte>(t)),
                  static_cast<std::ptrdiff_t>(size));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(PageVector, GrowsCopiesAndMovesLikeAnyVector) {
  PageVector<std::uint16_t> vector;
  for (std::size_t i = 0; i < 3 * large_page / 2; ++i) vector.push_back(static_cast<std::uint16_t>(i * 7));
  vector.shrink_to_fit();
  const PageVector<std::uint16_t> copy = vector, moved = std::move(vector);
  EXPECT_EQ(copy, moved);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(copy.data()) % 64, 0u);
  for (std::size_t i = 0; i < copy.size(); i += 997) ASSERT_EQ(copy[i], static_cast<std::uint16_t>(i * 7));
  EXPECT_TRUE(PageVector<float>().empty());
}

}  // namespace
#endif
