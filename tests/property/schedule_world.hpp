/// \file
/// A campaign in miniature: a MasterState, agents that are a queue each, a ledger that is a map, and a
/// random script that decides who does what next. Every message passes through the codec.
/// Anything that breaks a promise throws std::runtime_error with the seed of the script.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tranche/schedule/master_state.hpp"
#include "tranche/wire/codec.hpp"

namespace tranche::schedule::test {

/// What happens to a sample depends on nothing but its index and attempt: so a campaign that was
/// killed must end with the same records as one that was not.
struct Truth {
  std::uint64_t seed = 1;
  std::uint32_t excluded_percent = 5;
  std::uint32_t retried_percent = 20;  ///< of attempts that are not the last allowed
  std::uint8_t most_attempts = 3;
  double longest_s = 2;
  std::set<AgentId> bad{};         ///< agents on which most runs fail
  std::uint32_t bad_percent = 90;  ///< of their runs

  bool excluded(SampleIndex index) const;
  /// `from`: index, attempt, and how many attempts do not count.
  RunRecord run(std::uint16_t revision, const wire::AttemptFrom& from, AgentId agent = 0) const;
};

/// What would be on disk: only what was committed.
struct Ledger {
  std::map<std::int64_t, RunRecord> runs;
  std::set<SampleIndex> skipped;
  std::set<SampleIndex> final;
  std::uint64_t epochs = 0;

  StageWork work(StageKey key, IndexRange universe) const;
  /// All it says, as text.
  std::string key() const;
};

struct WorldOptions {
  std::vector<IndexRange> stages{{0, 300}};
  std::vector<std::uint32_t> slots{2};  ///< one entry an agent
  MasterOptions master{{}, 3.0, 4000};
  double drain_grace_s = 0.7;
  std::uint32_t check_every = 3;  ///< steps between two walks over the invariants
  bool may_drain = false;         ///< a drain is one of the choices()
};

class Agent {
 public:
  Agent(const Truth& truth, AgentId id, std::uint32_t slots);

  bool has_order() const { return !in.empty(); }
  void take_order(double now);
  /// Ends runs that are over, begins what a free slot can, answers a withdrawal.
  void work(double now);
  void report();
  bool has_news() const;            ///< a report would say something new
  bool has_work(double now) const;  ///< work() would do something
  /// All that decides what it does next, as text.
  std::string key() const;
  std::uint32_t idle_slots() const { return slots_ - static_cast<std::uint32_t>(running_.size()); }
  bool nothing_unrecorded() const { return finished_.empty() && skipped_.empty(); }

  std::deque<std::vector<std::byte>> in;
  std::deque<std::vector<std::byte>> out;
  std::vector<RunRecord> history;  ///< every run that ended
  std::uint64_t progress = 0;

 private:
  struct Running {
    RunRecord run;
    wire::AttemptFrom from{};
    double end_at = 0;
  };

  void obey(const wire::OpenStage& order, double now);
  void obey(const wire::Grant& order, double now);
  void obey(const wire::Withdraw& order, double now);
  void obey(const wire::Epoch& order, double now);
  void obey(const wire::CloseStage&, double) {}
  void obey(const wire::Leave&, double) {}
  void refresh_sums();
  void send(const wire::FromAgent& message) { out.push_back(wire::encode(message)); }

  const Truth& truth_;
  AgentId id_;
  std::uint32_t slots_;
  std::uint16_t revision_ = 1;
  std::deque<wire::AttemptFrom> queue_;
  std::vector<Running> running_;
  std::vector<RunRecord> finished_;
  std::set<SampleIndex> skipped_;
  wire::Report sums_;
  wire::Report sent_;
  std::optional<double> withdraw_by_;
  bool withdrew_ = false;
};

enum class Ending { complete, drained };

/// One thing that can happen next; `agent` counts for what an agent does.
struct Choice {
  enum class Kind { take_order, work, report, deliver, act, drain };
  Kind kind = Kind::act;
  AgentId agent = 0;
};

class World {
 public:
  World(const Truth& truth, Ledger& ledger, WorldOptions options, std::uint64_t seed);
  /// The same world, with a ledger of its own that says what the other's does.
  World(const World& other, Ledger& ledger);

  /// One random event. Nothing more happens once it is over.
  void step();
  bool over() const { return ending_.has_value(); }
  /// Steps until the end; throws if nothing moves for long.
  Ending run();
  /// `tranche stop` or the end of the job's time.
  void drain();
  /// Delivers all there is without letting time pass. Afterwards a slot is idle only if no index is open.
  void settle_down();

  /// Everything that can happen now if no time passes; at most one action of the master at a time.
  std::vector<Choice> choices() const;
  void take(const Choice& choice);
  /// Two worlds with the same key have the same future.
  std::string key() const;

  const MasterState& master() const { return *master_; }
  const std::vector<Agent>& agents() const { return agents_; }
  std::uint64_t steps() const { return steps_; }

 private:
  /// What the master has been told by an agent and has told it, kept independently of the master.
  struct Seen {
    wire::Report report;
    std::uint64_t granted = 0;
    bool withdrew = false;
    bool withdraw_sent = false;
    bool out = false;
    std::uint64_t backlog() const { return report.backlog + granted - std::min(granted, report.granted); }
  };

  void open_stage();
  void deliver_fact(AgentId id);
  void apply(const Event& event);
  void act();                          ///< performs all that is due
  void act_lazily();                   ///< sometimes only the first of it
  bool perform(const Action& action);  ///< false: the stage is over, the rest is void
  void check();
  void check_decision(const std::vector<Action>& actions) const;
  void check_grants(const std::vector<Action>& actions) const;
  void check_epoch(const std::vector<Action>& actions) const;
  bool epoch_due() const;
  void apply_report(AgentId id, const wire::Report& report);
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  void must(bool holds, const std::string& promise) const;
  std::uint64_t progress() const;

  bool act_on(const SendGrant& action);
  bool act_on(const SendWithdraw& action);
  bool act_on(const StartEpoch& action);
  bool act_on(const CommitEpoch& action);
  bool act_on(const StageOver& action);
  bool act_on(const PutOut& action);
  struct Held {
    AgentId agent = 0;
    bool recorded = false;  ///< all runs made there
  };
  void hold_back(SampleIndex index, Held held);

  const Truth& truth_;
  Ledger& ledger_;
  WorldOptions options_;
  std::uint64_t seed_;
  std::mt19937_64 engine_;
  std::size_t stage_ = 0;
  std::optional<MasterState> master_;
  std::vector<Agent> agents_;
  std::map<AgentId, std::deque<wire::Report>> old_reports_;
  std::map<AgentId, Seen> seen_;
  std::map<SampleIndex, AgentId> owner_;       ///< kept independently of the master
  std::map<SampleIndex, std::uint8_t> tried_;  ///< next attempt, recorded ones counted
  std::map<SampleIndex, Held> held_;           ///< an agent that was put out had them: nobody's yet
  struct Arrived {
    AgentId agent = 0;
    RunRecord run;
  };
  std::vector<Arrived> arrived_runs_;  ///< in the running epoch
  std::vector<IndexRange> arrived_skips_;
  bool epoch_running_ = false;
  bool final_epoch_ = false;  ///< it began when all had withdrawn
  bool final_epoch_done_ = false;
  double last_epoch_at_ = 0;
  std::optional<Ending> ending_;
  double now_ = 1000;
  std::uint64_t steps_ = 0;
  bool drained_ = false;
};

}  // namespace tranche::schedule::test
