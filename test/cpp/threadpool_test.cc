#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "support.h"
#include "taskShares.h"
#include "threadNumber.h"

TEST(ThreadPool, CallsEachIndexOnce) {
  for (std::size_t threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    const std::atomic<bool> cancelled{false};
    for (std::size_t count : {0, 1, 2, 6, 1000}) {
      std::vector<std::atomic<int>> calls(count);
      pool.parallel_for(count, cancelled, [&](std::size_t i) { ++calls[i]; });
      for (const auto& c : calls) EXPECT_EQ(c, 1);
    }
  }
}

TEST(ThreadPool, JobsMaySplitThemselvesWhileAllThreadsAreBusy) {
  constexpr int jobs = 50;
  std::atomic<int> calls{0}, ended{0};
  const std::atomic<bool> cancelled{false};
  ThreadPool pool(3);
  for (int j = 0; j < jobs; ++j) {
    pool.submit([&] {
      pool.parallel_for(20, cancelled, [&](std::size_t) { ++calls; });
      ++ended;
    });
  }
  while (ended < jobs) std::this_thread::yield();
  EXPECT_EQ(calls, jobs * 20);
}

TEST(ThreadPool, LeavesOutWhatWasCancelled) {
  ThreadPool pool(2);
  std::atomic<bool> cancelled{false};
  std::atomic<int> calls{0};
  pool.parallel_for(1000, cancelled, [&](std::size_t) {
    const int call = ++calls;
    if (call == 10) cancelled = true;
    // Else the other thread may make all calls before this one gets to it.
    while (call > 10 && !cancelled) std::this_thread::yield();
  });
  EXPECT_GE(calls, 10);
  EXPECT_LT(calls, 1000);
}

TEST(ThreadPool, EndsWithJobsStillWaiting) {
  std::atomic<int> begun{0}, ended{0};
  {
    ThreadPool pool(2);
    for (int j = 0; j < 100; ++j) {
      pool.submit([&] {
        ++begun;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ++ended;
      });
    }
    while (begun == 0) std::this_thread::yield();
  }
  EXPECT_EQ(begun, ended);
  EXPECT_LT(begun, 100);
}

TEST(ThreadPool, IsSharedWhileSomebodyOwnsIt) {
  std::weak_ptr<ThreadPool> seen;
  {
    const std::shared_ptr<ThreadPool> one = ThreadPool::shared(), two = ThreadPool::shared();
    EXPECT_EQ(one, two);
    EXPECT_EQ(one->size(), ThreadPool::configured_size());
    seen = one;
  }
  EXPECT_TRUE(seen.expired());
  EXPECT_GE(ThreadPool::shared()->size(), 1u);
}

