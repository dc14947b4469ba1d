#include "attention/rotaryEmbedding.h"

#include <stdexcept>

#include "../registry.h"

namespace engine {

/// rotaryEmbedding: x, cosines, sines, positions or nothing -> y; sequences, tokens, heads, depth, floats
/// between sequences, tokens and heads, pairs, whether they are neighbors, rows of cosines and sines, whether
/// there is one position
Step rotary_embedding_step(StepReader& reader) {
  RotaryEmbedding shape{};
  shape.sequences = reader.size(), shape.tokens = reader.size();
  shape.heads = reader.size(), shape.depth = reader.size();
  shape.sequence_step = reader.size(), shape.token_step = reader.size(), shape.head_step = reader.size();
  shape.rotation.pairs = reader.size(), shape.rotation.interleaved = reader.flag();
  shape.rows = reader.size();
  shape.is_single = reader.flag();
  const std::size_t tokens = product_of({shape.sequences, shape.tokens});
  const std::size_t elements = product_of({tokens, shape.heads, shape.depth});
  reader.expect(elements > 0, "an operand that is not empty");
  reader.expect(2 * shape.rotation.pairs <= shape.depth, "pairs of the numbers that there are");
  const std::size_t end = product_of({shape.sequences - 1, shape.sequence_step}) +
                          product_of({shape.tokens - 1, shape.token_step}) +
                          product_of({shape.heads - 1, shape.head_step}) + shape.depth;
  reader.expect(end == elements, "heads side by side");
  const std::size_t bytes = product_of({elements, sizeof(float)});
  const std::size_t table = product_of({shape.rows, shape.rotation.pairs, sizeof(float)});
  const std::size_t x = reader.input(0, bytes), y = reader.output(0, bytes);
  const std::size_t cosines = reader.input(1, table), sines = reader.input(2, table);
  const bool has_positions = reader.input_count() > 3;
  reader.expect(has_positions || !shape.is_single, "a position where there is one");
  const std::size_t count = shape.is_single ? 1 : tokens;
  const std::size_t positions = has_positions ? reader.input(3, count * sizeof(std::int64_t)) : 0;
  const auto run = [=](const Run& run) {
    RotaryEmbedding e = shape;
    e.rotation.cosines = run.at<const float>(cosines), e.rotation.sines = run.at<const float>(sines);
    e.x = run.at<const float>(x), e.y = run.at<float>(y);
    e.positions = has_positions ? run.at<const std::int64_t>(positions) : nullptr;
    if (!rotary_embedding(run.work, e)) throw std::out_of_range("A position has no angles");
  };
  return {run};
}

}  // namespace engine
