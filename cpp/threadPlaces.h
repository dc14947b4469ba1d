#pragma once
#include <cstddef>
#include <vector>

/// Keeps the threads of a pool that are woken off the processor of whoever wakes them, and off each other's.
/// Linux looks for an idle processor only while the machine is not busy: threads of runs that follow each
/// other closely may stay on one processor, taking turns, while another idles. Elsewhere this does nothing.
/// Not synchronized.
class ThreadPlaces {
 public:
  explicit ThreadPlaces(std::size_t threads);
  ~ThreadPlaces();

  /// Thread `index`, which is the caller, is about to sleep.
  void asleep(std::size_t index);
  /// Thread `index`, which is the caller, is awake.
  void awake(std::size_t index);
  /// The caller is about to wake threads that sleep. Each may go wherever it was allowed to but to the
  /// processors that are taken, as far as there are others.
  void spread();

 private:
  struct Place;
  std::vector<Place> places_;
};
