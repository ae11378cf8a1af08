#include "agent_loop.hpp"

#include <unistd.h>

#include <chrono>

#include "gather.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/comm/mpi_env.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::daemon {
namespace {

constexpr double report_every_s = 0.2;
constexpr double heartbeat_s = 1;
/// A simulator's own 2 s to leave, and what it takes to notice.
constexpr double farewell_s = 3;

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
                     Channel& channel, SilenceWatch& watch)
    : comm_{comm},
      context_{context},
      slots_{host.slots()},
      channel_{channel},
      watch_{watch},
      writing_{store::row_field_bytes(context.spec)},
      pump_{context, host} {}

void AgentLoop::join(std::uint32_t cores, double now) {
  pump_.start();
  channel_.send_fact(wire::Hello{directory::host_name(), slots_, cores});
  reported_at_ = now;
}

bool AgentLoop::step(double now) {
  const bool busy = obey_orders(now);
  if (left_) return true;
  pump_.news().clear();
  auto look = pump_.look();
  if (look.withdrawn) {
    channel_.send_fact(std::move(*look.withdrawn));
    report(look.totals, now);
  }
  report_if_due(look.totals, now);
  channel_.flush();
  return busy;
}

bool AgentLoop::obey_orders(double now) {
  bool any = false;
  while (!left_) {
    const auto next = channel_.next_order();
    if (!next) break;
    any = true;
    watch_.hears();
    std::visit([&](const auto& order) { on(order, now); }, *next);
  }
  return any;
}

void AgentLoop::on(const wire::OpenStage& order, double /*now*/) {
  ensure(!file_ && writing_.empty(), "a stage opens after the one before it closed");
  const SilenceWatch::Meeting meeting{watch_, "opening a stage file"};
  file_ = store::StageFile::open(comm_, context_.paths.root().string(), context_.layout(order.stage));
  pump_.open(order.stage);
}

void AgentLoop::on(const wire::Grant& order, double /*now*/) {
  pump_.add(order);
}

void AgentLoop::on(const wire::Withdraw& order, double /*now*/) {
  pump_.withdraw(order);
}

void AgentLoop::on(const wire::CloseStage& /*order*/, double /*now*/) {
  const SilenceWatch::Meeting meeting{watch_, "closing a stage file"};
  file_->close();
  file_.reset();
  comm::all_agree(comm_, true);  // rank 0 may touch the file only when everyone is done with it
  pump_.close();
}

void AgentLoop::on(const wire::Leave& /*order*/, double /*now*/) {
  watch_.leaves();
  pump_.stop(farewell_s);
  left_ = true;
}

/// Rank 0 owns the campaign: the file is gone as soon as it ends, for whatever reason. It speaks first, and
/// ends the job.
void AgentLoop::require_owner() const {
  try {
    context_.fence();
  } catch (const Failure&) {
    if (rank_in(comm_) != 0) sleep(5);
    throw;
  }
}

void AgentLoop::on(const wire::Epoch& order, double now) {
  require_owner();
  pump_.take(writing_);
  const auto begin = std::chrono::steady_clock::now();
  write_epoch();
  auto records = writing_.take();
  records.number = order.number;
  records.duration_s = elapsed_s(begin);
  channel_.send_fact(std::move(records));
  failpoint("sent");
  report(pump_.totals(), now);
}

/// Steps 1 to 3 of an epoch: all ranks throw, or all rows of all ranks are durable.
void AgentLoop::write_epoch() {
  const SilenceWatch::Meeting meeting{watch_, "an epoch"};
  auto error = error_of([&] { file_->write_rows(writing_.rows()); });
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
}

void AgentLoop::write_states(const std::vector<store::StateView>& rows) {
  context_.fence();
  file_->write_states(rows);
}

void AgentLoop::report_if_due(const wire::Report& totals, double now) {
  const bool ran_dry = totals.backlog == 0 && (sent_.backlog != 0 || sent_.granted != totals.granted);
  const bool news = totals != sent_ && now - reported_at_ >= report_every_s;
  if (ran_dry || news || now - reported_at_ >= heartbeat_s) report(totals, now);
}

void AgentLoop::report(const wire::Report& totals, double now) {
  channel_.send_fact(totals);
  sent_ = totals;
  reported_at_ = now;
}

}  // namespace tranche::daemon
