/// \file
/// One agent: keeps its slots busy, its rows safe, and the master informed.
/// Layer: daemon. Every rank has one. Epochs and stage changes are collective.
#pragma once

#include <mpi.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "backlog.hpp"
#include "campaign_context.hpp"
#include "epoch_buffer.hpp"
#include "tranche/comm/mpi_transport.hpp"
#include "tranche/simulate/simulator_host.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

class AgentLoop {
 public:
  AgentLoop(MPI_Comm comm, const CampaignContext& context, simulate::SimulatorHost& host,
            comm::MpiTransport& transport);

  /// First message to the master. \throws Failure if the slots do not start
  void join(std::uint32_t cores, double now);
  /// Does what there is to do; returns whether there was anything.
  bool step(double now);
  bool left() const noexcept { return left_; }
  bool has_stage_open() const noexcept { return file_.has_value(); }

  /// Rank 0: after a commit, what the ledger now says of these rows goes into the store.
  void write_states(const std::vector<store::StateView>& rows);

 private:
  struct Withdrawal {
    double until = 0;
    std::vector<IndexRange> ranges;
    bool answered = false;
  };

  void on(const wire::OpenStage& order, double now);
  void on(const wire::Grant& order, double now);
  void on(const wire::Withdraw& order, double now);
  void on(const wire::Epoch& order, double now);
  void on(const wire::CloseStage& order, double now);
  void on(const wire::Leave& order, double now);

  bool obey_orders(double now);
  bool collect(double now);
  void keep(simulate::Finished finished);
  void feed(double seconds);
  void start_next();
  void rebalance();
  void withdraw(double now);
  void refresh_totals();
  void report_if_due(double now);
  void report(double now);
  std::uint64_t depth(double seconds) const;
  void send(const wire::FromAgent& message);

  MPI_Comm comm_;
  const CampaignContext& context_;
  simulate::SimulatorHost& host_;
  comm::MpiTransport& transport_;

  std::optional<StageKey> stage_;
  std::optional<store::StageFile> file_;
  Backlog backlog_;
  std::unordered_map<SampleIndex, std::uint8_t> in_flight_;  ///< index -> attempt
  EpochBuffer buffer_;
  wire::Report totals_;
  wire::Report sent_;
  std::vector<simulate::Finished> finished_;
  double reported_at_ = 0;
  std::optional<Withdrawal> withdrawal_;
  double last_epoch_s_ = 0;
  bool left_ = false;
};

}  // namespace tranche::daemon
