#include "evidence_keeper.hpp"

#include <pthread.h>

#include <fstream>
#include <utility>

#include "tranche/base/errors.hpp"
#include "tranche/simulate/evidence.hpp"

namespace tranche::daemon {

EvidenceKeeper::EvidenceKeeper(std::filesystem::path scratch, std::filesystem::path folder,
                               std::function<void()> fence)
    : scratch_{std::move(scratch)}, folder_{std::move(folder)}, fence_{std::move(fence)} {
  simulate::remove_unfinished_evidence(folder_);
  thread_ = std::thread{[this] { loop(); }};
  pthread_setname_np(thread_.native_handle(), "evidence");
}

EvidenceKeeper::~EvidenceKeeper() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void EvidenceKeeper::take(const RunRecord& record, const std::function<std::string()>& describe) {
  if (!is_failure(record.state)) return;
  std::error_code error;
  if (!std::filesystem::is_directory(simulate::evidence_path(scratch_, record.id), error)) return;
  auto sample = describe();
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back({record.id, record.reason, std::move(sample)});
  }
  news_.notify_one();
}

void EvidenceKeeper::loop() {
  std::unique_lock lock{mutex_};
  while (true) {
    news_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    keep(job);
    lock.lock();
  }
}

void EvidenceKeeper::keep(const Job& job) const {
  const auto complete = [&](const std::filesystem::path& place) {
    std::ofstream{place / "sample.json"} << job.sample;
    return is_ours();
  };
  simulate::collect_evidence(scratch_, job.run, job.reason, folder_, {}, complete);
}

/// If not, the run ends by itself, where it would write next.
bool EvidenceKeeper::is_ours() const {
  try {
    fence_();
    return true;
  } catch (const Failure&) {
    return false;
  }
}

}  // namespace tranche::daemon
