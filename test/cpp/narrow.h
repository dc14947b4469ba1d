#pragma once
// Weights of few bits for tests of products by them.
#include "dense.h"
#include "narrowgemm/pack.h"

namespace {

struct Case {
  std::size_t rows, outputs, inputs, block;
  bool is_signed, has_zeros, is_turned;  // turned: outputs side by side
};

constexpr Case cases[] = {{1, 1, 1, 16, false, false, false},    {1, 50, 100, 16, false, true, false},
                          {2, 33, 64, 32, true, false, true},    {3, 97, 70, 32, true, true, true},
                          {4, 48, 300, 128, false, true, false}, {5, 17, 40, 8, false, false, true},
                          {20, 60, 130, 64, true, true, false},  {9, 98, 48, 16, false, true, false},
                          {1, 200, 2500, 256, false, true, true}};

std::string text(const Case& c) {
  return std::to_string(c.rows) + " x " + std::to_string(c.inputs) + " x " + std::to_string(c.outputs) +
         ", blocks of " + std::to_string(c.block);
}

/// Random weights, and what they are.
class Weights {
 public:
  Weights(const Case& c, std::size_t bits) : c_(c), bits_(bits), blocks_((c.inputs + c.block - 1) / c.block) {
    std::mt19937 random(3);
    integers_.resize((c.outputs * c.inputs * bits + 7) / 8);
    zeros_.resize((c.outputs * blocks_ * bits + 7) / 8);
    for (auto& byte : integers_) byte = static_cast<std::uint8_t>(random());
    for (auto& byte : zeros_) byte = static_cast<std::uint8_t>(random());
    scales_ = values(c.outputs * blocks_, 8);
  }

  NarrowView view() const {
    return {c_.outputs,       c_.inputs,
            c_.block,         bits_,
            c_.is_signed,     integers_.data(),
            steps(c_.inputs), scales_.data(),
            steps(blocks_),   c_.has_zeros ? zeros_.data() : nullptr,
            steps(blocks_),   zero};
  }

  double scale(std::size_t i, std::size_t k) const {
    return static_cast<double>(scales_[at(steps(blocks_), i, k / c_.block)]);
  }
  double integer(std::size_t i, std::size_t k) const { return number(integers_, at(steps(c_.inputs), i, k)); }
  /// What panels take off unsigned integers.
  double middle() const { return c_.is_signed ? 0 : 1 << (bits_ - 1); }
  double zero_of(std::size_t i, std::size_t k) const {
    return c_.has_zeros ? number(zeros_, at(steps(blocks_), i, k / c_.block)) : zero;
  }

 private:
  static constexpr std::int32_t zero = 3;

  NarrowSteps steps(std::size_t columns) const {
    return c_.is_turned ? NarrowSteps{1, c_.outputs} : NarrowSteps{columns, 1};
  }
  static std::size_t at(const NarrowSteps& s, std::size_t i, std::size_t k) {
    return i * s.outer + k * s.inner;
  }
  double number(const std::vector<std::uint8_t>& from, std::size_t at) const {
    const int bits = bits_ == 8 ? from[at] : from[at / 2] / (at % 2 ? 16 : 1) % 16, all = 1 << bits_;
    return c_.is_signed && bits >= all / 2 ? bits - all : bits;
  }

  Case c_;
  std::size_t bits_, blocks_;
  std::vector<std::uint8_t> integers_, zeros_;
  std::vector<float> scales_;
};

/// Packed weights and their memory.
class PackedWeights {
 public:
  PackedWeights(const Weights& weights, NarrowOrder order)
      : shape_(narrow_shape(weights.view(), gemm_kernels().size.columns)), words_(shape_.bytes() / 4) {
    shape_ = pack_narrow(weights.view(), shape_, order, words_.get());
  }
  const NarrowPanels* get() const { return &shape_; }

 private:
  NarrowPanels shape_;
  Aligned<std::uint32_t> words_;
};

}  // namespace
