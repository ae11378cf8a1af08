/// \file
/// Keeps the slots of one rank busy, on a thread of its own: an epoch, a commit or a stage's creation on
/// the main thread never idles a slot.
/// Layer: daemon. No MPI here; the main thread alone talks to other ranks. While a stage is open the sample
/// space is the pump's: users' formulas are evaluated by one thread at a time.
///
///   main thread --grants, withdrawals--> [pump: backlog -> slots -> buffer] --take()--> epoch
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "backlog.hpp"
#include "campaign_context.hpp"
#include "epoch_buffer.hpp"
#include "evidence_keeper.hpp"
#include "tranche/simulate/simulator_host.hpp"
#include "tranche/wire/messages.hpp"
#include "wake_fd.hpp"

namespace tranche::daemon {

/// Every member function is for the main thread, and returns within some milliseconds.
class SlotPump {
 public:
  using Clock = std::chrono::steady_clock;

  SlotPump(const CampaignContext& context, simulate::SimulatorHost& host);
  ~SlotPump();  ///< ends the thread; runs under way are left to the host
  SlotPump(const SlotPump&) = delete;
  SlotPump& operator=(const SlotPump&) = delete;

  /// Starts the slots, then the thread. \throws Failure if the slots do not start
  void start();
  /// Ends the thread, then the slots.
  void stop(double limit_s);

  void open(StageKey stage);
  /// Precondition: everything that ran has been taken or given back.
  void close();
  void add(const wire::Grant& grant);
  /// Nothing new begins from here on; what still runs after the grace is given back, or recorded as a
  /// `timeout` if it has run for `longest_s`, and ignored if it ends.
  void withdraw(const wire::Withdraw& order);
  /// What has finished since the last call, in exchange for an empty buffer.
  void take(EpochBuffer& buffer);
  /// Sums since the start, and the load now.
  wire::Report totals();
  struct Look {
    wire::Report totals;
    /// Once, when nothing runs any more after withdraw().
    std::optional<wire::Withdrawn> withdrawn;
  };
  /// \throws what ended the thread, if anything did
  Look look();
  /// Readable when the slots ran dry, everything is given back, or the thread has failed.
  const WakeFd& news() const noexcept { return news_; }

 private:
  struct Withdrawal {
    Clock::time_point until;
    double longest_s = 0;
    Clock::time_point looked;  ///< `answer.idle_s` counts up to here
    wire::Withdrawn answer;
    bool complete = false;  ///< nothing runs any more
    bool told = false;
  };
  /// What a turn found.
  struct Turn {
    bool busy = false;  ///< something had finished
    int wait_ms = 0;    ///< how long nothing else is due
  };

  /// The pump locks again and again: the main thread goes first.
  template <class Action>
  auto locked(Action action);
  void loop();
  Turn turn();
  int next_due_ms() const;
  void wait(int limit_ms) const;
  bool collect();
  void keep(simulate::Finished finished);
  std::optional<wire::AttemptFrom> next_attempt(const RunRecord& record, const wire::AttemptFrom& now) const;
  void feed();
  void start_next();
  void rebalance();
  void give_back();
  void end_running(std::vector<SampleIndex>& unrecorded);
  void count_idle();
  void refresh_totals();
  std::uint64_t depth() const;

  const CampaignContext& context_;
  simulate::SimulatorHost& host_;
  WakeFd news_;
  WakeFd work_;
  std::mutex mutex_;
  std::atomic<int> main_waits_{0};
  std::atomic<bool> stopping_{false};

  std::optional<StageKey> stage_;
  Backlog backlog_;
  std::unordered_map<SampleIndex, wire::AttemptFrom> in_flight_;
  EpochBuffer buffer_;
  EvidenceKeeper evidence_;
  wire::Report totals_;
  std::vector<simulate::Finished> finished_;
  std::optional<Withdrawal> withdrawal_;
  std::exception_ptr failure_;
  bool dry_ = true;
  std::thread thread_;
};

}  // namespace tranche::daemon
