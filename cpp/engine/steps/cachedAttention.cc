#include "attention/cachedAttention.h"

#include <stdexcept>

#include "attention/kernels.h"

#include "../registry.h"

namespace engine {
namespace {

/// Floats between tokens, of which each has `width`.
std::size_t token_rows(StepReader& reader, std::size_t index, std::size_t tokens, std::size_t width,
                       TokenRows& rows) {
  rows.step = reader.size();
  reader.expect(tokens > 0 && rows.step >= width, "tokens that do not overlap");
  return reader.input(index, product_of({product_of({tokens - 1, rows.step}) + width, sizeof(float)}));
}

}  // namespace

/// cachedAttention: queries, keys, values, kept keys and values, lengths, cosines and sines or nothing -> y,
/// keys and values to keep; sequences, tokens, key heads, query heads of each, depth, rows kept before and
/// after, whether the tokens are the first, factor, window, pairs, whether they are neighbors, positions,
/// floats between tokens of queries, keys and values
Step cached_attention_step(StepReader& reader) {
  CachedAttention shape{};
  shape.sequences = reader.size(), shape.tokens = reader.size();
  shape.key_heads = reader.size(), shape.group = reader.size(), shape.depth = reader.size();
  shape.past = reader.size(), shape.present = reader.size();
  shape.are_first = reader.flag();
  shape.factor = reader.real();
  shape.window = reader.size();
  shape.rotation.pairs = reader.size(), shape.rotation.interleaved = reader.flag();
  shape.positions = reader.size();
  const std::size_t tokens = product_of({shape.sequences, shape.tokens});
  const std::size_t keys_width = product_of({shape.key_heads, shape.depth});
  const std::size_t width = product_of({keys_width, shape.group});
  const std::size_t heads = product_of({shape.sequences, keys_width});
  reader.expect(tokens > 0 && width > 0, "operands that are not empty");
  reader.expect(shape.past <= shape.present && shape.tokens <= shape.present, "room for all tokens");
  reader.expect(2 * shape.rotation.pairs <= shape.depth, "pairs of the numbers that there are");
  product_of({shape.sequences, shape.tokens, shape.key_heads * shape.group, shape.present, shape.depth});
  const std::size_t queries = token_rows(reader, 0, tokens, width, shape.queries);
  const std::size_t keys = token_rows(reader, 1, tokens, keys_width, shape.keys);
  const std::size_t values = token_rows(reader, 2, tokens, keys_width, shape.values);
  const std::size_t past_bytes = product_of({heads, shape.past, sizeof(float)});
  const std::size_t past_keys = reader.input(3, past_bytes), past_values = reader.input(4, past_bytes);
  const std::size_t lengths = reader.input(5, shape.sequences * sizeof(std::int32_t));
  const std::size_t table = product_of({shape.positions, shape.rotation.pairs, sizeof(float)});
  const bool turns = shape.rotation.pairs > 0;
  const std::size_t cosines = turns ? reader.input(6, table) : 0, sines = turns ? reader.input(7, table) : 0;
  const std::size_t present_bytes = product_of({heads, shape.present, sizeof(float)});
  const std::size_t y = reader.output(0, product_of({tokens, width, sizeof(float)}));
  const std::size_t present_keys = reader.output(1, present_bytes);
  const std::size_t present_values = reader.output(2, present_bytes);
  const auto run = [=](const Run& run) {
    CachedAttention a = shape;
    a.queries.data = run.at<const float>(queries);
    a.keys.data = run.at<const float>(keys);
    a.values.data = run.at<const float>(values);
    a.past_keys = run.at<const float>(past_keys), a.past_values = run.at<const float>(past_values);
    a.present_keys = run.at<float>(present_keys), a.present_values = run.at<float>(present_values);
    a.lengths = run.at<const std::int32_t>(lengths);
    if (turns)
      a.rotation.cosines = run.at<const float>(cosines), a.rotation.sines = run.at<const float>(sines);
    a.y = run.at<float>(y);
    if (!cached_attention(run.work, a, run.scratch))
      throw std::out_of_range("Lengths of sequences leave no room for their tokens");
  };
  return {run, cached_attention_workspace(shape, reader.threads()), cpu::name(attention_kernels(false).isa)};
}

}  // namespace engine
