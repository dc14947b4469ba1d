#include "pixelVectors.h"

#include <algorithm>

#include "../roundUp.h"

namespace {

/// A place in rows of `pitch` words, of which the first `width` count.
struct PlaceInRow {
  std::size_t x, width, pitch;

  /// Passes by so many words, counts those that count until there are `most`, and says which they are.
  std::uint32_t pass(std::size_t words, std::size_t most, std::size_t& counted) {
    std::uint32_t kept = 0;
    for (std::size_t at = 0; at < words && counted < most;) {
      const bool counts = x < width;
      std::size_t run = std::min((counts ? width : pitch) - x, words - at);
      if (counts) {
        run = std::min(run, most - counted);
        kept |= ((1u << run) - 1) << at;
        counted += run;
      }
      at += run, x += run;
      if (x == pitch) x = 0;
    }
    return kept;
  }
};

PixelVector vector_at(const PixelRange& pixels, std::size_t pixel, std::size_t count) {
  return {pixels.from + pixel, static_cast<std::uint32_t>(pixels.first + pixel), (1u << count) - 1};
}

}  // namespace

PixelVectors vectors_in_line(const PixelRange& pixels, std::size_t lanes, std::size_t tile, PixelVector* to) {
  const std::size_t whole = pixels.count / lanes, left = pixels.count % lanes;
  for (std::size_t v = 0; v < whole; ++v) *to++ = vector_at(pixels, v * lanes, lanes);
  if (left == 0) return {whole, 0};
  if (tile == 0 || left > ceil_div(whole * lanes, tile)) {
    *to = vector_at(pixels, whole * lanes, left);
    return {whole + 1, 0};
  }
  for (std::size_t i = 0; i < left; ++i) *to++ = vector_at(pixels, whole * lanes + i, 1);
  return {whole, left};
}

PixelVectors vectors_of_rows(const PixelRange& pixels, std::size_t width, std::size_t pitch,
                             std::size_t lanes, PixelVector* to) {
  const std::uint32_t* from = pixels.from;
  PixelVectors made{0, 0};
  PlaceInRow place{0, width, pitch};
  for (std::size_t written = 0; written < pixels.count; from += lanes) {
    const std::size_t before = written;
    const std::uint32_t kept = place.pass(lanes, pixels.count, written);
    if (kept != 0) to[made.count++] = {from, static_cast<std::uint32_t>(pixels.first + before), kept};
  }
  return made;
}
