#include "master_loop.hpp"

#include <algorithm>
#include <iostream>
#include <numeric>

#include "clock.hpp"
#include "cores.hpp"
#include "stage_session.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/gate.hpp"
#include "tranche/comm/mpi_env.hpp"
#include "tranche/directory/inbox.hpp"
#include "tranche/directory/models.hpp"
#include "tranche/inspect/change.hpp"
#include "tranche/inspect/open_samples.hpp"
#include "tranche/inspect/published.hpp"
#include "tranche/inspect/show.hpp"
#include "tranche/inspect/stage_summary.hpp"
#include "tranche/inspect/store_sync.hpp"
#include "tranche/schedule/walltime.hpp"

namespace tranche::daemon {
namespace {

constexpr double fresh_word_s = 2;  ///< an agent says something every second
constexpr double own_absence_s = 5;
constexpr double heartbeats_every_s = 1;
constexpr double inbox_every_s = 0.25;
/// Work an agent shall have, in lengths of the last epoch: it gets none while rank 0 writes and commits.
constexpr double reach_in_epochs = 3;

/// Ends work on a stage's files half way: the run has to end first.
struct Interrupted {};

}  // namespace

MasterLoop::MasterLoop(MasterLoopOptions options, CampaignContext& context, ledger::Ledger& ledger,
                       AgentLoop& own_agent, Channel& channel, const JobClock& clock)
    : options_{options},
      context_{context},
      ledger_{ledger},
      own_agent_{own_agent},
      channel_{channel},
      clock_{clock},
      silence_limit_s_{silence_limit_s()},
      board_{context},
      status_{context, board_},
      limits_{context.spec, ledger},
      reasons_{ledger.reason_names()} {
  tell("starting", "waiting for the agents");
}

/// What is going on, at once and with what the ledger says now.
void MasterLoop::tell(const std::string& phase, const std::string& text) {
  board_.phase(phase, text);
  board_.stages(inspect::stage_statuses(ledger_.stages(), context_.plan));
  status_.publish();
}

void MasterLoop::publish_failures() {
  if (!failures_) failures_.emplace(ledger_);
  const auto summary = failures_->summary();
  context_.fence();
  try {
    directory::publish_failures(context_.paths, summary);
  } catch (const IoError& error) {
    board_.cannot_publish("failures.json", error);
  }
}

void MasterLoop::request_drain(const std::string& why) {
  end_because({{ExitCode::stopped, "stopped: " + why, "tranche run"}, "stopped"});
}

void MasterLoop::send_to_all(const wire::ToAgent& order) {
  for (int rank = 0; rank < options_.ranks; ++rank) channel_.send_order(rank, order);
}

bool MasterLoop::step(double now) {
  take_facts(now);
  answer_inbox(now);
  check_heartbeats(now);
  bool busy = false;
  switch (phase_) {
    case Phase::gathering:
      if (static_cast<int>(agents_.size()) == options_.ranks) take_up();
      break;
    case Phase::choosing:
      choose_stage(now);
      busy = true;
      break;
    case Phase::opening:
      open(now);
      busy = phase_ == Phase::running;
      break;
    case Phase::running:
      busy = act(now);
      break;
    case Phase::closing:
      if (!own_agent_.has_stage_open()) after_close();
      break;
    case Phase::over:
      break;
  }
  return busy;
}

// --- facts ----------------------------------------------------------------------------------------------

void MasterLoop::take_facts(double now) {
  while (auto fact = channel_.next_fact()) {
    heard_at_[fact->from] = said_at_[fact->from] = now;
    std::visit([&](auto& body) { on(fact->from, std::move(body), now); }, fact->body);
  }
}

void MasterLoop::on(int rank, const wire::Hello& fact, double /*now*/) {
  agents_[rank] = fact;
  losses_.joined(fact.slots);
  board_.joined(static_cast<std::uint32_t>(rank), fact);
}

void MasterLoop::on(int rank, const wire::Report& fact, double now) {
  board_.reported(static_cast<std::uint32_t>(rank), fact);
  if (state_) state_->apply(schedule::AgentReported{static_cast<schedule::AgentId>(rank), fact}, now);
}

void MasterLoop::on(int rank, const wire::Withdrawn& fact, double now) {
  const auto id = static_cast<schedule::AgentId>(rank);
  if (!state_ || !state_->out(id)) losses_.withdrew(fact, agents_.at(rank).slots, now);
  if (state_)  // else the stage was complete before the drain reached this agent
    state_->apply(schedule::AgentWithdrew{id, fact.ranges}, now);
}

void MasterLoop::on(int rank, wire::EpochRecords fact, double now) {
  auto& kept = records_[rank] = std::move(fact);
  state_->apply(schedule::EpochRecorded{static_cast<schedule::AgentId>(rank), &kept}, now);
}

/// Messages only stop when a node hangs: a dead rank ends the whole job by itself. Time in which this loop
/// itself was away (a long write, a stopped process) says nothing about the others.
void MasterLoop::check_heartbeats(double now) {
  if (now - checked_at_ < heartbeats_every_s) return;
  const bool was_away = now - checked_at_ > own_absence_s;
  checked_at_ = now;
  if (was_away) returned_at_ = now;  // what was read just now may have been sent long ago
  if (was_away || (phase_ != Phase::running && phase_ != Phase::opening)) {
    for (auto& [rank, at] : heard_at_) at = now;
    return;
  }
  for (const auto& [rank, at] : heard_at_)
    if (rank != 0 && now - at > silence_limit_s_)
      throw Failure{ExitCode::environment,
                    "rank " + std::to_string(rank) + " on " + agents_.at(rank).host +
                        " has been silent for " + format_duration(now - at),
                    "check that node, then type: tranche run"};
}

// --- stages ---------------------------------------------------------------------------------------------

std::optional<directory::Outcome> MasterLoop::blocked_by_gate(const campaign::Stage& before) const {
  for (const auto& row : ledger_.stages()) {
    if (row.key != before.key || row.gate == ledger::GateState::open) continue;
    if (row.gate == ledger::GateState::stopped)
      return directory::Outcome{ExitCode::gate,
                                "the gate after stage `" + row.name + "` is stopped\n" + row.verdict,
                                "tranche approve " + row.name};
    return directory::Outcome{ExitCode::gate, "the gate after stage `" + row.name + "` waits for you",
                              "tranche approve " + row.name};
  }
  return std::nullopt;
}

/// A run may have died after sealing a stage and before what follows from it; and a gate in campaign.yaml
/// may have been changed since it closed.
void MasterLoop::take_up() {
  began_at_ = monotonic_s();
  warn_of_shared_cores();
  refresh_view(ledger_, context_);
  for (const auto& row : ledger_.stages())
    if (row.state == ledger::StageState::sealed && row.gate != ledger::GateState::open)
      decide_gate(context_.plan.stage(row.key.stage));
  phase_ = Phase::choosing;
}

void MasterLoop::warn_of_shared_cores() {
  const wire::Hello* first = nullptr;
  int hosts = 0;
  const auto each = context_.spec.resources.cores();
  for (const auto& [rank, hello] : agents_) {
    if (!shares_cores(hello.slots, each, hello.cores)) continue;
    if (hosts++ == 0) first = &hello;
  }
  if (hosts == 0) return;
  auto text = first->host + ": " + std::to_string(first->slots) + " slots" +
              (each > 1 ? " of " + std::to_string(each) + " cores each" : std::string{}) + " on " +
              std::to_string(first->cores) + " cores; the slots share them";
  if (hosts > 1) text += "; likewise " + std::to_string(hosts - 1) + " other nodes";
  board_.attention(text);
}

void MasterLoop::choose_stage(double now) {
  const auto rows = ledger_.stages();
  const campaign::Stage* before = nullptr;
  for (const auto& stage : context_.plan.stages()) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == stage.key; });
    if (row != rows.end() && row->state == ledger::StageState::sealed) {
      before = &stage;
      continue;
    }
    if (ending_) return finish(ending_->outcome, ending_->phase);
    auto blocked = before == nullptr ? std::nullopt : blocked_by_gate(*before);
    if (options_.until_stage && stage.key.stage > *options_.until_stage)
      return finish({ExitCode::done, "every stage up to the one asked for is done",
                     blocked ? blocked->fix + ", then tranche run" : "tranche run"},
                    "stopped");
    if (blocked) return finish(std::move(*blocked), "waiting");
    if (auto spent = limits_.budget_spent()) return finish(std::move(*spent), "waiting");
    return start(stage, now);
  }
  finish({ExitCode::done, "the campaign is complete", "tranche verify, then tranche export"}, "finished");
}

