#include "slot_pump.hpp"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tranche/base/text.hpp"
#include "tranche/campaign/command.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/inspect/sample_inputs.hpp"

namespace tranche::daemon {
namespace {

/// Work queued in a slot beyond what runs: it must last until the next turn, however busy the machine.
constexpr double reach_s = 0.05;
/// Turns come no closer: results are cheaper by the hundred, and slots need the cores.
constexpr auto turn_interval = std::chrono::milliseconds{1};
constexpr int longest_wait_ms = 1000;
constexpr int most_steps_per_feed = 100'000;
/// Finished rows that may wait while an epoch is being written; then the slots wait too.
constexpr std::uint64_t most_waiting_bytes = 384'000'000;

/// A sample that has had a whole allocation and did not end.
RunRecord out_of_time(const simulate::Running& run) {
  RunRecord record;
  record.id = RunId{run.task.revision, run.task.index, run.task.attempt};
  record.state = SampleState::timeout;
  record.reason = "allocation";
  record.message =
      "ran " + format_duration(run.elapsed_s) + ", until the allocation ended: it needs a longer one";
  record.slot = run.slot;
  record.wall_s = run.elapsed_s;
  record.started_at = directory::unix_now() - run.elapsed_s;
  return record;
}

/// 1, 4, 16 s: what was busy or full may be so for a while.
std::chrono::seconds pause_before(const wire::AttemptFrom& next) {
  constexpr int most_steps = 2;
  const int steps = std::clamp(int{next.attempt} - 1, 0, most_steps);
  return std::chrono::seconds{1 << (2 * steps)};
}

}  // namespace

SlotPump::SlotPump(const CampaignContext& context, simulate::SimulatorHost& host)
    : context_{context},
      host_{host},
      buffer_{store::row_field_bytes(context.spec)},
      evidence_{host.scratch_dir(), context.paths.failed(), [&context] { context.fence(); }} {}

SlotPump::~SlotPump() {
  stopping_ = true;
  work_.wake();
  if (thread_.joinable()) thread_.join();
}

template <class Action>
auto SlotPump::locked(Action action) {
  ++main_waits_;
  const std::lock_guard lock{mutex_};
  --main_waits_;
  return action();
}

void SlotPump::start() {
  host_.start();
  thread_ = std::thread{[this] { loop(); }};
  pthread_setname_np(thread_.native_handle(), "slots");
}

void SlotPump::stop(double limit_s) {
  stopping_ = true;
  work_.wake();
  if (thread_.joinable()) thread_.join();
  host_.stop(limit_s);
}

void SlotPump::open(StageKey stage) {
  locked([&] {
    stage_ = stage;
    withdrawal_.reset();
  });
  work_.wake();
}

void SlotPump::close() {
  locked([&] {
    stage_.reset();
    in_flight_.clear();
  });
}

void SlotPump::add(const wire::Grant& grant) {
  locked([&] {
    backlog_.add(grant);
    for (const auto& range : grant.ranges) totals_.granted += range.size();
    dry_ = false;
  });
  work_.wake();
}

void SlotPump::withdraw(const wire::Withdraw& order) {
  locked([&] {
    const auto now = Clock::now();
    const auto grace =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(order.grace_s));
    if (withdrawal_) {  // somebody does not want to wait for the end of the allocation
      withdrawal_->until = std::min(withdrawal_->until, now + grace);
      withdrawal_->longest_s = order.longest_s;
      return;
    }
    withdrawal_ = Withdrawal{now + grace, order.longest_s, now, {}};
  });
  work_.wake();
}

void SlotPump::take(EpochBuffer& buffer) {
  locked([&] { std::swap(buffer_, buffer); });
  work_.wake();
}

wire::Report SlotPump::totals() {
  return locked([&] {
    refresh_totals();
    return totals_;
  });
}

