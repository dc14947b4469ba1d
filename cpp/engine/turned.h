#pragma once
#include <cstdint>
#include <vector>

#include "../qgemm/qgemm.h"

namespace engine {

/// The weights of a linear layer with each output's inputs one after the other. `copy` holds them where they
/// do not lie so: going down the columns of a large matrix misses every cache.
WeightView with_rows(const WeightView& weights, std::vector<std::int8_t>& copy);

}  // namespace engine
