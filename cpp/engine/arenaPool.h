#pragma once
#include <mutex>
#include <vector>

#include "../memory/alignedBytes.h"

namespace engine {

/// Working memory of runs. Runs at the same time take an arena each; one that is given back is used again.
class ArenaPool {
 public:
  struct Arena {
    AlignedBytes bytes;
    std::size_t size = 0;
  };

  /// At least so many bytes. Throws std::bad_alloc.
  Arena take(std::size_t size);
  void give_back(Arena arena);
  /// Frees what no run uses, and from now on whatever comes back.
  void close();

 private:
  std::mutex mutex_;
  std::vector<Arena> idle_;
  bool closed_ = false;
};

}  // namespace engine
