#include "status_thread.hpp"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "clock.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/inbox.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::daemon {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto publish_every = std::chrono::seconds{2};
constexpr auto inbox_every = std::chrono::milliseconds{250};

}  // namespace

StatusThread::StatusThread(const CampaignContext& context, StatusBoard& board)
    : context_{context}, board_{board}, thread_{[this] { loop(); }} {
  pthread_setname_np(thread_.native_handle(), "status");
}

StatusThread::~StatusThread() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void StatusThread::publish() {
  publish_if_ours();
}

void StatusThread::finish() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
  publish_if_ours();
}

std::optional<std::string> StatusThread::drain_wanted() {
  const std::lock_guard lock{mutex_};
  return drain_;
}

void StatusThread::loop() {
  auto published = Clock::now() - publish_every;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    read_inbox();
    if (Clock::now() - published >= publish_every) {
      published = Clock::now();
      publish_if_ours();
    }
    lock.lock();
    stop_.wait_for(lock, inbox_every, [this] { return stopping_; });
  }
}

/// A run that was taken over while it slept must not overwrite what its successor says, nor answer for it.
bool StatusThread::ours() {
  lost_ = !directory::owner_is(context_.paths, context_.owner_nonce);
  if (lost_) news_.wake();
  return !lost_;
}

void StatusThread::publish_if_ours() {
  const std::lock_guard lock{publishing_};
  try {
    if (!ours()) return;
    directory::publish_status(context_.paths, board_.snapshot(monotonic_s()));
  } catch (const IoError& error) {
    board_.cannot_publish("status.json", error);
  }
}

void StatusThread::read_inbox() {
  try {
    if (!ours()) return;
    for (const auto& request :
         directory::take_requests(context_.paths, [](const auto& verb) { return verb == "stop"; })) {
      {
        const std::lock_guard lock{mutex_};
        drain_ = "tranche stop";
      }
      news_.wake();
      directory::answer(context_.paths, request, {true, "stopping: final epoch, then the run ends", "{}"});
    }
  } catch (const IoError& error) {
    board_.attention(std::string{"the inbox could not be read or answered: "} + error.what());
  }
}

}  // namespace tranche::daemon
