/// \file
/// The master's mind for one stage: who owns which index, when an epoch is due, when it is over.
/// Layer: schedule (pure). No clock: `now` is an argument (seconds, any origin, never going back).
///
///   loop:  event -> apply(event, now) -> decide(now) -> perform -> the performed action's own event
///
/// `apply` is the only mutation. `decide` names what is due now and is idempotent: an action stays due
/// until the event that confirms it has been applied. A restart loads the settled set from the ledger
/// and runs the same code. Memory: that of `claimed_` and of what the agents own (IndexSet), 64 B a
/// sample with recorded runs and no final one, and 24 B for each of an agent's last 4096 failures. `decide`
/// looks only at agents that it has orders for: with nothing to do it costs the same for one agent and for 10
/// 000.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/schedule/bad_nodes.hpp"
#include "tranche/schedule/grant_policy.hpp"
#include "tranche/schedule/index_set.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::schedule {

using AgentId = std::uint32_t;  ///< MPI rank

struct MasterOptions {
  GrantPolicy grants;
  double epoch_s = 10;
  std::uint64_t epoch_bytes = 256'000'000;
  BadNodeRule bad_nodes{};
};

/// What there is to do.
struct StageWork {
  StageKey key;
  IndexSet settled;                         ///< universe = the stage; recorded with a final state
  std::vector<wire::AttemptFrom> attempts;  ///< samples with recorded runs and no final one
};

// --- events: facts ----------------------------------------------------------------------------------

/// Every agent joins before the first epoch starts: an epoch is collective.
struct AgentJoined {
  AgentId agent = 0;
  std::uint32_t slots = 0;
  std::uint64_t granted = 0;  ///< indices it was sent in earlier stages: its reports count from its start
  Conduct conduct{};          ///< in earlier stages
  bool out = false;           ///< it was put out in an earlier stage
};
struct AgentReported {
  AgentId agent = 0;
  wire::Report report;
};
struct GrantSent {
  AgentId agent = 0;
  wire::Grant grant;
};
struct WithdrawSent {
  AgentId agent = 0;
};
struct AgentWithdrew {
  AgentId agent = 0;
  std::vector<IndexRange> ranges;
};
struct EpochStarted {
  std::uint64_t number = 0;
};
/// An agent's part of the epoch is durable in the store.
struct EpochRecorded {
  AgentId agent = 0;
  const wire::EpochRecords* records = nullptr;  ///< looked at during apply only
};
/// The ledger has it.
struct EpochCommitted {
  std::uint64_t number = 0;
};
/// Settled samples that shall run again (`tranche retry`), each with its next attempt.
struct SamplesRequeued {
  std::vector<wire::AttemptFrom> samples;
};
/// How long the master may be away, as epochs have shown: agents shall have work for as long.
struct ReachMeasured {
  double seconds = 0;
};
/// Stop here: the final epoch, then the end.
struct DrainRequested {
  wire::Withdraw order{2};  ///< running samples have 2 s to finish
};

/// Its node is to blame (PutOut): no more grants. What failed there lately is open again after the commit,
/// and the attempts made there do not count; what it still owns it gives back.
struct AgentPutOut {
  AgentId agent = 0;
};

using Event =
    std::variant<AgentJoined, AgentReported, GrantSent, WithdrawSent, AgentWithdrew, EpochStarted,
                 EpochRecorded, EpochCommitted, SamplesRequeued, ReachMeasured, DrainRequested, AgentPutOut>;

// --- actions: orders to the loop -----------------------------------------------------------------------

struct SendGrant {
  AgentId agent = 0;
  wire::Grant grant;
};
struct SendWithdraw {
  AgentId agent = 0;
  wire::Withdraw order;
};
struct StartEpoch {
  std::uint64_t number = 0;
};
struct CommitEpoch {
  std::uint64_t number = 0;
};
/// The agent fails out of line. Due between the records of an epoch and its commit: see counts_as_final().
struct PutOut {
  AgentId agent = 0;
  Conduct here;
  Conduct elsewhere;
  std::vector<SampleIndex>
      recorded;  ///< failed there in earlier epochs of this stage: the ledger reopens them
};
struct StageOver {
  bool complete = false;  ///< every index settled; false: drained
};

using Action = std::variant<SendGrant, SendWithdraw, StartEpoch, CommitEpoch, StageOver, PutOut>;

// --------------------------------------------------------------------------------------------------------

class MasterState {
 public:
  /// `next_epoch` counts on over the life of the campaign.
  MasterState(MasterOptions options, StageWork work, std::uint64_t next_epoch, double now);

  /// \throws ContractError if the event breaks an invariant (an index with two owners, a record of an
  /// index its agent does not own, ...).
  void apply(const Event& event, double now);
  std::vector<Action> decide(double now) const;

  /// Every invariant that spans members; O(stage). Empty: all hold. Otherwise one sentence each.
  std::vector<std::string> broken_invariants() const;

