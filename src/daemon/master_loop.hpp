/// \file
/// The master's hands: messages in, actions out, stage after stage, until there is nothing to do.
/// Layer: daemon. Rank 0 alone; shares its thread with rank 0's agent.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent_loop.hpp"
#include "campaign_context.hpp"
#include "channel.hpp"
#include "job_clock.hpp"
#include "limit_watch.hpp"
#include "losses.hpp"
#include "reason_book.hpp"
#include "status_board.hpp"
#include "status_thread.hpp"
#include "tranche/directory/inbox.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/inspect/change.hpp"
#include "tranche/inspect/failure_table.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/schedule/master_state.hpp"

namespace tranche::daemon {

struct MasterLoopOptions {
  std::optional<std::uint8_t> until_stage;  ///< stop after this one
  int ranks = 1;
};

class MasterLoop {
 public:
  MasterLoop(MasterLoopOptions options, CampaignContext& context, ledger::Ledger& ledger,
             AgentLoop& own_agent, Channel& channel, const JobClock& clock);

  /// Does what there is to do; returns whether there was anything.
  bool step(double now);
  /// What else may ask for a drain: looked at in work on files that takes long.
  void listen_to(std::function<void()> others) { listen_ = std::move(others); }
  /// From a signal or an inbox request: final epoch, then the end.
  void request_drain(const std::string& why);
  /// The owner file cannot be kept up: said once.
  void owner_is_silent(const std::string& why);
  /// Publishes why this run ends without an outcome of its own.
  void tell_failure(const Failure& failure);
  /// Readable when a step has something to do that no message announces.
  int news_fd() const noexcept { return status_.news().fd(); }
  /// Set once every agent has been told to leave.
  const std::optional<directory::Outcome>& outcome() const noexcept { return outcome_; }

 private:
  enum class Phase : std::uint8_t { gathering, choosing, opening, running, closing, over };

  /// How the run ends once it has drained.
  struct Ending {
    directory::Outcome outcome;
    std::string phase;  ///< of status.json: stopped, waiting, paused
    wire::Withdraw order{2};
    bool by_clock = false;  ///< the allocation ends: whatever else ends the run goes before
  };

  void take_facts(double now);
  void on(int rank, const wire::Hello& fact, double now);
  void on(int rank, const wire::Report& fact, double now);
  void on(int rank, const wire::Withdrawn& fact, double now);
  void on(int rank, wire::EpochRecords fact, double now);

  void take_up();
  void warn_of_shared_cores();
  void choose_stage(double now);
  std::optional<directory::Outcome> blocked_by_gate(const campaign::Stage& before) const;
  void start(const campaign::Stage& stage, double now);
  void open(double now);
  bool act(double now);
  void perform(const schedule::SendGrant& action, double now);
  void perform(const schedule::SendWithdraw& action, double now);
  void perform(const schedule::StartEpoch& action, double now);
  void perform(const schedule::CommitEpoch& action, double now);
  void perform(const schedule::StageOver& action, double now);
  void perform(const schedule::PutOut& action, double now);
  void after_close();
  void go_on(double share);
  void end_half_way();
  void obey_limits();
  void watch_allocation(double now);
  void end_because(Ending ending);
  void hurry();
  void seal();
  void decide_gate(const campaign::Stage& stage);
  void tell_summary() const;
  void tell_losses();
  std::optional<double> usual_wall_s() const;
  void finish(directory::Outcome outcome, const std::string& phase);
  void tell(const std::string& phase, const std::string& text);
  void publish_failures();
  void answer_inbox(double now);
  void answer_requests(double now);
  directory::Answer change(const directory::Request& request, double now);
  void requeue(const inspect::Requeued& again, double now);
  directory::Answer answer_to(const directory::Request& request, double now);
  void send_to_all(const wire::ToAgent& order);
  void check_heartbeats(double now);
  bool all_are_there(double now);

  MasterLoopOptions options_;
  CampaignContext& context_;
  ledger::Ledger& ledger_;
  AgentLoop& own_agent_;
  Channel& channel_;
  const JobClock& clock_;
  const double silence_limit_s_;
  StatusBoard board_;
  StatusThread status_;
  LimitWatch limits_;
  ReasonBook reasons_;
  std::optional<inspect::FailureTable> failures_;  ///< read when first needed: no start waits for it

  Phase phase_ = Phase::gathering;
  const campaign::Stage* stage_ = nullptr;
  std::optional<schedule::MasterState> state_;
  bool stage_complete_ = false;
  bool view_is_old_ = false;  ///< a sealed stage was reopened while another one ran
  std::map<int, wire::Hello> agents_;
  std::map<int, double> heard_at_;
  /// What an agent did in the stages before.
  struct Past {
    std::uint64_t granted = 0;  ///< indices it was sent
    schedule::Conduct conduct;
    bool out = false;
  };
  std::map<int, Past> past_;
  std::map<int, wire::EpochRecords> records_;  ///< of the running epoch, by rank
  bool hurry_ = false;                         ///< the drain has begun, and shall end sooner
  std::optional<Ending> ending_;               ///< set: drain, then this
  std::optional<directory::Outcome> outcome_;
  double checked_at_ = 0;
  std::map<int, double> said_at_;         ///< as heard_at_, but never forgiven
  double returned_at_ = 0;                ///< from the last long absence of this loop
  std::optional<double> meeting_due_at_;  ///< decided, not begun yet
  double epoch_began_at_ = 0;
  double longest_epoch_s_ = 0;
  double began_at_ = 0;                 ///< samples could run
  std::optional<double> usual_wall_s_;  ///< of a sample of this stage, as the ledger knows it
  Losses losses_;
  double inbox_at_ = 0;
  std::function<void()> listen_;
  double work_began_at_ = 0;  ///< on a stage's files
};

}  // namespace tranche::daemon
