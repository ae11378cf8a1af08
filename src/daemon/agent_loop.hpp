/// \file
/// One agent: obeys the master's orders, keeps its rows safe, and the master informed.
/// Layer: daemon. Every rank has one, on its main thread. Epochs and stage changes are collective.
#pragma once

#include <mpi.h>

#include <optional>
#include <string>

#include "campaign_context.hpp"
#include "channel.hpp"
#include "epoch_buffer.hpp"
#include "silence_watch.hpp"
#include "slot_pump.hpp"
#include "tranche/simulate/simulator_host.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

class AgentLoop {
 public:
  AgentLoop(MPI_Comm comm, const CampaignContext& context, simulate::SimulatorHost& host, Channel& channel,
            SilenceWatch& watch);

  /// First message to the master. \throws Failure if the slots do not start
  void join(std::uint32_t cores, double now);
  /// Does what there is to do; returns whether there was anything.
  bool step(double now);
  bool left() const noexcept { return left_; }
  bool has_stage_open() const noexcept { return file_.has_value(); }
  /// Readable when a step has something to do that no message announces.
  int news_fd() const noexcept { return pump_.news().fd(); }

  /// Rank 0: after a commit, what the ledger now says of these rows goes into the store.
  void write_states(const std::vector<store::StateView>& rows);

 private:
  void on(const wire::OpenStage& order, double now);
  void on(const wire::Grant& order, double now);
  void on(const wire::Withdraw& order, double now);
  void on(const wire::Epoch& order, double now);
  void on(const wire::CloseStage& order, double now);
  void on(const wire::Leave& order, double now);

  bool obey_orders(double now);
  void require_owner() const;
  void write_epoch();
  void report_if_due(const wire::Report& totals, double now);
  void report(const wire::Report& totals, double now);

  MPI_Comm comm_;
  const CampaignContext& context_;
  std::uint32_t slots_;
  Channel& channel_;
  SilenceWatch& watch_;

  std::optional<store::StageFile> file_;
  EpochBuffer writing_;  ///< of the running epoch
  SlotPump pump_;
  wire::Report sent_;
  double reported_at_ = 0;
  bool left_ = false;
};

}  // namespace tranche::daemon