void MasterLoop::start(const campaign::Stage& stage, double now) {
  stage_ = &stage;
  board_.stage(stage.key.stage);
  tell("starting", "preparing stage `" + stage.name + "`");
  schedule::MasterOptions options;
  options.epoch_s = context_.spec.store.epoch_s;
  options.bad_nodes.watch = context_.spec.design.order == campaign::Visit::permuted;
  work_began_at_ = monotonic_s();
  try {
    auto work = prepare_stage(ledger_, context_, stage, [this](double share) { go_on(share); });
    state_.emplace(options, std::move(work), ledger_.last_epoch() + 1, now);
  } catch (const Interrupted&) {
    return end_half_way();
  }
  for (const auto& [rank, hello] : agents_) {
    const auto& past = past_[rank];
    state_->apply(schedule::AgentJoined{static_cast<schedule::AgentId>(rank), hello.slots, past.granted,
                                        past.conduct, past.out},
                  now);
  }
  limits_.begin(stage.key);
  usual_wall_s_ = usual_wall_s();
  phase_ = Phase::opening;
}

void MasterLoop::open(double now) {
  if (!all_are_there(now)) return;
  send_to_all(wire::OpenStage{stage_->key});
  tell("running", "stage `" + stage_->name + "`");
  phase_ = Phase::running;
}

