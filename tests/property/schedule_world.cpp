#include "schedule_world.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace tranche::schedule::test {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  auto x = a * 0x9e3779b97f4a7c15 + b * 0xbf58476d1ce4e5b9 + c * 0x94d049bb133111eb + 1;
  for (int round = 0; round < 3; ++round) x = (x ^ (x >> 29)) * 0xff51afd7ed558ccd;
  return x ^ (x >> 32);
}

template <class Indices>
std::vector<IndexRange> ranges_of(const Indices& sorted) {
  std::vector<IndexRange> ranges;
  for (const auto index : sorted) {
    if (!ranges.empty() && ranges.back().end == index) {
      ++ranges.back().end;
    } else {
      ranges.push_back({index, index + 1});
    }
  }
  return ranges;
}

struct Described {
  std::ostringstream& text;
  void operator()(const SendGrant& a) const {
    text << "grant " << a.agent;
    for (const auto& range : a.grant.ranges) text << ' ' << range.begin << '-' << range.end;
    for (const auto& from : a.grant.attempts) text << ' ' << from.index << '#' << int{from.attempt};
  }
  void operator()(const SendWithdraw& a) const { text << "withdraw " << a.agent << ' ' << a.order.grace_s; }
  void operator()(const StartEpoch& a) const { text << "start " << a.number; }
  void operator()(const CommitEpoch& a) const { text << "commit " << a.number; }
  void operator()(const StageOver& a) const { text << "over " << a.complete; }
  void operator()(const PutOut& a) const { text << "put out " << a.agent << ' ' << a.recorded.size(); }
};

std::string describe(const std::vector<Action>& actions) {
  std::ostringstream text;
  for (const auto& action : actions) std::visit(Described{text}, action), text << '\n';
  return text.str();
}

}  // namespace

// --- truth and ledger -----------------------------------------------------------------------------

bool Truth::excluded(SampleIndex index) const {
  return mix(seed, index, 1000) % 100 < excluded_percent;
}

RunRecord Truth::run(std::uint16_t revision, const wire::AttemptFrom& from, AgentId agent) const {
  const auto [index, attempt, forgiven, timeout_s, with] = from;
  const auto dice = mix(seed, index, attempt);
  RunRecord run;
  run.id = RunId{revision, index, attempt};
  run.final = attempt + 1 >= most_attempts + forgiven || dice % 100 >= retried_percent;
  if (bad.contains(agent) && mix(seed + 1, index, attempt) % 100 < bad_percent) {
    run.final = attempt + 1 >= most_attempts + forgiven;
    run.state = SampleState::crashed;
    run.wall_s = longest_s * static_cast<double>(dice % 1000) / 1000;
    return run;
  }
  run.state = run.final && dice % 7 != 0 ? SampleState::ok : SampleState::crashed;
  run.checksum = run.state == SampleState::ok ? dice : 0;
  run.wall_s = longest_s * static_cast<double>(dice % 1000) / 1000;
  return run;
}

StageWork Ledger::work(StageKey key, IndexRange universe) const {
  StageWork work{key, IndexSet{universe}, {}};
  for (const auto index : skipped)
    if (universe.contains(index)) work.settled.insert(index);
  for (const auto index : final)
    if (universe.contains(index)) work.settled.insert(index);
  std::map<SampleIndex, std::uint8_t> attempts;
  for (const auto& [id, run] : runs)
    if (universe.contains(run.id.index()) && !final.contains(run.id.index()))
      attempts[run.id.index()] = static_cast<std::uint8_t>(run.id.attempt() + 1);
  for (const auto& [index, attempt] : attempts) work.attempts.push_back({index, attempt});
  return work;
}

// --- agent ----------------------------------------------------------------------------------------

Agent::Agent(const Truth& truth, AgentId id, std::uint32_t slots) : truth_{truth}, id_{id}, slots_{slots} {
  send(wire::Hello{"node" + std::to_string(id_), slots_, slots_});
}

void Agent::take_order(double now) {
  const auto order = wire::decode_to_agent(in.front());
  in.pop_front();
  std::visit([&](const auto& body) { obey(body, now); }, order);
}

