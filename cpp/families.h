#pragma once
#include <string>
#include <vector>

#include "cpu.h"

/// What `doctor` shows of one family of kernels: its variants, fastest first, and the one that runs here.
struct Family {
  std::string name;
  std::vector<cpu::Isa> variants;
  cpu::Isa chosen;
};

std::vector<Family> families();