/// The first reason counts; but nobody has to wait for the end of an allocation.
void MasterLoop::end_because(Ending ending) {
  if (ending_ && !ending_->by_clock) return;
  hurry_ = ending_.has_value();
  ending_ = std::move(ending);
  if (state_ && state_->draining()) tell("draining", ending_->outcome.text);
}

/// Samples that had been given the rest of the allocation get what a stop gives them.
void MasterLoop::hurry() {
  if (!hurry_ || !state_->draining() || !state_->all_told()) return;
  hurry_ = false;
  send_to_all(ending_->order);
}

bool MasterLoop::act(double now) {
  watch_allocation(now);
  if (ending_ && !state_->draining()) {
    state_->apply(schedule::DrainRequested{ending_->order}, now);
    tell("draining", ending_->outcome.text);
  }
  bool acted = false;
  bool meeting = false;
  for (const auto& action : state_->decide(now)) {
    const bool meets = std::holds_alternative<schedule::StartEpoch>(action) ||
                       std::holds_alternative<schedule::StageOver>(action);
    meeting = meeting || meets;
    if (meets && !all_are_there(now)) continue;
    std::visit([&](const auto& body) { perform(body, now); }, action);
    acted = true;
    if (phase_ != Phase::running) break;
  }
  if (phase_ == Phase::running) hurry();
  if (!meeting) meeting_due_at_.reset();
  return acted;
}

/// Epochs, and a file's opening and closing, are meetings of all ranks: who waits there for one that hangs
/// can notice nothing any more. So everyone has to have spoken since the meeting became due, or shortly
/// before.
bool MasterLoop::all_are_there(double now) {
  if (!meeting_due_at_) meeting_due_at_ = now;
  const auto since = std::max(*meeting_due_at_ - fresh_word_s, returned_at_);
  const bool all = std::all_of(said_at_.begin(), said_at_.end(),
                               [&](const auto& said) { return said.first == 0 || said.second > since; });
  if (all) meeting_due_at_.reset();
  return all;
}

void MasterLoop::perform(const schedule::SendGrant& action, double now) {
  channel_.send_order(static_cast<int>(action.agent), action.grant);
  state_->apply(schedule::GrantSent{action.agent, action.grant}, now);
}

void MasterLoop::perform(const schedule::SendWithdraw& action, double now) {
  channel_.send_order(static_cast<int>(action.agent), action.order);
  state_->apply(schedule::WithdrawSent{action.agent}, now);
}

void MasterLoop::perform(const schedule::StartEpoch& action, double now) {
  records_.clear();
  epoch_began_at_ = now;
  send_to_all(wire::Epoch{action.number});
  state_->apply(schedule::EpochStarted{action.number}, now);
}