void Agent::obey(const wire::OpenStage& order, double /*now*/) {
  revision_ = order.stage.revision;
  withdraw_by_.reset();
  withdrew_ = false;
}

void Agent::obey(const wire::Grant& order, double /*now*/) {
  std::map<SampleIndex, wire::AttemptFrom> attempts;
  for (const auto& from : order.attempts) attempts[from.index] = from;
  for (const auto& range : order.ranges)
    for (auto index = range.begin; index < range.end; ++index) {
      const auto from = attempts.find(index);
      queue_.push_back(from == attempts.end() ? wire::AttemptFrom{index} : from->second);
      ++sums_.granted;
    }
}

void Agent::obey(const wire::Withdraw& order, double now) {
  withdraw_by_ = now + order.grace_s;
}

void Agent::obey(const wire::Epoch& order, double /*now*/) {
  wire::EpochRecords records;
  records.number = order.number;
  records.skipped = ranges_of(skipped_);
  records.runs = std::move(finished_);
  finished_.clear();
  skipped_.clear();
  send(records);
}

void Agent::work(double now) {
  for (auto slot = running_.begin(); slot != running_.end();) {
    if (slot->end_at > now) {
      ++slot;
      continue;
    }
    ++progress;
    ++sums_.runs;
    sums_.wall_s += slot->run.wall_s;
    if (slot->run.final) {
      ++sums_.finished;
    } else {
      queue_.push_back(slot->from);
      ++queue_.back().attempt;
    }
    finished_.push_back(slot->run);
    history.push_back(slot->run);
    slot = running_.erase(slot);
  }
  if (withdraw_by_ && !withdrew_ && (running_.empty() || now >= *withdraw_by_)) {
    std::set<SampleIndex> back;
    for (const auto& waiting : queue_) back.insert(waiting.index);
    for (const auto& slot : running_) back.insert(slot.run.id.index());
    queue_.clear();
    running_.clear();
    withdrew_ = true;
    send(wire::Withdrawn{ranges_of(back)});
  }
  while (!withdraw_by_ && running_.size() < slots_ && !queue_.empty()) {
    const auto next = queue_.front();
    queue_.pop_front();
    ++progress;
    if (truth_.excluded(next.index)) {
      skipped_.insert(next.index);
    } else {
      const auto run = truth_.run(revision_, next, id_);
      running_.push_back({run, next, now + run.wall_s});
    }
  }
}

void Agent::refresh_sums() {
  sums_.backlog = queue_.size() + running_.size();
  sums_.buffered_bytes = 100 * finished_.size() + skipped_.size();
  sums_.idle_slots = idle_slots();
}

void Agent::report() {
  refresh_sums();
  send(sums_);
  sent_ = sums_;
}

bool Agent::has_news() const {
  auto now = *this;
  now.refresh_sums();
  return now.sums_ != sent_;
}

bool Agent::has_work(double now) const {
  const bool ends = std::ranges::any_of(running_, [&](const auto& slot) { return slot.end_at <= now; });
  if (!withdraw_by_) return ends || (running_.size() < slots_ && !queue_.empty());
  return ends || (!withdrew_ && (running_.empty() || now >= *withdraw_by_));
}

