#include "attention/attention.h"

#include "attention/kernels.h"

#include "../registry.h"
#include "byteRule.h"
#include "scoreMask.h"

namespace engine {
namespace {

/// Element (i, k) of item t at t * item_step + i * outer + k * inner.
ItemMatrix read_matrix(StepReader& reader, std::size_t size, std::size_t depth) {
  const std::size_t outer = reader.size(), inner = reader.size(), item_step = reader.size();
  return {{nullptr, size, depth, outer, inner}, item_step};
}

std::size_t bytes_of(const ItemMatrix& m, std::size_t items) {
  if (items == 0) return 0;
  const std::size_t last = product_of({items - 1, m.item_step}) +
                           product_of({m.matrix.size - 1, m.matrix.outer}) +
                           product_of({m.matrix.depth - 1, m.matrix.inner});
  return product_of({last + 1, sizeof(float)});
}

}  // namespace

/// attention: queries, keys, values, mask or nothing -> y; items, rows, keys of an item, depth, width of the
/// values; outer, inner and item step of queries, keys and values as matmul takes them; ScoreMask; row axes
/// of y, the last one the rows of an item attention.bytes: the same -> y as QuantizeLinear makes it of that;
/// with a byte rule behind
Step attention_step(StepReader& reader) {
  Attention shape{};
  shape.items = reader.size();
  const std::size_t m = reader.size(), n = reader.size(), depth = reader.size(), width = reader.size();
  reader.expect(m > 0 && n > 0 && depth > 0 && width > 0, "operands that are not empty");
  shape.queries = read_matrix(reader, m, depth);
  shape.keys = read_matrix(reader, n, depth);
  shape.values = read_matrix(reader, width, n);
  const std::size_t rows = product_of({shape.items, m});
  for (const std::size_t size : {rows, depth, width}) product_of({size, n});
  product_of({m, depth});
  const ScoreMaskSpec mask(reader, n, 3);
  AttentionResult& result = shape.result;
  result.rows = read_row_axes(reader);
  result.in_bytes = reader.variant() == "bytes";
  if (result.in_bytes) result.rule = read_byte_rule(reader);
  const bool fits = mask.rows() == rows && rows_of(result.rows) == rows && !result.rows.sizes.empty();
  reader.expect(fits && result.rows.sizes.back() == m, "rows of the scores");
  const std::size_t queries = reader.input(0, bytes_of(shape.queries, shape.items));
  const std::size_t keys = reader.input(1, bytes_of(shape.keys, shape.items));
  const std::size_t values = reader.input(2, bytes_of(shape.values, shape.items));
  const std::size_t element = result.in_bytes ? 1 : sizeof(float);
  const std::size_t y = reader.output(0, product_of({span_of(result.rows, width), element}));
  const auto run = [=](const Run& run) {
    Attention a = shape;
    a.queries.matrix.data = run.at<const float>(queries);
    a.keys.matrix.data = run.at<const float>(keys);
    a.values.matrix.data = run.at<const float>(values);
    a.mask = mask.of(run);
    a.result.to = run.at<void>(y);
    attention(run.work, a, run.scratch);
  };
  return {run, attention_workspace(shape, reader.threads()),
          cpu::name(attention_kernels(result.in_bytes).isa)};
}

}  // namespace engine