void MasterLoop::perform(const schedule::CommitEpoch& action, double now) {
  std::vector<ledger::AgentRuns> runs;
  std::vector<store::StateView> states;
  ledger::EpochCommit commit;
  std::uint64_t ended = 0;  // as the agents count
  for (auto& [rank, records] : records_) {
    commit.bytes += records.bytes;
    commit.duration_s = std::max(commit.duration_s, records.duration_s);
    for (auto& run : records.runs) {
      reasons_.settle(run);
      ended += run.final ? 1 : 0;
      run.final = state_->counts_as_final(static_cast<schedule::AgentId>(rank), run);
      if (!run.final) continue;
      states.push_back({run.id.index(), run.state, run.checksum});
    }
    runs.push_back({agents_.at(rank).host, std::move(records.runs)});
  }
  commit.stage = stage_->key;
  commit.epoch = action.number;
  commit.at = directory::unix_now();
  commit.threads = context_.spec.resources.cores();
  commit.agents = runs;
  ledger_.commit_epoch(commit);
  failpoint("committed");
  // Only now: `state == ok` in a file implies that the ledger has it.
  own_agent_.write_states(states);
  state_->apply(schedule::EpochCommitted{action.number}, now);
  const double epoch_s = monotonic_s() - epoch_began_at_;
  longest_epoch_s_ = std::max(longest_epoch_s_, epoch_s);
  state_->apply(schedule::ReachMeasured{reach_in_epochs * epoch_s}, now);
  board_.committed(action.number, ended, commit.bytes);
  board_.stages(inspect::stage_statuses(ledger_.stages(), context_.plan));
  if (failures_)  // else publish_failures() reads these, too
    for (const auto& agent : runs)
      for (const auto& run : agent.runs) failures_->add(stage_->key.stage, run);
  publish_failures();
  limits_.committed(commit);
  obey_limits();
}

/// Too many failures, or the budget spent: this run drains.
void MasterLoop::obey_limits() {
  if (ending_ && !ending_->by_clock) return;
  auto outcome = limits_.verdict(directory::unix_now());
  if (!outcome) return;
  const auto phase = outcome->code == ExitCode::gate ? "waiting" : "stopped";
  end_because({std::move(*outcome), phase});
}

/// Over all stages: the first samples of a stage are predicted by those before.
std::optional<double> MasterLoop::usual_wall_s() const {
  const auto all = ledger_.totals();
  if (all.runs == 0) return std::nullopt;
  return all.wall_s / static_cast<double>(all.runs);
}

/// Nothing begins that would not end with the allocation; what runs may still end; then the final epoch.
void MasterLoop::watch_allocation(double now) {
  const auto allocation = clock_.allocation();
  board_.ends_in(allocation ? std::optional{allocation->end - now} : std::nullopt);
  if (ending_ || !allocation) return;
  const schedule::WalltimePlan plan{*allocation, longest_epoch_s_};
  const auto measured = state_->mean_wall_s();
  const auto predicted = measured ? measured : usual_wall_s_;
  if (now < plan.last_start(predicted)) return;
  const auto left = "the allocation ends in " + format_duration(std::max(0.0, allocation->end - now));
  Ending ending{{ExitCode::stopped, left + ": no sample begins any more", "tranche submit, or tranche run"},
                "stopped",
                plan.order(now),
                true};
  if (predicted && !measured && plan.too_short_for(*predicted))
    ending.outcome = {ExitCode::environment,
                      left + ", and a sample takes " + format_duration(*predicted) + " as a rule",
                      "give it more time: `cluster: {time: ...}`, or `tranche submit --time`"};
  ending_ = std::move(ending);
}

/// The node is to blame. Its recorded failures are open again before anything else is committed.
void MasterLoop::perform(const schedule::PutOut& action, double now) {
  const auto& host = agents_.at(static_cast<int>(action.agent)).host;
  context_.fence();
  const auto text = inspect::add_quarantine_event(
      ledger_, {stage_->key, host, action.agent, action.here, action.elsewhere}, directory::unix_now());
  if (!action.recorded.empty()) {
    ledger::RequeueChoice failed_there;
    failed_there.among = action.recorded;
    std::vector<store::StateView> states;
    for (const auto& open : ledger_.requeue(stage_->key, failed_there))
      states.push_back({open.index, SampleState::pending, 0});
    own_agent_.write_states(states);
    failures_.reset();
  }
  state_->apply(schedule::AgentPutOut{action.agent}, now);
  board_.quarantined(action.agent);
  board_.say_once(text);
}