std::string Agent::key() const {
  std::ostringstream text;
  const auto put = [&](const std::vector<std::byte>& bytes) {
    text << bytes.size() << ':';
    text.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  for (const auto& message : in) put(message);
  text << '|';
  for (const auto& message : out) put(message);
  text << '|';
  for (const auto& waiting : queue_) text << waiting.index << '#' << int{waiting.attempt} << ' ';
  text << '|';
  for (const auto& slot : running_) text << slot.run.id.value() << ' ';
  text << '|';
  for (const auto& run : finished_) text << run.id.value() << ' ';
  text << '|';
  for (const auto index : skipped_) text << index << ' ';
  text << '|' << sums_.granted << ' ' << sums_.runs << ' ' << sums_.finished << ' '
       << withdraw_by_.has_value() << withdrew_ << '|' << sent_.granted << ' ' << sent_.backlog << ' '
       << sent_.finished << ' ' << sent_.runs << ' ' << sent_.buffered_bytes << ' ' << sent_.idle_slots;
  return text.str();
}

// --- world ----------------------------------------------------------------------------------------

World::World(const Truth& truth, Ledger& ledger, WorldOptions options, std::uint64_t seed)
    : truth_{truth}, ledger_{ledger}, options_{std::move(options)}, seed_{seed}, engine_{seed} {
  for (std::size_t id = 0; id < options_.slots.size(); ++id)
    agents_.emplace_back(truth_, static_cast<AgentId>(id), options_.slots[id]);
  open_stage();
}

World::World(const World& other, Ledger& ledger)
    : truth_{other.truth_},
      ledger_{ledger},
      options_{other.options_},
      seed_{other.seed_},
      engine_{other.engine_},
      stage_{other.stage_},
      master_{other.master_},
      agents_{other.agents_},
      old_reports_{other.old_reports_},
      seen_{other.seen_},
      owner_{other.owner_},
      tried_{other.tried_},
      held_{other.held_},
      arrived_runs_{other.arrived_runs_},
      arrived_skips_{other.arrived_skips_},
      epoch_running_{other.epoch_running_},
      final_epoch_{other.final_epoch_},
      final_epoch_done_{other.final_epoch_done_},
      last_epoch_at_{other.last_epoch_at_},
      ending_{other.ending_},
      now_{other.now_},
      steps_{other.steps_},
      drained_{other.drained_} {}

void World::must(bool holds, const std::string& promise) const {
  if (holds) return;
  throw std::runtime_error{promise + " (seed " + std::to_string(seed_) + ", step " + std::to_string(steps_) +
                           ", stage " + std::to_string(stage_) + ")"};
}

void World::open_stage() {
  const StageKey key{3, static_cast<std::uint8_t>(stage_ + 1)};
  const auto before = std::move(master_);
  auto work = ledger_.work(key, options_.stages[stage_]);
  tried_.clear();
  must(held_.empty(), "a stage ends with nothing held back");
  for (const auto& from : work.attempts) tried_[from.index] = from.attempt;
  master_.emplace(options_.master, std::move(work), ledger_.epochs + 1, now_);
  last_epoch_at_ = now_;
  for (AgentId id = 0; id < agents_.size(); ++id) {
    agents_[id].in.push_back(wire::encode(wire::ToAgent{wire::OpenStage{key}}));
    auto& seen = seen_[id];
    seen.withdrew = seen.withdraw_sent = false;
    seen.report = {};
    seen.report.granted = seen.granted;
    if (before) {
      apply(AgentJoined{id, options_.slots[id], before->granted(id), before->conduct(id), before->out(id)});
      must(before->out(id) == seen.out, "an agent that was put out stays out");
      must(before->granted(id) == seen.granted, "an agent's grants are counted over the stages");
    } else {
      deliver_fact(id);  // its Hello: opening a stage is collective, so all are there
    }
  }
  check();
  act();
}

void World::apply(const Event& event) {
  try {
    master_->apply(event, now_);
  } catch (const std::exception& error) {
    must(false, "event " + std::to_string(event.index()) + ": " + error.what());
  }
}

void World::deliver_fact(AgentId id) {
  auto& out = agents_[id].out;
  const auto fact = wire::decode_from_agent(out.front());
  out.pop_front();
  if (const auto* hello = std::get_if<wire::Hello>(&fact)) {
    apply(AgentJoined{id, hello->slots});
  } else if (const auto* report = std::get_if<wire::Report>(&fact)) {
    apply_report(id, *report);
    old_reports_[id].push_back(*report);
    if (old_reports_[id].size() > 5) old_reports_[id].pop_front();
  } else if (const auto* withdrawn = std::get_if<wire::Withdrawn>(&fact)) {
    apply(AgentWithdrew{id, withdrawn->ranges});
    seen_[id].withdrew = true;
    for (const auto& range : withdrawn->ranges)
      for (auto index = range.begin; index < range.end; ++index) {
        must(owner_.erase(index) == 1, "what is given back was owned");
        if (seen_[id].out) hold_back(index, {id, false});
      }
  } else {
    const auto& records = std::get<wire::EpochRecords>(fact);
    apply(EpochRecorded{id, &records});
    seen_[id].report.buffered_bytes = 0;
    for (const auto& run : records.runs) arrived_runs_.push_back({id, run});
    for (auto& [index, held] : held_)
      held.recorded = held.recorded || (held.agent == id && seen_[id].withdrew);
    arrived_skips_.insert(arrived_skips_.end(), records.skipped.begin(), records.skipped.end());
    for (const auto& run : records.runs)
      tried_[run.id.index()] = static_cast<std::uint8_t>(run.id.attempt() + 1);
  }
}

void World::apply_report(AgentId id, const wire::Report& report) {
  apply(AgentReported{id, report});
  seen_[id].report = report;
}

void World::check_decision(const std::vector<Action>& actions) const {
  check_grants(actions);
  check_epoch(actions);
  if (steps_ % options_.check_every != 0) return;
  const auto once = describe(actions);
  (void)master_->decide(now_ + 1e6);
  must(describe(master_->decide(now_)) == once, "two decisions at one instant agree");
}

/// What the policy promises, worked out again from what this world has seen.
void World::check_grants(const std::vector<Action>& actions) const {
  double runs = 0;
  double wall_s = 0;
  std::uint64_t total_slots = 0;
  for (const auto& [id, seen] : seen_) {
    runs += static_cast<double>(seen.report.runs);
    wall_s += seen.report.wall_s;
    total_slots += seen.out ? 0 : options_.slots[id];
  }
  const auto& policy = options_.master.grants;
  const double mean_s = std::max(1e-7, wall_s / std::max(1.0, runs));
  auto open = static_cast<double>(master_->open());
  for (const auto& action : actions) {
    const auto* grant = std::get_if<SendGrant>(&action);
    if (grant == nullptr) continue;
    const double slots = options_.slots[grant->agent];
    double size = 0;
    for (const auto& range : grant->grant.ranges) size += static_cast<double>(range.size());
    must(size >= 1 && grant->grant.ranges.size() <= 4096, "a grant grants something, in a bounded message");
    must(size <= std::ceil(open * slots / (2.0 * static_cast<double>(total_slots))),
         "a grant is at most half of the agent's share of what is open");
    const double most = runs > 0 ? std::ceil(policy.largest_s / mean_s * slots) + 1 : 4 * slots;
    must(size <= std::max(1.0, most), "a grant is bounded in seconds of predicted work");
    const double enough = slots + (runs > 0 ? std::ceil(policy.ahead_s / mean_s * slots) + 1 : slots);
    must(static_cast<double>(seen_.at(grant->agent).backlog()) < enough, "an agent with enough gets nothing");
    open -= size;
  }
}

bool World::epoch_due() const {
  if (epoch_running_ || agents_.empty()) return false;
  bool all_withdrew = true;
  bool all_finished = true;
  std::uint64_t buffered_bytes = 0;
  for (const auto& [id, seen] : seen_) {
    all_withdrew = all_withdrew && seen.withdrew;
    all_finished = all_finished && seen.report.granted == seen.granted && seen.report.backlog == 0;
    buffered_bytes += seen.report.buffered_bytes;
  }
  if (drained_ && all_withdrew) return !final_epoch_done_;
  if (!drained_ && master_->open() == 0 && all_finished) return true;
  return buffered_bytes >= options_.master.epoch_bytes ||
         (buffered_bytes > 0 && now_ - last_epoch_at_ >= options_.master.epoch_s);
}

void World::check_epoch(const std::vector<Action>& actions) const {
  bool starts = false;
  for (const auto& action : actions) {
    if (std::holds_alternative<StageOver>(action)) return;
    starts = starts || std::holds_alternative<StartEpoch>(action);
  }
  must(starts == epoch_due(), "an epoch starts when it is due, and only then");
}

void World::check() {
  const auto broken = master_->broken_invariants();
  must(broken.empty(), broken.empty() ? "" : broken.front());
  const auto universe = options_.stages[stage_];
  std::uint64_t settled = 0;
  for (const auto* done : {&ledger_.final, &ledger_.skipped})
    settled += static_cast<std::uint64_t>(
        std::distance(done->lower_bound(universe.begin), done->lower_bound(universe.end)));
  must(master_->settled() == settled, "the master counts as settled what is in the ledger");
  must(master_->total() == universe.size(), "the total is the stage's size");
  must(master_->open() + settled + owner_.size() + held_.size() == universe.size(),
       "open, owned, held and settled add up");
}

void World::act() {
  for (int rounds = 0; !over(); ++rounds) {
    const auto actions = master_->decide(now_);
    check_decision(actions);
    if (actions.empty()) return;
    for (const auto& action : actions)
      if (!perform(action)) return;
    must(rounds < 1000, "what was performed is no longer due");
  }
}

void World::act_lazily() {
  if (below(3) != 0) return act();
  const auto actions = master_->decide(now_);
  check_decision(actions);
  const auto some = below(actions.size() + 1);
  for (std::size_t k = 0; k < some; ++k)
    if (!perform(actions[k])) return;
}

bool World::perform(const Action& action) {
  return std::visit([&](const auto& body) { return act_on(body); }, action);
}

bool World::act_on(const SendGrant& action) {
  must(!drained_, "nothing is granted after a drain");
  must(!seen_[action.agent].out, "who was put out gets nothing");
  must(!action.grant.ranges.empty(), "a grant grants something");
  std::map<SampleIndex, std::uint8_t> named;
  for (const auto& from : action.grant.attempts)
    must(named.emplace(from.index, from.attempt).second, "an attempt is named once");
  for (const auto& range : action.grant.ranges) {
    must(!range.empty(), "a granted range is not empty");
    for (auto index = range.begin; index < range.end; ++index) {
      must(options_.stages[stage_].contains(index), "a granted index is of this stage");
      must(owner_.emplace(index, action.agent).second, "an index has one owner");
      must(!ledger_.final.contains(index) && !ledger_.skipped.contains(index),
           "a granted index is not settled");
      const auto tried = tried_.find(index);
      const auto name = named.find(index);
      must((tried == tried_.end()) == (name == named.end()), "recorded attempts travel with the grant");
      if (tried != tried_.end()) must(tried->second == name->second, "attempts are counted on");
      if (name != named.end()) named.erase(name);
    }
  }
  must(named.empty(), "attempts belong to granted indices");
  agents_[action.agent].in.push_back(wire::encode(wire::ToAgent{action.grant}));
  apply(GrantSent{action.agent, action.grant});
  for (const auto& range : action.grant.ranges) seen_[action.agent].granted += range.size();
  return true;
}

bool World::act_on(const SendWithdraw& action) {
  auto& seen = seen_[action.agent];
  must(drained_ || seen.out, "only a drain withdraws, and who was put out");
  must(!std::exchange(seen.withdraw_sent, true), "an agent is asked once to withdraw");
  agents_[action.agent].in.push_back(wire::encode(wire::ToAgent{action.order}));
  apply(WithdrawSent{action.agent});
  return true;
}

bool World::act_on(const StartEpoch& action) {
  must(action.number == ledger_.epochs + 1, "epochs count on");
  for (auto& agent : agents_) agent.in.push_back(wire::encode(wire::ToAgent{wire::Epoch{action.number}}));
  apply(EpochStarted{action.number});
  epoch_running_ = true;
  final_epoch_ =
      drained_ && std::ranges::all_of(seen_, [](const auto& item) { return item.second.withdrew; });
  return true;
}

bool World::act_on(const CommitEpoch& action) {
  must(action.number == ledger_.epochs + 1, "epochs are committed in order");
  for (auto& [agent, run] : arrived_runs_) {
    const auto index = run.id.index();
    const bool was_final = std::exchange(run.final, master_->counts_as_final(agent, run));
    must(run.final == (was_final && !(seen_[agent].out && run.state == SampleState::crashed)),
         "what fails where it was the node's fault does not count");
    if (was_final && !run.final && owner_.erase(index) == 1) hold_back(index, {agent, true});
    must(!ledger_.final.contains(index) && !ledger_.skipped.contains(index), "nothing follows a final run");
    must(ledger_.runs.emplace(run.id.value(), run).second, "a run is recorded once");
    must(run.id.attempt() == 0 || ledger_.runs.contains(run.id.value() - 1), "attempts have no gaps");
    if (!run.final) continue;
    ledger_.final.insert(index);
    must(owner_.erase(index) == 1, "a finished index was owned");
  }
  for (const auto& range : arrived_skips_)
    for (auto index = range.begin; index < range.end; ++index) {
      must(ledger_.skipped.insert(index).second, "an index is skipped once");
      must(owner_.erase(index) == 1, "a skipped index was owned");
    }
  arrived_runs_.clear();
  arrived_skips_.clear();
  ledger_.epochs = action.number;
  apply(EpochCommitted{action.number});
  std::erase_if(held_, [](const auto& item) { return item.second.recorded; });
  epoch_running_ = false;
  last_epoch_at_ = now_;
  final_epoch_done_ = final_epoch_;
  return true;
}

void World::hold_back(SampleIndex index, Held held) {
  must(held_.emplace(index, held).second, "an index is held back once");
}

bool World::act_on(const PutOut& action) {
  must(!seen_[action.agent].out, "an agent is put out once");
  must(truth_.bad.contains(action.agent), "no agent is put out without a reason");
  seen_[action.agent].out = true;
  std::size_t out = 0;
  for (const auto& [id, seen] : seen_) out += seen.out ? 1 : 0;
  must(2 * out <= agents_.size(), "at most half of the agents are put out");
  for (const auto index : action.recorded) {
    must(ledger_.final.erase(index) == 1, "what is reopened was recorded");
    auto last = ledger_.runs.lower_bound(RunId{3, index + 1, 0}.value());
    --last;
    must(last->second.id.index() == index && last->second.final, "its last run was final");
    must(last->second.state == SampleState::crashed, "what is reopened had failed");
    last->second.final = false;
    hold_back(index, {action.agent, true});
  }
  apply(AgentPutOut{action.agent});
  return true;
}

bool World::act_on(const StageOver& action) {
  must(arrived_runs_.empty() && arrived_skips_.empty(), "a stage ends with all its records committed");
  must(owner_.empty(), "a stage ends with nothing owned");
  for (const auto& agent : agents_)
    must(agent.nothing_unrecorded(), "an agent ends with all it did recorded");
  must(action.complete == (master_->settled() == master_->total()), "complete means every index settled");
  must(action.complete || drained_, "only a drain ends a stage early");
  if (action.complete && !drained_ && stage_ + 1 < options_.stages.size()) {
    ++stage_;
    open_stage();
  } else {
    ending_ = action.complete ? Ending::complete : Ending::drained;
  }
  return false;
}

void World::drain() {
  if (over()) return;
  drained_ = true;
  apply(DrainRequested{{options_.drain_grace_s}});
  act();
}

void World::step() {
  if (over()) return;
  ++steps_;
  if (agents_.empty()) {
    now_ += 1;
    return act();
  }
  const auto id = static_cast<AgentId>(below(agents_.size()));
  auto& agent = agents_[id];
  switch (below(8)) {
    case 0:
    case 1:
      if (agent.has_order()) agent.take_order(now_);
      break;
    case 2:
    case 3:
      agent.work(now_);
      break;
    case 4:
      agent.report();
      break;
    case 5:
    case 6:
      if (!agent.out.empty()) deliver_fact(id);
      break;
    default:
      now_ += 0.1 * static_cast<double>(below(5)) / static_cast<double>(agents_.size());
  }
  // Reports may arrive again, late.
  if (const auto& old = old_reports_[id]; !old.empty() && below(20) == 0)
    apply_report(id, old[below(old.size())]);
  if (steps_ % options_.check_every == 0) check();
  if (below(3) != 0) act_lazily();
}

// --- every possible order -------------------------------------------------------------------------

std::vector<Choice> World::choices() const {
  std::vector<Choice> all;
  if (over()) return all;
  for (AgentId id = 0; id < agents_.size(); ++id) {
    const auto& agent = agents_[id];
    if (agent.has_order()) all.push_back({Choice::Kind::take_order, id});
    if (agent.has_work(now_)) all.push_back({Choice::Kind::work, id});
    if (agent.has_news()) all.push_back({Choice::Kind::report, id});
    if (!agent.out.empty()) all.push_back({Choice::Kind::deliver, id});
  }
  const auto actions = master_->decide(now_).size();
  for (std::uint32_t k = 0; k < actions; ++k) all.push_back({Choice::Kind::act, k});
  if (options_.may_drain && !drained_) all.push_back({Choice::Kind::drain});
  return all;
}

void World::take(const Choice& choice) {
  ++steps_;
  switch (choice.kind) {
    case Choice::Kind::take_order:
      agents_[choice.agent].take_order(now_);
      break;
    case Choice::Kind::work:
      agents_[choice.agent].work(now_);
      break;
    case Choice::Kind::report:
      agents_[choice.agent].report();
      break;
    case Choice::Kind::deliver:
      deliver_fact(choice.agent);
      break;
    case Choice::Kind::act: {
      const auto actions = master_->decide(now_);
      check_decision(actions);
      if (!perform(actions.at(choice.agent))) return;
      break;
    }
    case Choice::Kind::drain:
      drained_ = true;
      apply(DrainRequested{{options_.drain_grace_s}});
      break;
  }
  check();
}

std::string Ledger::key() const {
  std::ostringstream text;
  text << epochs << ':';
  for (const auto& [id, run] : runs) text << id << ' ';
  text << '|';
  for (const auto index : skipped) text << index << ' ';
  return text.str();
}

std::string World::key() const {
  std::ostringstream text;
  text << ledger_.key() << '|' << stage_ << over() << drained_ << epoch_running_ << final_epoch_
       << final_epoch_done_ << '|';
  for (const auto& [id, seen] : seen_)
    text << seen.granted << ' ' << seen.withdrew << ' ' << seen.report.granted << ' ' << seen.report.backlog
         << ' ' << seen.report.finished << ' ' << seen.report.runs << ' ' << seen.report.buffered_bytes
         << ';';
  for (const auto& [index, owner] : owner_) text << index << '@' << owner << ' ';
  for (const auto& [index, held] : held_) text << index << '!' << held.agent << held.recorded << ' ';
  text << '|';
  for (const auto& [agent, run] : arrived_runs_) text << run.id.value() << ' ';
  text << '|';
  for (const auto& range : arrived_skips_) text << range.begin << '-' << range.end << ' ';
  for (const auto& agent : agents_) text << '|' << agent.key();
  if (!over()) text << '|' << describe(master_->decide(now_));
  return text.str();
}

// --- to the end -----------------------------------------------------------------------------------

std::uint64_t World::progress() const {
  std::uint64_t sum = ledger_.final.size() + ledger_.skipped.size() + stage_;
  for (const auto& agent : agents_) sum += agent.progress;
  return sum;
}

Ending World::run() {
  const auto patience = 4000 * (agents_.size() + 1);
  auto last = progress();
  for (std::uint64_t idle = 0; !over(); ++idle) {
    step();
    if (progress() != last) last = progress(), idle = 0;
    must(idle < patience, "something happens");
  }
  return *ending_;
}

void World::settle_down() {
  for (bool moved = true; moved && !over();) {
    moved = false;
    act();
    for (AgentId id = 0; id < agents_.size() && !over(); ++id) {
      auto& agent = agents_[id];
      const auto before = agent.progress;
      while (agent.has_order()) agent.take_order(now_), moved = true;
      agent.work(now_);
      moved = moved || agent.progress != before || !agent.out.empty();
      agent.report();
      const auto stage = stage_;
      while (!agent.out.empty() && !over() && stage == stage_) deliver_fact(id);
      act();
    }
    for (const auto& agent : agents_) moved = moved || agent.has_order();
  }
  if (over() || drained_) return;
  check();
  for (const auto& agent : agents_)
    must(agent.idle_slots() == 0 || master_->open() == 0, "no slot idles while an index is open");
}

}  // namespace tranche::schedule::test