SlotPump::Look SlotPump::look() {
  return locked([&] {
    if (failure_) std::rethrow_exception(failure_);
    refresh_totals();
    Look look{totals_, std::nullopt};
    if (withdrawal_ && withdrawal_->complete && !withdrawal_->told) {
      withdrawal_->told = true;
      // The main thread may come from an epoch that took its time: no slot had work meanwhile.
      const std::chrono::duration<double> waited = Clock::now() - withdrawal_->looked;
      withdrawal_->answer.idle_s += waited.count() * static_cast<double>(host_.slots());
      look.withdrawn = std::move(withdrawal_->answer);
    }
    return look;
  });
}

// --- the thread -------------------------------------------------------------------------------------------

void SlotPump::loop() {
  try {
    while (!stopping_) {
      const auto begin = Clock::now();
      const auto found = turn();
      if (!found.busy) wait(found.wait_ms);
      std::this_thread::sleep_until(begin + turn_interval);
    }
  } catch (...) {  // for the main thread, see look()
    locked([&] { failure_ = std::current_exception(); });
    news_.wake();
  }
}

SlotPump::Turn SlotPump::turn() {
  while (main_waits_ > 0) std::this_thread::yield();
  const std::lock_guard lock{mutex_};
  const bool busy = collect();
  if (withdrawal_) {
    give_back();
  } else {
    feed();
    rebalance();
  }
  if (!dry_ && backlog_.empty() && in_flight_.empty()) {
    dry_ = true;
    news_.wake();
  }
  return {busy, next_due_ms()};
}

/// Until the grace of a withdrawal is over, or what waits is due.
int SlotPump::next_due_ms() const {
  std::optional<Clock::time_point> due;
  if (!withdrawal_) due = backlog_.next_due();
  if (withdrawal_ && !withdrawal_->complete) due = withdrawal_->until;
  if (!due) return longest_wait_ms;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*due - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 1, longest_wait_ms));
}

void SlotPump::wait(int limit_ms) const {
  std::array<pollfd, 2> fds{{{host_.wake_fd(), POLLIN, 0}, {work_.fd(), POLLIN, 0}}};
  poll(fds.data(), fds.size(), limit_ms);
  work_.clear();
}

bool SlotPump::collect() {
  finished_.clear();
  host_.poll(finished_);
  for (auto& run : finished_) keep(std::move(run));
  return !finished_.empty();
}

/// How the sample goes on; nothing if this run was its last.
std::optional<wire::AttemptFrom> SlotPump::next_attempt(const RunRecord& record,
                                                        const wire::AttemptFrom& now) const {
  constexpr unsigned last_attempt = 255;
  const unsigned attempt = record.id.attempt();
  if (attempt == last_attempt) return std::nullopt;
  const bool lost = killed_from_outside(record) && now.forgiven < most_forgiven_kills;
  if (!lost && attempt >= now.forgiven + unsigned{context_.spec.retries.after(record.state, record.reason)})
    return std::nullopt;
  return wire::AttemptFrom{record.id.index(), static_cast<std::uint8_t>(attempt + 1),
                           static_cast<std::uint8_t>(now.forgiven + (lost ? 1 : 0)), now.timeout_s, now.with};
}

void SlotPump::keep(simulate::Finished finished) {
  auto& record = finished.record;
  const auto found = in_flight_.find(record.id.index());
  if (found == in_flight_.end()) {  // given back when a drain's grace was over
    host_.release(finished.ticket);
    return;
  }
  const auto next = next_attempt(record, found->second);
  const auto with = found->second.with;
  in_flight_.erase(found);
  evidence_.take(record, [&] { return inspect::sample_inputs_json(context_, record, with); });
  ++totals_.runs;
  totals_.wall_s += record.wall_s;
  record.final = !next;
  if (!next)
    ++totals_.finished;
  else if (record.state == SampleState::failed && campaign::may_pass(record.reason))
    backlog_.add_later(*next, Clock::now() + pause_before(*next));
  else
    backlog_.add_retry(*next);
  buffer_.add(std::move(record), finished.row);
  host_.release(finished.ticket);
}

