#include "agent_loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/comm/mpi_env.hpp"
#include "tranche/directory/owner.hpp"
#include "tranche/wire/codec.hpp"

namespace tranche::daemon {
namespace {

constexpr double report_every_s = 0.2;
constexpr double heartbeat_s = 1;
/// Work queued in a slot beyond what runs. Before an epoch the reach is longer, so that no slot idles
/// while its agent writes.
constexpr double reach_s = 0.05;
constexpr double epoch_reach_s = 2;
constexpr int most_steps_per_feed = 100'000;

/// Attempts that may follow one that ended so.
std::uint8_t retries_after(const campaign::RetrySpec& retries, SampleState state) {
  switch (state) {
    case SampleState::failed:
      return retries.failed;
    case SampleState::timeout:
      return retries.timeout;
    case SampleState::crashed:
      return retries.crashed;
    default:
      return 0;
  }
}

double elapsed_s(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

/// What a store operation said, kept until all ranks have heard of it.
template <class Operation>
std::optional<std::string> error_of(Operation&& operation) {
  try {
    operation();
    return std::nullopt;
  } catch (const IoError& error) {
    return error.what();
  }
}

}  // namespace

AgentLoop::AgentLoop(MPI_Comm comm, const CampaignContext& context, simulate::SimulatorHost& host,
                     comm::MpiTransport& transport)
    : comm_{comm},
      context_{context},
      host_{host},
      transport_{transport},
      buffer_{context.codec.row_bytes()} {}

void AgentLoop::send(const wire::FromAgent& message) {
  transport_.send_fact(wire::encode(message));
}

void AgentLoop::join(std::uint32_t cores, double now) {
  host_.start();
  send(wire::Hello{directory::host_name(), host_.slots(), cores});
  reported_at_ = now;
}

bool AgentLoop::step(double now) {
  bool busy = obey_orders(now);
  if (left_) return true;
  busy = collect(now) || busy;
  if (withdrawal_) {
    withdraw(now);
  } else {
    feed(reach_s);
    rebalance();
  }
  report_if_due(now);
  transport_.flush();
  return busy;
}

bool AgentLoop::obey_orders(double now) {
  bool any = false;
  while (!left_) {
    const auto bytes = transport_.next_order();
    if (!bytes) break;
    any = true;
    std::visit([&](const auto& order) { on(order, now); }, wire::decode_to_agent(*bytes));
  }
  return any;
}

void AgentLoop::on(const wire::OpenStage& order, double /*now*/) {
  ensure(!file_ && buffer_.empty(), "a stage opens after the one before it closed");
  stage_ = order.stage;
  file_ = store::StageFile::open(comm_, context_.paths.root().string(), context_.layout(order.stage));
  withdrawal_.reset();
}

void AgentLoop::on(const wire::Grant& order, double /*now*/) {
  backlog_.add(order);
  for (const auto& range : order.ranges) totals_.granted += range.size();
}

void AgentLoop::on(const wire::Withdraw& order, double now) {
  withdrawal_ = Withdrawal{now + order.grace_s, {}, false};
}

void AgentLoop::on(const wire::CloseStage& /*order*/, double /*now*/) {
  file_->close();
  file_.reset();
  comm::all_agree(comm_, true);  // rank 0 may touch the file only when everyone is done with it
  stage_.reset();
  in_flight_.clear();
}

void AgentLoop::on(const wire::Leave& /*order*/, double /*now*/) {
  host_.stop(1.0);
  left_ = true;
}

void AgentLoop::on(const wire::Epoch& order, double now) {
  collect(now);
  if (!withdrawal_) feed(std::max(epoch_reach_s, 2 * last_epoch_s_));
  context_.fence();
  const auto begin = std::chrono::steady_clock::now();
  auto error = error_of([&] { file_->write_rows(buffer_.rows()); });
  bool agreed = comm::all_agree(comm_, !error);
  if (agreed) {
    failpoint("agree");
    error = error_of([&] {
      file_->flush();
      failpoint("flush");
    });
    agreed = comm::all_agree(comm_, !error);
  }
  if (error) throw IoError{*error, "make room or mend the file system, then type: tranche run"};
  if (!agreed) {
    sleep(5);  // the rank with the reason speaks first, and ends the job
    throw IoError{"another rank could not write its rows"};
  }
  failpoint("agree");
  auto records = buffer_.take();
  records.number = order.number;
  records.duration_s = last_epoch_s_ = elapsed_s(begin);
  send(records);
  failpoint("sent");
  report(now);
}

void AgentLoop::write_states(const std::vector<store::StateView>& rows) {
  context_.fence();
  file_->write_states(rows);
}

bool AgentLoop::collect(double /*now*/) {
  finished_.clear();
  host_.poll(finished_);
  for (auto& run : finished_) keep(std::move(run));
  return !finished_.empty();
}

void AgentLoop::keep(simulate::Finished finished) {
  auto& record = finished.record;
  const auto index = record.id.index();
  if (in_flight_.erase(index) == 0) {  // given back when a drain's grace was over
    host_.release(finished.ticket);
    return;
  }
  ++totals_.runs;
  totals_.wall_s += record.wall_s;
  record.final = record.id.attempt() >= retries_after(context_.spec.retries, record.state);
  if (record.final) {
    ++totals_.finished;
  } else {
    backlog_.add_retry(index, static_cast<std::uint8_t>(record.id.attempt() + 1));
  }
  buffer_.add(std::move(record), finished.row);
  host_.release(finished.ticket);
}

/// Tasks to hold in the slots, running ones included, for `seconds` of work.
std::uint64_t AgentLoop::depth(double seconds) const {
  const auto slots = std::uint64_t{host_.slots()};
  if (totals_.runs == 0) return 2 * slots;
  const double mean = std::max(totals_.wall_s / static_cast<double>(totals_.runs), 1e-7);
  return slots +
         static_cast<std::uint64_t>(std::ceil(static_cast<double>(slots) * std::max(1.0, seconds / mean)));
}

void AgentLoop::feed(double seconds) {
  if (!stage_) return;
  const auto wanted = depth(seconds);
  // Bounded: a long stretch of excluded points must not keep the loop from its messages.
  for (int steps = 0; steps < most_steps_per_feed; ++steps) {
    if (in_flight_.size() >= wanted || backlog_.empty() || host_.room() == 0) return;
    start_next();
  }
}

void AgentLoop::start_next() {
  const auto next = backlog_.take();
  if (context_.space.constrained() && context_.space.excluded(next.index)) {
    buffer_.add_skipped(next.index);
    return;
  }
  in_flight_[next.index] = next.attempt;
  host_.submit({stage_->revision, stage_->stage, next.attempt, next.index});
}

/// At the tail a slot may sit idle while another has tasks waiting behind a slow one.
void AgentLoop::rebalance() {
  const auto idle = host_.idle_slots();
  if (idle == 0 || !backlog_.empty() || in_flight_.size() <= host_.slots() - idle) return;
  for (const auto& task : host_.withdraw()) host_.submit(task);
}

/// Gives back what has not begun; waits for what runs until the grace is over, then gives that back too.
void AgentLoop::withdraw(double now) {
  if (withdrawal_->answered) return;
  for (const auto& range : backlog_.take_all()) withdrawal_->ranges.push_back(range);
  std::vector<SampleIndex> unbegun;
  for (const auto& task : host_.withdraw()) unbegun.push_back(task.index);
  for (const auto index : unbegun) in_flight_.erase(index);
  if (!in_flight_.empty() && now >= withdrawal_->until) {
    for (const auto& [index, attempt] : in_flight_) unbegun.push_back(index);
    in_flight_.clear();  // what these still return is ignored
  }
  for (const auto& range : to_ranges(std::move(unbegun))) withdrawal_->ranges.push_back(range);
  if (!in_flight_.empty()) return;
  withdrawal_->answered = true;
  send(wire::Withdrawn{std::move(withdrawal_->ranges)});
  report(now);
}

void AgentLoop::refresh_totals() {
  totals_.backlog = backlog_.size() + in_flight_.size();
  totals_.buffered_bytes = buffer_.empty() ? 0 : std::max<std::uint64_t>(buffer_.bytes(), 1);
  totals_.idle_slots = static_cast<std::uint32_t>(host_.idle_slots());
}

void AgentLoop::report_if_due(double now) {
  refresh_totals();
  const bool ran_dry = totals_.backlog == 0 && (sent_.backlog != 0 || sent_.granted != totals_.granted);
  const bool news = totals_ != sent_ && now - reported_at_ >= report_every_s;
  if (ran_dry || news || now - reported_at_ >= heartbeat_s) report(now);
}

void AgentLoop::report(double now) {
  refresh_totals();
  send(totals_);
  sent_ = totals_;
  reported_at_ = now;
}

}  // namespace tranche::daemon