void MasterLoop::perform(const schedule::StageOver& action, double now) {
  stage_complete_ = action.complete;
  send_to_all(wire::CloseStage{});
  phase_ = Phase::closing;
  (void)now;
}

void MasterLoop::after_close() {
  for (const auto& [rank, hello] : agents_) {
    const auto id = static_cast<schedule::AgentId>(rank);
    past_[rank] = {state_->granted(id), state_->conduct(id), state_->out(id)};
  }
  state_.reset();
  if (view_is_old_) refresh_view(ledger_, context_);
  view_is_old_ = false;
  if (stage_complete_) {
    seal();
  } else {
    finish(ending_->outcome, ending_->phase);
  }
}

void MasterLoop::seal() {
  tell("running", "sealing stage `" + stage_->name + "`");
  work_began_at_ = monotonic_s();
  try {
    seal_stage(ledger_, context_, *stage_, [this](double share) { go_on(share); });
  } catch (const Interrupted&) {
    return end_half_way();
  }
  decide_gate(*stage_);
  tell_summary();
  phase_ = Phase::choosing;
}

/// A stop is no slower because a file of terabytes is being made; and an allocation may end meanwhile.
void MasterLoop::go_on(double share) {
  if (listen_) listen_();
  if (const auto why = status_.drain_wanted()) request_drain(*why);
  const auto allocation = clock_.allocation();
  const double now = monotonic_s();
  const schedule::WalltimePlan plan{allocation.value_or(schedule::Allocation{}), longest_epoch_s_};
  if (!ending_ && allocation && now >= plan.last_start(std::nullopt)) {
    const auto left = "the allocation ends in " + format_duration(std::max(0.0, allocation->end - now));
    const auto work = "; the files of stage `" + stage_->name + "` are not ready";
    ending_ = Ending{{ExitCode::stopped, left + work, "tranche submit, or tranche run"}, "stopped"};
    if (share > 0 && plan.too_short_for((now - work_began_at_) / share))
      ending_->outcome = {ExitCode::environment,
                          left + work + ", and no allocation of this length is long enough for that",
                          "give it more time: `cluster: {time: ...}`, or `tranche submit --time`"};
  }
  if (ending_) throw Interrupted{};
}

void MasterLoop::end_half_way() {
  finish(ending_->outcome, ending_->phase);
}

/// On stdout, which the parent shows between its progress lines.
void MasterLoop::tell_summary() const {
  inspect::StageQuestion question;
  question.stage = stage_->key;
  question.threads = context_.spec.resources.cores();
  question.slots = 0;
  for (const auto& [rank, hello] : agents_) question.slots += hello.slots;
  const auto facts = inspect::stage_facts(ledger_, context_.plan, question);
  std::cout << inspect::stage_summary(facts, inspect::TextStyle{}) << std::flush;
}

void MasterLoop::decide_gate(const campaign::Stage& stage) {
  campaign::Tally so_far;
  campaign::Tally here;
  for (const auto& row : ledger_.stages()) {
    if (row.key.stage <= stage.key.stage) so_far += row.tally;
    if (row.key == stage.key) here = row.tally;
  }
  const auto decision = campaign::decide_gate(stage.gate, here, so_far, directory::newest_model(context_.paths));
  const auto verdict = std::accumulate(decision.lines.begin(), decision.lines.end(), std::string{},
                                       [](std::string all, const auto& line) { return all + line + "\n"; });
  const auto gate = decision.verdict == campaign::Verdict::open   ? ledger::GateState::open
                    : decision.verdict == campaign::Verdict::wait ? ledger::GateState::waiting
                                                                  : ledger::GateState::stopped;
  ledger_.set_gate(stage.key, gate, verdict);
}

void MasterLoop::owner_is_silent(const std::string& why) {
  board_.say_once("the counter in the file `owner` cannot be written: " + why +
                  "; the run goes on, and another start may take it for dead");
}

void MasterLoop::tell_failure(const Failure& failure) {
  if (failure.code() == ExitCode::owned) return;  // status.json is another's
  board_.ended(failure.code());
  board_.next(failure.fix());
  board_.phase("failed", failure.what());  // without the ledger: it may be what failed
  status_.publish();
}

