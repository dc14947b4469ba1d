#include "threadPlaces.h"

#if defined(__linux__)

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ThreadPlaces::Place {
  pid_t thread = 0;
  /// Where it went to sleep; -1 while it is awake.
  int processor = -1;
  /// What it is kept from, where it may go therefore, and where it could before.
  cpu_set_t avoided, left, allowed;

  Place() { CPU_ZERO(&avoided); }
  void avoid(const cpu_set_t& processors);
};

/// Asks the system only when something changes.
void ThreadPlaces::Place::avoid(const cpu_set_t& processors) {
  if (CPU_EQUAL(&processors, &avoided)) return;
  cpu_set_t now;
  if (sched_getaffinity(thread, sizeof now, &now) != 0) return;
  // Somebody else may have moved it meanwhile.
  if (CPU_COUNT(&avoided) == 0 || !CPU_EQUAL(&now, &left)) allowed = now;
  cpu_set_t both;
  CPU_AND(&both, &allowed, &processors);
  CPU_XOR(&left, &allowed, &both);
  if (CPU_COUNT(&left) == 0) left = allowed;
  if (sched_setaffinity(thread, sizeof left, &left) == 0) avoided = processors;
}

namespace {

bool is_known(int processor) { return processor >= 0 && processor < CPU_SETSIZE; }

cpu_set_t only(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return set;
}

}  // namespace

void ThreadPlaces::asleep(std::size_t index) {
  Place& place = places_[index];
  if (place.thread == 0) place.thread = static_cast<pid_t>(syscall(SYS_gettid));
  place.processor = sched_getcpu();
}

void ThreadPlaces::awake(std::size_t index) { places_[index].processor = -1; }

/// Who is woken may be drawn to the caller's processor from any other.
void ThreadPlaces::spread() {
  const int own = sched_getcpu();
  if (!is_known(own)) return;
  const cpu_set_t callers = only(own);
  cpu_set_t taken = callers;
  for (Place& place : places_) {
    if (!is_known(place.processor)) continue;
    const bool is_taken = CPU_ISSET(place.processor, &taken);
    place.avoid(is_taken ? taken : callers);
    if (!is_taken) CPU_SET(place.processor, &taken);
  }
}

#else

struct ThreadPlaces::Place {};

void ThreadPlaces::asleep(std::size_t) {}
void ThreadPlaces::awake(std::size_t) {}
void ThreadPlaces::spread() {}

#endif

ThreadPlaces::ThreadPlaces(std::size_t threads) : places_(threads) {}
ThreadPlaces::~ThreadPlaces() = default;
