#include "quantize.h"

#include <algorithm>
#include <vector>

#include "../select.h"
#include "../threadPool.h"

namespace {

/// Calls visit(first, length, channel) for each piece of [begin, end) that lies in one row of `layout`: a run
/// of one channel, or neighbors of one row of columns from number `channel` on.
template <class Visit>
void walk(const Layout& layout, std::size_t begin, std::size_t end, Visit visit) {
  const bool columns = layout.inner == 1;
  const std::size_t period = columns ? layout.channels : layout.inner;
  for (std::size_t i = begin; i < end;) {
    const std::size_t within = i % period, length = std::min(period - within, end - i);
    visit(i, length, columns ? within : i / period % layout.channels);
    i += length;
  }
}

/// Layout and parameters after short runs became columns.
struct Plan {
  Layout layout;
  std::vector<float> scale;
  std::vector<std::int32_t> zero_point;

  Plan(const Layout& given, const ChannelScales& s) : layout(given) {
    if (given.has_short_runs() && given.channels > 1) {
      layout = {given.outer, given.columns(), 1};
      scale = per_column(s.scale, given);
      zero_point = per_column(s.zero_point, given);
      return;
    }
    if (given.channels == 1) layout = {1, 1, given.size()};
    scale.assign(s.scale, s.scale + given.channels);
    zero_point.assign(s.zero_point, s.zero_point + given.channels);
  }

  bool by_columns() const { return layout.inner == 1 && layout.channels > 1; }
};

template <class Body>
void for_each_chunk(const Work& work, std::size_t n, Body body) {
  work.for_each(chunks_of(n),
                [&](std::size_t k) { body(k * chunk_size, std::min(n, (k + 1) * chunk_size)); });
}

/// Elements [begin, end) to q[0 … end - begin).
template <class Stored>
void quantize_piece(const float* x, const Plan& plan, const QuantizeRule& bounds, std::size_t begin,
                    std::size_t end, Stored* q) {
  const QuantizeKernels& kernels = quantize_kernels();
  walk(plan.layout, begin, end, [&](std::size_t first, std::size_t n, std::size_t c) {
    const float* scale = plan.scale.data() + c;
    const std::int32_t* zero_point = plan.zero_point.data() + c;
    const QuantizeRule rule{*scale, *zero_point, bounds.qmin, bounds.qmax};
    const QuantizeColumns columns{scale, zero_point, bounds.qmin, bounds.qmax};
    if constexpr (sizeof(Stored) == 1) {
      plan.by_columns() ? kernels.columns8(x + first, n, columns, q + (first - begin))
                        : kernels.run8(x + first, n, rule, q + (first - begin));
    } else {
      plan.by_columns() ? kernels.columns16(x + first, n, columns, q + (first - begin))
                        : kernels.run16(x + first, n, rule, q + (first - begin));
    }
  });
}

/// q[0 … end - begin) to elements [begin, end).
template <class Stored>
void dequantize_piece(const Stored* q, const Plan& plan, std::int32_t flip, std::size_t begin,
                      std::size_t end, float* y) {
  const QuantizeKernels& kernels = quantize_kernels();
  walk(plan.layout, begin, end, [&](std::size_t first, std::size_t n, std::size_t c) {
    const float* scale = plan.scale.data() + c;
    const std::int32_t* zero_point = plan.zero_point.data() + c;
    const DequantizeRule rule{*scale, *zero_point, flip};
    const DequantizeColumns columns{scale, zero_point, flip};
    if constexpr (sizeof(Stored) == 1) {
      plan.by_columns() ? kernels.back_columns8(q + (first - begin), n, columns, y + first)
                        : kernels.back8(q + (first - begin), n, rule, y + first);
    } else {
      plan.by_columns() ? kernels.back_columns16(q + (first - begin), n, columns, y + first)
                        : kernels.back16(q + (first - begin), n, rule, y + first);
    }
  });
}

/// 4-bit values pass through bytes, a block that stays in the first cache at a time. Even: no byte is shared.
constexpr std::size_t block = 2048;
static_assert(chunk_size % block == 0 && block % 2 == 0);

template <class Body>
void for_each_block(std::size_t begin, std::size_t end, Body body) {
  for (std::size_t at = begin; at < end; at += block) body(at, std::min(end, at + block));
}

}  // namespace

std::span<const QuantizeKernels> quantize_variants() {
#define KERNEL(isa)                  \
  {cpu::Isa::isa,                    \
   quantize_f32_x8_##isa,            \
   quantize_f32_x16_##isa,           \
   quantize_columns_f32_x8_##isa,    \
   quantize_columns_f32_x16_##isa,   \
   dequantize_x8_f32_##isa,          \
   dequantize_x16_f32_##isa,         \
   dequantize_columns_x8_f32_##isa,  \
   dequantize_columns_x16_f32_##isa, \
   pack_4bit_##isa,                  \
   unpack_4bit_##isa},
  static constexpr QuantizeKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const QuantizeKernels& quantize_kernels() {
  static const QuantizeKernels& chosen = fastest(quantize_variants());
  return chosen;
}

void quantize(const Work& work, const float* x, const Layout& layout, const ChannelScales& scales,
              std::int32_t qmin, std::int32_t qmax, const IntegerType& type, void* q) {
  if (layout.size() == 0) return;
  const Plan plan(layout, scales);
  const QuantizeRule bounds{0, 0, qmin, qmax};
  for_each_chunk(work, layout.size(), [&](std::size_t begin, std::size_t end) {
    if (type.bits == 16) {
      quantize_piece(x, plan, bounds, begin, end, static_cast<std::uint16_t*>(q) + begin);
    } else if (type.bits == 8) {
      quantize_piece(x, plan, bounds, begin, end, static_cast<std::uint8_t*>(q) + begin);
    } else {
      for_each_block(begin, end, [&](std::size_t from, std::size_t to) {
        std::uint8_t bytes[block];
        quantize_piece(x, plan, bounds, from, to, bytes);
        quantize_kernels().pack(bytes, to - from, static_cast<std::uint8_t*>(q) + from / 2);
      });
    }
  });
}

void dequantize(const Work& work, const void* q, const Layout& layout, const ChannelScales& scales,
                const IntegerType& type, float* y) {
  if (layout.size() == 0) return;
  const Plan plan(layout, scales);
  const std::int32_t flip = type.flip();
  for_each_chunk(work, layout.size(), [&](std::size_t begin, std::size_t end) {
    if (type.bits == 16) {
      dequantize_piece(static_cast<const std::uint16_t*>(q) + begin, plan, flip, begin, end, y);
    } else if (type.bits == 8) {
      dequantize_piece(static_cast<const std::uint8_t*>(q) + begin, plan, flip, begin, end, y);
    } else {
      for_each_block(begin, end, [&](std::size_t from, std::size_t to) {
        std::uint8_t bytes[block];
        quantize_kernels().unpack(static_cast<const std::uint8_t*>(q) + from / 2, to - from, bytes);
        dequantize_piece(bytes, plan, flip, from, to, y);
      });
    }
  });
}