/// Of a run that was ended before its work was done.
void MasterLoop::tell_losses() {
  const auto lost = losses_.total(began_at_, monotonic_s());
  if (!lost) return;
  ledger_.add_event("drain", directory::to_json_text(*lost), directory::unix_now());
  board_.lost(*lost);
}

void MasterLoop::finish(directory::Outcome outcome, const std::string& phase) {
  answer_requests(monotonic_s());  // those that came while the last stage was closing
  tell_losses();
  board_.ended(outcome.code);
  board_.stage(0);
  board_.next(outcome.fix);
  board_.phase(phase, outcome.text);
  board_.stages(inspect::stage_statuses(ledger_.stages(), context_.plan));
  publish_failures();
  status_.finish();
  outcome_ = std::move(outcome);
  send_to_all(wire::Leave{});
  phase_ = Phase::over;
}

// --- requests of other commands ---------------------------------------------------------------------------

void MasterLoop::answer_inbox(double now) {
  status_.news().clear();
  if (status_.lost()) context_.fence();
  if (const auto why = status_.drain_wanted()) request_drain(*why);
  // A complete stage must be sealed as it is; and of one that is being opened no file can be changed yet.
  if (phase_ == Phase::closing || phase_ == Phase::opening) return;
  if (now - inbox_at_ < inbox_every_s) return;
  inbox_at_ = now;
  answer_requests(now);
}

/// A request that cannot be read or answered (a full disk) is no reason to stop computing. One that has been
/// carried out by half is: the next start makes ledger, store and scheduler agree again.
void MasterLoop::answer_requests(double now) {
  const auto unless_io_fails = [this](const auto& operation) {
    try {
      operation();
    } catch (const IoError& error) {
      board_.attention(std::string{"the inbox could not be read or answered: "} + error.what());
    }
  };
  std::vector<directory::Request> requests;
  unless_io_fails([&] {
    context_.fence();  // a request is for the owner of now
    requests = directory::take_requests(context_.paths);
  });
  for (const auto& request : requests) {
    const auto answer = answer_to(request, now);
    unless_io_fails([&] { directory::answer(context_.paths, request, answer); });
  }
}

directory::Answer MasterLoop::change(const directory::Request& request, double now) {
  const double at = directory::unix_now();
  const auto change = inspect::apply_change(ledger_, context_, {request.verb, request.arguments_json, at});
  for (const auto& again : change.requeued) requeue(again, now);
  if (request.verb == "pause") end_because({{ExitCode::gate, change.text, change.next}, change.phase});
  if (!change.requeued.empty()) {
    failures_.reset();
    publish_failures();
  }
  board_.stages(inspect::stage_statuses(ledger_.stages(), context_.plan));
  return {true, change.text, change.data_json};
}

/// Samples of the running stage are granted again in this run, after those that were open before them; those
/// of another stage when that one is chosen next.
void MasterLoop::requeue(const inspect::Requeued& again, double now) {
  context_.fence();
  if (!state_ || again.stage != stage_->key) {
    inspect::reopen_file(ledger_, context_, context_.plan.stage(again.stage.stage),
                         [this] { context_.fence(); });
    view_is_old_ = true;
    return;
  }
  std::vector<SampleIndex> indices;
  std::vector<store::StateView> states;
  for (const auto& sample : again.samples) {
    indices.push_back(sample.index);
    states.push_back({sample.index, SampleState::pending, 0});
  }
  schedule::SamplesRequeued fact{inspect::open_samples(ledger_, stage_->key)};
  std::erase_if(fact.samples, [&](const auto& open) {
    return !std::binary_search(indices.begin(), indices.end(), open.index);
  });
  own_agent_.write_states(states);
  state_->apply(fact, now);
  limits_.begin(stage_->key);
}

directory::Answer MasterLoop::answer_to(const directory::Request& request, double now) {
  try {
    if (request.verb == "show") return {true, "", inspect::answer_show(ledger_, request.arguments_json)};
    if (inspect::is_change(request.verb)) return change(request, now);
    if (request.verb == "stop") {  // as a rule the status thread is faster
      request_drain("tranche stop");
      return {true, "stopping: final epoch, then the run ends", "{}"};
    }
    return {false, "the running owner does not know `" + request.verb + "`", "{}"};
  } catch (const ConfigError& error) {  // the asker's mistake, not ours
    return {false, error.what(), "{}"};
  }
}

}  // namespace tranche::daemon