/// Tasks to hold in the slots, running ones included.
std::uint64_t SlotPump::depth() const {
  const auto slots = std::uint64_t{host_.slots()};
  if (totals_.runs == 0) return 2 * slots;
  const double mean = std::max(totals_.wall_s / static_cast<double>(totals_.runs), 1e-7);
  return slots +
         static_cast<std::uint64_t>(std::ceil(static_cast<double>(slots) * std::max(1.0, reach_s / mean)));
}

void SlotPump::feed() {
  if (!stage_ || buffer_.bytes() >= most_waiting_bytes) return;
  const auto wanted = depth();
  const auto now = Clock::now();
  // Bounded: a long stretch of excluded points must not keep the main thread from its turn.
  for (int steps = 0; steps < most_steps_per_feed; ++steps) {
    if (in_flight_.size() >= wanted || !backlog_.ready(now) || host_.room() == 0) return;
    start_next();
  }
  work_.wake();  // there is more
}

void SlotPump::start_next() {
  const auto next = backlog_.take();
  if (context_.space.constrained() && context_.space.excluded(next.index)) {
    buffer_.add_skipped(next.index);
    return;
  }
  in_flight_[next.index] = next;
  host_.submit(
      {stage_->revision, stage_->stage, next.attempt, next.index, next.timeout_s, host_.settings(next.with)});
}

/// At the tail a slot may sit idle while another has tasks waiting behind a slow one.
void SlotPump::rebalance() {
  const auto idle = host_.idle_slots();
  if (idle == 0 || backlog_.ready(Clock::now()) || in_flight_.size() <= host_.slots() - idle) return;
  for (const auto& task : host_.withdraw()) host_.submit(task);
}

/// Gives back what has not begun; waits for what runs until the grace is over, then ends that too.
void SlotPump::give_back() {
  if (withdrawal_->complete) return;
  count_idle();
  auto& ranges = withdrawal_->answer.ranges;
  for (const auto& range : backlog_.take_all()) ranges.push_back(range);
  std::vector<SampleIndex> unrecorded;
  for (const auto& task : host_.withdraw()) unrecorded.push_back(task.index);
  for (const auto index : unrecorded) in_flight_.erase(index);
  if (!in_flight_.empty() && Clock::now() >= withdrawal_->until) end_running(unrecorded);
  for (const auto& range : to_ranges(std::move(unrecorded))) ranges.push_back(range);
  if (!in_flight_.empty()) return;
  withdrawal_->complete = true;
  news_.wake();
}

/// What these still return is ignored.
void SlotPump::end_running(std::vector<SampleIndex>& unrecorded) {
  for (const auto& run : host_.running()) {
    const auto found = in_flight_.find(run.task.index);
    if (found == in_flight_.end()) continue;
    if (run.elapsed_s < withdrawal_->longest_s) {
      withdrawal_->answer.cut_s += run.elapsed_s;
      continue;
    }
    auto record = out_of_time(run);
    record.final = !next_attempt(record, found->second);
    in_flight_.erase(found);
    if (record.final) {
      ++totals_.finished;
    } else {
      unrecorded.push_back(run.task.index);
    }
    ++totals_.runs;
    totals_.wall_s += record.wall_s;
    buffer_.add(std::move(record), {});
  }
  for (const auto& [index, now] : in_flight_) unrecorded.push_back(index);
  in_flight_.clear();
}

void SlotPump::count_idle() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - withdrawal_->looked;
  withdrawal_->looked = now;
  withdrawal_->answer.idle_s += passed.count() * static_cast<double>(host_.idle_slots());
}

void SlotPump::refresh_totals() {
  totals_.backlog = backlog_.size() + in_flight_.size();
  totals_.buffered_bytes = buffer_.empty() ? 0 : std::max<std::uint64_t>(buffer_.bytes(), 1);
  totals_.idle_slots = static_cast<std::uint32_t>(host_.idle_slots());
}

}  // namespace tranche::daemon