TEST(ThreadPool, ThreadsThatLookOutMissNoWork) {
  ThreadPool pool(3, std::chrono::microseconds(50));
  const std::atomic<bool> cancelled{false};
  for (int round = 0; round < 2000; ++round) {
    const ThreadPool::Alert alert(pool);
    for (int loop = 0; loop < 3; ++loop) {
      std::atomic<int> sum{0};
      pool.parallel_for(7, cancelled, [&](std::size_t i) { sum += static_cast<int>(i); });
      ASSERT_EQ(sum, 21);
      // Now and then long enough for all to fall asleep.
      if (round % 500 == loop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

TEST(ThreadPool, WaitsForNoThreadThatHasTakenNoCall) {
  ThreadPool pool(2, std::chrono::microseconds(50));
  const std::atomic<bool> cancelled{false};
  std::atomic<bool> busy{false}, released{false};
  pool.submit([&] {
    busy = true;
    while (!released) std::this_thread::yield();
  });
  while (!busy) std::this_thread::yield();
  int calls = 0;
  for (int loop = 0; loop < 100; ++loop) pool.parallel_for(10, cancelled, [&](std::size_t) { ++calls; });
  EXPECT_EQ(calls, 1000);
  released = true;
}

TEST(ThreadPool, WaitsForACallThatTakesLonger) {
  ThreadPool pool(2, std::chrono::microseconds(50));
  const std::atomic<bool> cancelled{false};
  const std::thread::id caller = std::this_thread::get_id();
  for (int loop = 0; loop < 20; ++loop) {
    std::atomic<int> begun{0}, ended{0};
    pool.parallel_for(2, cancelled, [&](std::size_t) {
      ++begun;
      while (begun < 2) std::this_thread::yield();
      if (std::this_thread::get_id() != caller) std::this_thread::sleep_for(std::chrono::milliseconds(3));
      ++ended;
    });
    ASSERT_EQ(ended, 2);
  }
}

TEST(ThreadPool, LoopsOfSeveralCallersAndLoopsInLoopsGoOnAtOnce) {
  ThreadPool pool(3, std::chrono::microseconds(50));
  const std::atomic<bool> cancelled{false};
  const auto caller = [&] {
    for (int round = 0; round < 300; ++round) {
      const ThreadPool::Alert alert(pool);
      std::vector<std::atomic<int>> calls(12 * 40);
      pool.parallel_for(12, cancelled, [&](std::size_t outer) {
        pool.parallel_for(40, cancelled, [&](std::size_t inner) { ++calls[outer * 40 + inner]; });
      });
      for (const auto& c : calls) ASSERT_EQ(c, 1);
    }
  };
  std::vector<std::thread> callers;
  for (int k = 0; k < 5; ++k) callers.emplace_back(caller);
  for (std::thread& each : callers) each.join();
}

TEST(ThreadPool, LeavesNoTaskToAThreadThatIsBusyElsewhere) {
  ThreadPool pool(4, std::chrono::microseconds(50));
  const std::atomic<bool> cancelled{false};
  std::atomic<int> busy{0};
  std::atomic<bool> released{false};
  for (int k = 0; k < 3; ++k) {
    pool.submit([&] {
      ++busy;
      while (!released) std::this_thread::yield();
    });
  }
  while (busy < 3) std::this_thread::yield();
  std::vector<int> calls(50);
  pool.parallel_for(calls.size(), cancelled, [&](std::size_t i) { ++calls[i]; });
  EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), 50);
  released = true;
}

TEST(ThreadPool, CountsACallerFromOutside) {
  const std::atomic<bool> cancelled{false};
  for (const std::size_t threads : {1, 2, 4}) {
    ThreadPool pool(threads, std::chrono::microseconds(0));
    EXPECT_EQ(pool.size(), threads);
    std::mutex mutex;
    std::set<std::thread::id> seen;
    std::atomic<std::size_t> calls{0};
    pool.parallel_for(64, cancelled, [&](std::size_t) {
      ++calls;
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
    EXPECT_EQ(calls, 64u);
    EXPECT_LE(seen.size(), threads);
    if (threads == 1) {
      EXPECT_EQ(seen, std::set{std::this_thread::get_id()});
    }
  }
}

TEST(TaskShares, BeginWithThoseOfTheThreadAndEndWithThoseOfOthers) {
  const auto order = [](std::size_t number, std::size_t grain) {
    std::vector<std::size_t> tasks;
    std::thread([&] {
      thread_number() = number;
      TaskShares shares(10, 2, grain);
      shares.take(nullptr, [&](std::size_t task) { tasks.push_back(task); });
      shares.take(nullptr, [&](std::size_t task) { tasks.push_back(task); });
    }).join();
    return tasks;
  };
  for (const std::size_t grain : {1, 3, 20}) {
    EXPECT_EQ(order(0, grain), (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(order(3, grain), (std::vector<std::size_t>{5, 6, 7, 8, 9, 0, 1, 2, 3, 4}));
  }
}

TEST(TaskShares, EndOnceCancelled) {
  std::atomic<bool> cancelled{false};
  TaskShares shares(10, 2, 4);
  int calls = 0;
  shares.take(&cancelled, [&](std::size_t) { cancelled = ++calls == 2; });
  EXPECT_EQ(calls, 2);
}
