/// Where threads may be woken, on Linux: elsewhere nothing is done about it.
#include "threadPlaces.h"

#include "support.h"

#if defined(__linux__)

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <future>
#include <set>
#include <thread>

namespace {

using Processors = std::set<int>;

Processors allowed_to(pid_t thread) {
  cpu_set_t set;
  EXPECT_EQ(sched_getaffinity(thread, sizeof set, &set), 0);
  Processors all;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) all.insert(i);
  }
  return all;
}

void allow(pid_t thread, const Processors& processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int i : processors) CPU_SET(i, &set);
  EXPECT_EQ(sched_setaffinity(thread, sizeof set, &set), 0);
}

/// A thread that sleeps on processor `on`, as far as `places` knows, and may go anywhere.
class Sleeper {
 public:
  Sleeper(ThreadPlaces& places, std::size_t index, int on, const Processors& anywhere)
      : thread_([&places, index, on, anywhere, this] {
          allow(0, {on});
          places.asleep(index);
          allow(0, anywhere);
          id_.set_value(static_cast<pid_t>(syscall(SYS_gettid)));
          end_.get_future().wait();
        }),
        id(id_.get_future().get()) {}
  ~Sleeper() {
    end_.set_value();
    thread_.join();
  }

 private:
  std::promise<pid_t> id_;
  std::promise<void> end_;
  std::thread thread_;

 public:
  const pid_t id;
};

class Places : public testing::Test {
 protected:
  const Processors anywhere = allowed_to(0);
  const int one = *anywhere.begin(), other = *anywhere.rbegin();

  void SetUp() override {
    if (one == other) GTEST_SKIP() << "one processor";
  }
  void TearDown() override { allow(0, anywhere); }

  Processors without(int processor) const {
    Processors left = anywhere;
    left.erase(processor);
    return left;
  }
};

TEST_F(Places, WhoIsWokenKeepsOffTheCallersProcessor) {
  ThreadPlaces places(1);
  const Sleeper sleeper(places, 0, other, anywhere);
  for (const int own : {one, one, other, one}) {
    allow(0, {own});
    places.spread();
    EXPECT_EQ(allowed_to(sleeper.id), without(own));
  }
}

TEST_F(Places, OfTwoOnOneProcessorOneKeepsOffItToo) {
  if (anywhere.size() < 3) GTEST_SKIP() << "fewer than three processors";
  ThreadPlaces places(2);
  const Sleeper first(places, 0, other, anywhere), second(places, 1, other, anywhere);
  allow(0, {one});
  places.spread();
  EXPECT_EQ(allowed_to(first.id), without(one));
  Processors left = without(one);
  left.erase(other);
  EXPECT_EQ(allowed_to(second.id), left);
}

TEST_F(Places, WhatSomebodyElseAllowsHolds) {
  ThreadPlaces places(1);
  const Sleeper sleeper(places, 0, one, anywhere);
  allow(0, {one});
  places.spread();
  allow(sleeper.id, {one});
  allow(0, {other});
  places.spread();
  EXPECT_EQ(allowed_to(sleeper.id), Processors{one});
  allow(0, {one});
  places.spread();
  EXPECT_EQ(allowed_to(sleeper.id), Processors{one});
}

TEST_F(Places, ThreadsThatAreAwakeStay) {
  ThreadPlaces places(2);
  const Sleeper sleeper(places, 0, one, anywhere);
  places.awake(0);
  allow(0, {one});
  places.spread();
  EXPECT_EQ(allowed_to(sleeper.id), anywhere);
}

}  // namespace

#endif
