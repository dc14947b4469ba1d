#include <gtest/gtest.h>

#include <cstdio>

#include "cpu.h"
#include "threadPool.h"

int main(int argc, char** argv) {
  const std::string wrong = cpu::configuration_error() + ThreadPool::configuration_error();
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    return 2;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
