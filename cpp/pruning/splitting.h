#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dampedGram.h"
#include "gramInverse.h"
#include "pruning.h"

struct Work;

/// How long the mask is searched.
struct Search {
  /// Rising; each is a share of H's diagonal.
  std::vector<double> penalties;
  int steps_each;
};

/// Searches which weights of w[rows, columns] to keep, by the alternating direction method of multipliers
/// (Boyd et al. 2011, section 9.1; for pruning Meng et al. 2024, "ALPS: Improved optimization for highly
/// sparse one-shot pruning", section 3). With D = diag(H), a penalty p and u = w at first, each step is
///     mask = the pattern's choice by the scores u^2 * D
///     x = the least of |w - x|^2 in H + p * |x - (u where kept, -u where not)|^2 in D
///       = w + p * ((u where kept, -u where not) - w) * D * inverse(H + p * D)
///     u = x + (0 where kept, u where not)
/// so that what is pruned against the wish of the outputs adds up in u until it is worth keeping. A larger
/// penalty binds closer to the mask: it rises to 1, where the mask settles.
///
/// The first mask is that of the optimal brain surgeon (Hassibi and Stork 1993): with H = L * transpose(L) a
/// block of columns g costs |w_g * L_gg|^2 when the columns before it make up for it.
///
/// `inverse` comes with L as its factor and is spoiled. Writes mask[rows, columns] and, to pruned[rows,
/// columns], u where kept and 0 elsewhere. Returns false where numbers grow beyond double. Throws
/// std::bad_alloc.
bool search_mask(const Work& work, const PruningProblem& problem, const DampedGram& gram,
                 const Search& search, GramInverse& inverse, float* pruned, std::uint8_t* mask);
