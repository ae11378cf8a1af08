#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <filesystem>

#include "balance.hpp"
#include "host_files.hpp"
#include "setup.hpp"
#include "slot_queue.hpp"
#include "task_settings.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/simulate/simulator_host.hpp"
#include "wake_ups.hpp"
#include "zygote_link.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t listen_interval_ns = 5'000'000;
constexpr std::uint64_t spread_interval_ns = 1'000'000;

HostOptions checked(HostOptions options) {
  ensure(options.slots > 0, "a host has at least one slot");
  // Slots change their directory: a relative path would lose its meaning there.
  for (std::string* path : {&options.scratch_dir, &options.simulator.program, &options.campaign_dir})
    *path = std::filesystem::absolute(*path).lexically_normal().string();
  return options;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  checked_fd(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace

struct SimulatorHost::Impl {
  Impl(const campaign::CampaignSpec& spec_in, SampleInputs inputs_in, HostOptions options_in);

  std::size_t collect(std::vector<Finished>& out);
  void publish();
  void stir_zygote();
  /// Any slot may get the task in the end.
  void allow(double timeout_s) noexcept {
    for (std::uint32_t k = 0; timeout_s > longest_timeout_s && k < options.slots; ++k)
      memory.verdict(k).longest_timeout_s.store(timeout_s, std::memory_order_relaxed);
    longest_timeout_s = std::max(longest_timeout_s, timeout_s);
  }
  void arm(std::vector<Finished>& out);
  std::size_t mend(std::vector<Finished>& out);
  bool all_ready() const;

  const campaign::CampaignSpec spec;
  const SampleInputs inputs;
  const HostOptions options;
  Scratch scratch;
  SettingsBook settings;
  FileDescriptor log_fd;
  WakeUps wake_ups;
  FileDescriptor epoll_fd;
  campaign::RowCodec codec;
  SharedMemory memory;
  Setup setup;
  ZygoteLink zygote;
  std::vector<SlotQueue> queues;
  std::vector<Task> moving;
  std::size_t in_flight = 0;
  std::size_t room = 0;
  double longest_timeout_s = 0;  ///< of tasks that had one of their own
  bool started = false;
  std::vector<bool> distrusted;  ///< slots the zygote has been asked to kill
  std::uint64_t listened_ns = 0;
  std::uint64_t spread_ns = 0;
};

SimulatorHost::Impl::Impl(const campaign::CampaignSpec& spec_in, SampleInputs inputs_in,
                          HostOptions options_in)
    : spec{spec_in},
      inputs{std::move(inputs_in)},
      options{checked(std::move(options_in))},
      scratch{options},
      settings{options.scratch_dir},
      log_fd{open_log(options)},
      epoll_fd{checked_fd(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      codec{spec},
      memory{AreaLayout::choose(codec.row_bytes(), options.queue_depth), options.slots},
      setup{spec, inputs, options, codec, memory, scratch.files, wake_ups.fd(), log_fd.get()},
      zygote{setup} {
  watch(epoll_fd.get(), wake_ups.fd());
  watch(epoll_fd.get(), zygote.socket());
  zygote.wait_loaded(options.load_limit_s);
  for (std::uint32_t k = 0; k < options.slots; ++k) {
    queues.emplace_back(k, memory.slot(k), codec.output_bytes());
    room += queues.back().room();
  }
  distrusted.resize(options.slots);
}

bool SimulatorHost::Impl::all_ready() const {
  for (std::uint32_t k = 0; k < options.slots; ++k) {
    if (memory.slot(k).header->phase.load() != SlotPhase::ready) return false;
  }
  return true;
}

std::size_t SimulatorHost::Impl::collect(std::vector<Finished>& out) {
  std::size_t count = 0;
  for (SlotQueue& queue : queues) {
    const std::size_t before = queue.room();
    count += queue.collect(out);
    room += queue.room() - before;
  }
  in_flight -= count;
  return count;
}

/// A zygote without work sleeps without limit.
void SimulatorHost::Impl::stir_zygote() {
  auto& resting = memory.host().resting;
  if (resting.load(std::memory_order_seq_cst) == 0) return;
  if (resting.exchange(0, std::memory_order_seq_cst) != 0) zygote.send(ZygoteMessage::Kind::stir);
}

void SimulatorHost::Impl::publish() {
  bool any = false;
  for (SlotQueue& queue : queues) any = queue.publish() || any;
  if (any) stir_zygote();
}

/// Asks for a wake-up, then looks once more.
void SimulatorHost::Impl::arm(std::vector<Finished>& out) {
  wake_ups.arm(memory.host(), queues);
  if (collect(out) > 0) wake_ups.disarm(memory.host(), queues);
}

/// User code has written to its slot's shared memory: the slot must go, then its queue is set up anew.
std::size_t SimulatorHost::Impl::mend(std::vector<Finished>& out) {
  std::size_t count = 0;
  for (std::uint32_t k = 0; k < queues.size(); ++k) {
    SlotVerdict& verdict = memory.verdict(k);
    if (verdict.damaged.load(std::memory_order_acquire) != 0) {
      const std::size_t before = queues[k].room();
      count += queues[k].mend(verdict.result, out);
      room += queues[k].room() - before;
      verdict.damaged.store(0, std::memory_order_release);
      distrusted[k] = false;
      zygote.send(ZygoteMessage::Kind::mended, k);
    } else if (!queues[k].trusted() && !distrusted[k]) {
      distrusted[k] = true;
      zygote.send(ZygoteMessage::Kind::distrust, k);
    }
  }
  in_flight -= count;
  return count;
}

SimulatorHost::SimulatorHost(const campaign::CampaignSpec& spec, SampleInputs inputs, HostOptions options)
    : impl_{std::make_unique<Impl>(spec, std::move(inputs), std::move(options))} {}

SimulatorHost::~SimulatorHost() = default;

void SimulatorHost::start() {
  Impl& self = *impl_;
  self.zygote.send(ZygoteMessage::Kind::start);
  self.started = true;
  std::vector<Finished> none;
  while (!self.all_ready()) {
    self.zygote.listen();
    self.arm(none);
    if (self.all_ready()) break;
    pollfd wanted{wake_fd(), POLLIN, 0};
    ::poll(&wanted, 1, 100);
  }
  self.wake_ups.disarm(self.memory.host(), self.queues);
}

std::uint64_t SimulatorHost::settings(const std::string& text) {
  return impl_->settings.number_of(text);
}

std::uint32_t SimulatorHost::slots() const noexcept {
  return impl_->options.slots;
}
const std::string& SimulatorHost::scratch_dir() const noexcept {
  return impl_->options.scratch_dir;
}
std::uint32_t SimulatorHost::queue_depth() const noexcept {
  return impl_->memory.layout().depth;
}
std::size_t SimulatorHost::room() const noexcept {
  return impl_->room;
}
std::size_t SimulatorHost::in_flight() const noexcept {
  return impl_->in_flight;
}
int SimulatorHost::wake_fd() const noexcept {
  return impl_->epoll_fd.get();
}

std::size_t SimulatorHost::idle_slots() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(impl_->queues.begin(), impl_->queues.end(),
                    [](const SlotQueue& queue) { return queue.outstanding() == 0; }));
}

void SimulatorHost::submit(const Task& task) {
  Impl& self = *impl_;
  self.allow(task.timeout_s);
  if (least_loaded(self.queues).submit(task)) self.stir_zygote();
  --self.room;
  ++self.in_flight;
}

void SimulatorHost::poll(std::vector<Finished>& out) {
  Impl& self = *impl_;
  self.publish();
  self.wake_ups.disarm(self.memory.host(), self.queues);
  std::size_t count = self.collect(out);
  count += self.mend(out);
  const std::uint64_t now = monotonic_ns();
  if (self.queues.size() > 1 && now - self.spread_ns >= spread_interval_ns) {
    self.spread_ns = now;
    if (spread(self.queues, self.moving)) self.stir_zygote();
  }
  if (count == 0) self.arm(out);
  self.wake_ups.poll_found_nothing(count == 0);
  if (now - self.listened_ns >= listen_interval_ns) {
    self.listened_ns = now;
    self.zygote.listen();
  }
}

void SimulatorHost::release(std::uint64_t ticket) {
  if (ticket == 0) return;
  impl_->queues.at((ticket >> 32) - 1).release(static_cast<std::uint32_t>(ticket));
  ++impl_->room;
}

std::vector<Running> SimulatorHost::running() const {
  std::vector<Running> all;
  for (const SlotQueue& queue : impl_->queues)
    if (const auto run = queue.running()) all.push_back(*run);
  return all;
}

std::vector<Task> SimulatorHost::withdraw() {
  std::vector<Task> tasks;
  for (SlotQueue& queue : impl_->queues) queue.take_back(impl_->memory.layout().depth, tasks);
  impl_->in_flight -= tasks.size();
  impl_->room += tasks.size();
  return tasks;
}

void SimulatorHost::stop(double limit_s) {
  Impl& self = *impl_;
  if (!self.zygote.alive()) return;
  // Its end is expected from now on: nobody shall be woken, or told, because of it.
  ::epoll_ctl(self.epoll_fd.get(), EPOLL_CTL_DEL, self.zygote.socket(), nullptr);
  self.memory.host().closing.store(1, std::memory_order_seq_cst);
  for (std::uint32_t k = 0; k < self.queues.size(); ++k) {
    self.memory.slot(k).header->closing.store(1, std::memory_order_seq_cst);
    self.queues[k].wake();
  }
  self.stir_zygote();
  if (self.started && self.zygote.wait_end(limit_s)) return;
  self.zygote.send(ZygoteMessage::Kind::shut_down);
  if (!self.zygote.wait_end(2)) self.zygote.kill();
}

}  // namespace tranche::simulate