  std::uint64_t settled() const noexcept { return settled_; }
  std::uint64_t total() const noexcept { return claimed_.universe().size(); }
  std::uint64_t open() const noexcept { return total() - claimed_.count(); }
  std::optional<double> mean_wall_s() const noexcept;
  bool draining() const noexcept { return draining_; }
  /// Every agent has been told to withdraw.
  bool all_told() const noexcept { return withdraws_sent_ == agents_.size(); }
  /// Indices sent to this agent since its start: what it joins the next stage with.
  std::uint64_t granted(AgentId id) const;
  /// Likewise.
  const Conduct& conduct(AgentId id) const { return watch_.conduct(id); }
  bool out(AgentId id) const { return watch_.out(id); }
  /// Whether the ledger shall take a run for final that its agent called so: not a fault of an agent that was
  /// put out, unless no attempt can follow. Asked before the commit.
  bool counts_as_final(AgentId id, const RunRecord& run) const;

 private:
  enum class EpochPhase : std::uint8_t { none, writing, recorded };
  struct Agent {
    std::uint32_t slots = 0;
    std::uint64_t granted = 0;  ///< indices sent since its start
    wire::Report last;
    IndexSet owned;
    bool withdraw_sent = false;
    bool withdrew = false;
    bool recorded = false;                        ///< in the running epoch
    std::vector<wire::AttemptFrom> failed_now{};  ///< finally, in the running epoch: how they would go on
    std::vector<wire::AttemptFrom> failed{};      ///< in epochs before, the last ones
    IndexSet withheld{};  ///< put out: given back, but some of their runs may not be recorded yet
    IndexSet reopened{};  ///< put out: open after the next commit
  };
  /// How a sample goes on; `base`: the attempt its agent began with.
  struct Course {
    std::uint8_t attempt = 0;
    std::uint8_t base = 0;
    std::uint8_t forgiven = 0;
    double timeout_s = 0;
    std::string with{};
  };
  static Course course_of(const wire::AttemptFrom& from) {
    return {from.attempt, from.attempt, from.forgiven, from.timeout_s, from.with};
  }
  struct Need {
    std::uint64_t backlog = 0;
    AgentId agent = 0;
    auto operator<=>(const Need&) const = default;
  };

  void on(const AgentJoined& event, double now);
  void on(const AgentReported& event, double now);
  void on(const GrantSent& event, double now);
  void on(const WithdrawSent& event, double now);
  void on(const AgentWithdrew& event, double now);
  void on(const EpochStarted& event, double now);
  void on(const EpochRecorded& event, double now);
  void on(const EpochCommitted& event, double now);
  void on(const SamplesRequeued& event, double now);
  void on(const ReachMeasured& event, double now);
  void on(const DrainRequested& event, double now);
  void on(const AgentPutOut& event, double now);

  Agent& agent(AgentId id);
  void settle(Agent& agent, IndexRange range);
  void expect_attempt(const Agent& agent, SampleIndex index) const;
  void record(AgentId id, Agent& agent, const std::vector<RunRecord>& runs);
  void record_retry(AgentId id, const Agent& agent, const RunRecord& run);
  void record_fault(AgentId id, Agent& agent, const RunRecord& run);
  wire::AttemptFrom after_fault(const RunRecord& run) const;
  void reopen(Agent& agent, const wire::AttemptFrom& next);
  void release_reopened();
  bool awaits_withdrawn() const;
  static std::uint64_t backlog(const Agent& agent);
  static bool finished(const Agent& agent);  ///< it has nothing left to run
  template <class Change>
  void change_load(AgentId id, Agent& agent, Change change);
  bool all_withdrew() const { return withdrew_ == agents_.size(); }
  bool epoch_due(double now) const;
  wire::Grant next_grant(SampleIndex& from, std::uint64_t size) const;
  void decide_grants(std::vector<Action>& actions) const;
  void decide_drain(std::vector<Action>& actions) const;
  void decide_withdrawals(std::vector<Action>& actions) const;
  PutOut put_out(AgentId id) const;

  MasterOptions options_;
  StageKey key_;
  /// Settled, settling, owned by an agent, or with one that was put out (withheld, reopened). The first two
  /// are taken apart by a retry or a fault of a node only, so counts do.
  IndexSet claimed_;
  std::uint64_t settled_ = 0;              ///< final and committed, or excluded
  std::uint64_t settling_ = 0;             ///< recorded in the running epoch, not yet committed
  SampleIndex cursor_ = 0;                 ///< nothing below it is open
  std::map<SampleIndex, Course> courses_;  ///< of samples with recorded runs and no final one
  std::map<AgentId, Agent> agents_;
  std::map<std::uint32_t, std::set<Need>> needs_;  ///< by number of slots: its agents, the driest first
  std::size_t finished_ = 0;                       ///< agents that have nothing left to run
  std::size_t withdraws_sent_ = 0;                 ///< agents
  std::size_t withdrew_ = 0;                       ///< agents
  std::size_t recorded_ = 0;                       ///< agents, in the running epoch
  NodeWatch watch_;
  wire::Report reported_;  ///< runs, wall_s, buffered_bytes: sums over the agents' last reports
  std::uint32_t total_slots_ = 0;
  std::uint64_t next_epoch_ = 1;
  EpochPhase epoch_ = EpochPhase::none;
  double last_epoch_at_ = 0;
  bool draining_ = false;
  wire::Withdraw drain_;
  bool final_epoch_ = false;       ///< the running epoch began when all had withdrawn
  bool final_epoch_done_ = false;  ///< after the drain
};

}  // namespace tranche::schedule
