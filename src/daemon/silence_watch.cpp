#include "silence_watch.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "clock.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::daemon {
namespace {

constexpr double usual_limit_s = 60;
constexpr double least_limit_s = 2;
constexpr double beats_a_limit = 12;
constexpr double owner_every_s = 10;
/// Rank 0 speaks before the others do.
constexpr double patience_of_rank_0_s = 3;
constexpr double patience_of_others_s = 15;
constexpr unsigned last_words_s = 30;

/// So long a main thread may be away before anything is written or read because of it.
double quiet_s(double limit_s) {
  return limit_s / 6;
}

}  // namespace

double silence_limit_s() {
  const char* text = std::getenv("TRANCHE_SILENCE_S");
  const auto wanted = text == nullptr ? std::nullopt : parse_number(text);
  return std::max(least_limit_s, wanted.value_or(usual_limit_s));
}

SilenceWatch::SilenceWatch(int rank, int ranks, std::filesystem::path signs, LastWords last_words)
    : rank_{rank},
      ranks_{ranks},
      limit_s_{silence_limit_s()},
      file_{std::move(signs)},
      last_words_{std::move(last_words)},
      turned_at_{monotonic_s()},
      heard_at_{monotonic_s()},
      looked_at_{monotonic_s()},
      signs_{rank == 0 ? ranks - 1 : 1, monotonic_s()} {
  if (ranks_ == 1) return;
  if (rank_ == 0) file_.make(ranks_);
  thread_ = std::thread{[this] { loop(); }};
  pthread_setname_np(thread_.native_handle(), "silence watch");
}

SilenceWatch::~SilenceWatch() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (rank_ == 0 && ranks_ > 1) file_.remove();
}

void SilenceWatch::introduce(std::vector<std::string> hosts) {
  const std::lock_guard lock{mutex_};
  hosts_ = std::move(hosts);
}

void SilenceWatch::belongs_to(const directory::CampaignPaths& paths, const std::string& nonce) {
  if (rank_ == 0) file_.remove_others();
  const std::lock_guard lock{mutex_};
  campaign_ = Campaign{paths, nonce};
}

void SilenceWatch::leaves() {
  const std::lock_guard lock{mutex_};
  campaign_.reset();
}

void SilenceWatch::turns() noexcept {
  turned_at_ = monotonic_s();
}

void SilenceWatch::hears() noexcept {
  heard_at_ = monotonic_s();
}

void SilenceWatch::gives_up(int exit_code) noexcept {
  exit_code_ = exit_code;
  gave_up_at_ = monotonic_s();
}

SilenceWatch::Meeting::Meeting(SilenceWatch& watch, const char* what) : watch_{watch} {
  watch_.meeting_ = what;
  watch_.met_at_ = monotonic_s();
}

SilenceWatch::Meeting::~Meeting() {
  watch_.met_at_ = 0;
}

SilenceWatch::Speaker::Speaker(SilenceWatch& watch, Voice voice) : watch_{watch} {
  const std::lock_guard lock{watch_.mutex_};
  watch_.voice_ = std::move(voice);
}

SilenceWatch::Speaker::~Speaker() {
  const std::lock_guard lock{watch_.mutex_};
  watch_.voice_ = nullptr;
}

void SilenceWatch::loop() {
  const std::chrono::duration<double> beat{limit_s_ / beats_a_limit};
  std::unique_lock lock{mutex_};
  while (!stop_.wait_for(lock, beat, [this] { return stopping_; })) {
    lock.unlock();
    look(monotonic_s());
    lock.lock();
  }
}

/// Whoever was stopped himself, or had to wait for a disk, has seen nothing of the others meanwhile.
void SilenceWatch::look(double now) {
  if (gave_up_at_ != 0 && now - gave_up_at_ > limit_s_) ::_exit(exit_code_);
  const bool was_away = now - looked_at_ > quiet_s(limit_s_) + 1;
  looked_at_ = now;
  if (was_away) {
    signs_.forgive(now);
    owner_looked_at_ = 0;
  }
  if (!is_ours(now)) return;
  if (now - turned_at_ > quiet_s(limit_s_)) file_.write(rank_, ++beats_);
  judge(now);
}

bool SilenceWatch::is_ours(double now) {
  std::optional<Campaign> campaign;
  {
    const std::lock_guard lock{mutex_};
    campaign = campaign_;
  }
  if (!campaign) {
    owner_beats_ = 0;
    return true;
  }
  const bool is_away = now - turned_at_ > quiet_s(limit_s_);
  if (!is_away && !not_ours_since_ && now - owner_looked_at_ < std::min(owner_every_s, limit_s_ / 4))
    return true;
  owner_looked_at_ = now;
  try {
    const auto owner = directory::look_at_owner(campaign->paths).facts;
    if (owner.nonce == campaign->nonce) {
      owner_beats_ = owner.counter;
      not_ours_since_.reset();
      return true;
    }
  } catch (const IoError&) {
    signs_.forgive(now);  // a file system in trouble says nothing about anybody
    return false;
  }
  not_ours_since_ = not_ours_since_.value_or(now);
  if (now - *not_ours_since_ < (rank_ == 0 ? patience_of_rank_0_s : patience_of_others_s)) return false;
  end(directory::taken_over());
}

/// Rank 0 is the owner, and as long as it is, its counter in the owner file says enough.
void SilenceWatch::read_signs(double now) {
  if (rank_ != 0 && owner_beats_ != 0) return signs_.saw(0, owner_beats_, now);
  const int partners = rank_ == 0 ? ranks_ - 1 : 1;
  const auto counters = file_.read(rank_ == 0 ? 1 : 0, partners);
  for (std::size_t at = 0; at < counters.size(); ++at) signs_.saw(static_cast<int>(at), counters[at], now);
  if (std::cmp_less(counters.size(), partners)) signs_.forgive(now);  // there is no room for the file
}

/// Rank 0 waits for others in meetings only, and says so first. The others always need rank 0.
void SilenceWatch::judge(double now) {
  const double met_at = met_at_;
  if (rank_ == 0 && met_at == 0) return signs_.forgive(now);
  signs_.forgive(rank_ == 0 ? met_at : heard_at_.load());
  read_signs(now);
  const auto silence = signs_.longest(now, limit_s_ + (rank_ == 0 ? 0 : quiet_s(limit_s_)));
  if (!silence || met_at_ != met_at) return;
  const auto who = rank_ == 0 ? silence->partner + 1 : 0;
  auto text = name_of(who) + " has been silent for " + format_duration(silence->for_s);
  if (met_at != 0) text += std::string{", and "} + meeting_.load() + " needs all ranks";
  end({ExitCode::environment, text, "check that node, then type: tranche run"});
}

std::string SilenceWatch::name_of(int rank) const {
  const std::lock_guard lock{mutex_};
  const auto at = static_cast<std::size_t>(rank);
  return "rank " + std::to_string(rank) + (at < hosts_.size() ? " on " + hosts_[at] : "");
}

/// No way through MPI is left, and none through the main thread. The launcher sees a rank end and ends the
/// others; the zygote sees its agent's end and takes the slots along.
void SilenceWatch::end(const Failure& failure) {
  ::alarm(last_words_s);  // if even a file cannot be written
  const int code = last_words_(failure);
  {
    const std::lock_guard lock{mutex_};
    if (voice_) voice_(failure);
  }
  file_.remove();
  ::_exit(code);
}

}  // namespace tranche::daemon
